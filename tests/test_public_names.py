"""What others rely on stays where it is, whatever moves inside."""

import dataclasses
import inspect
import re
import subprocess
import sys

import pytest

from mnist_core import models, predict
from mnist_core.files import MODELS_DIR, PROJECT_DIR

_NETWORKS = ("seed", "record", "compact", "tiny", "quick")
_COMMANDS = ("summary", "train", "evaluate", "study", "runs", "predict", "download", "ship")
_PAGES = (
    "draw",
    "explain",
    "train",
    "learn",
    "board",
    "data",
    "runs",
    "evaluate",
    "model",
    "search",
)


def test_a_network_is_built_by_its_name() -> None:
    assert next(iter(models.MODELS)) == "seed" and set(_NETWORKS) <= set(models.MODELS)
    assert "name" in next(iter(inspect.signature(models.build_model).parameters))


def test_a_predictor_is_loaded_and_asked() -> None:
    assert set(inspect.signature(predict.Predictor.load).parameters) == {"name"}
    assert set(inspect.signature(predict.Predictor.predict).parameters) == {"self", "drawing"}
    fields = {field.name for field in dataclasses.fields(predict.Prediction)}
    assert {"digit", "probabilities", "stages", "is_doubtful"} <= fields
    assert isinstance(predict.Prediction.image, property)


@pytest.mark.parametrize("name", _NETWORKS)
def test_shipped_networks_keep_their_files(name: str) -> None:
    for ending in ("safetensors", "json", "study.json"):
        assert (MODELS_DIR / f"{name}.{ending}").is_file()


def test_every_command_is_there() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "mnist_core", "--help"],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for command in (*_COMMANDS, "board", "export", "import", "worker"):
        assert re.search(rf"^    {command}\b", shown, re.MULTILINE), command


def test_every_page_has_its_address() -> None:
    text = (PROJECT_DIR / "streamlit_app.py").read_text(encoding="utf-8")
    assert tuple(re.findall(r'_page\("(\w+)"', text)) == _PAGES
    for page in _PAGES:
        assert (PROJECT_DIR / "mnist_ui" / "pages" / page / "page.py").is_file()
