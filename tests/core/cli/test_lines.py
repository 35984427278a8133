"""A network in one line, wherever a command takes a network."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.cli.main import main
from mnist_core.networks.notation import parse

_LINE = "8c5 p2 8c3 8c3x2 p2 d.1 12c3 max"
_NORMAL = "8c5 p2 8c3 8c3x2 p2 d.1 12c3 max"

Say = pytest.CaptureFixture[str]


def _json(capsys: Say, *arguments: str) -> dict[str, object]:
    assert main([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def _train(capsys: Say, *arguments: str) -> dict[str, object]:
    short = ("--dataset", "digits", "--epochs", "2", "--dropout", "0")
    return _json(capsys, "train", "--recipe", "tiny", *short, "--model", _LINE, *arguments)


def test_its_layers_and_costs_are_summed_up(capsys: Say) -> None:
    found = _json(capsys, "summary", "--model", f"  {_LINE}")
    network = parse(_LINE)
    assert found["model"] == _NORMAL
    assert found["total_parameters"] == network.parameters
    assert found["multiply_adds"] == network.multiply_adds
    assert found["receptive_field"] == network.receptive_field
    layers = found["layers"]
    assert isinstance(layers, list)
    assert sum(layer["parameters"] for layer in layers) == network.parameters


def test_a_line_that_has_a_name_is_called_by_it(capsys: Say) -> None:
    line = "16c5 p2 16c3 16c3 p2 d 32c3 32c3 max"
    assert _json(capsys, "summary", "--model", line)["model"] == "record"


def test_a_mistake_is_one_line_with_place_and_cure(capsys: Say) -> None:
    assert main(["summary", "--model", "8c5 p2 9x9 max"]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "Place 3, `9x9`" in said[0]


def test_a_mistake_is_told_before_anything_is_trained(capsys: Say, runs_dir: Path) -> None:
    arguments = ["train", "--dataset", "digits", "--model", "8c5 p2 9x9 max"]
    assert main(arguments) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "Place 3, `9x9`" in said[0]
    assert not runs_dir.exists()


@pytest.mark.usefixtures("runs_dir")
def test_it_is_trained_evaluated_read_with_and_exported(capsys: Say, tmp_path: Path) -> None:
    run = _train(capsys)
    assert run["model"] == _NORMAL
    found = _json(capsys, "evaluate", str(run["run"]))
    assert found["accuracy"] == run["test_accuracy"]
    picture = Image.new("L", (90, 90))
    ImageDraw.Draw(picture).line([(45, 10), (45, 80)], fill=255, width=9)
    picture.save(tmp_path / "one.png")
    read = _json(capsys, "predict", str(tmp_path / "one.png"), "--model", str(run["run"]))
    assert isinstance(read["predictions"], list) and len(read["predictions"]) == 1
    onnx = tmp_path / "line.onnx"
    arguments = ("export", str(run["run"]), "--format", "onnx", "--output", str(onnx))
    assert _json(capsys, *arguments)["file"] == str(onnx)
    assert onnx.stat().st_size > 1_000


@pytest.mark.usefixtures("runs_dir")
def test_its_own_dropout_is_the_same_each_time(capsys: Say) -> None:
    first, second = (Path(str(_train(capsys)["checkpoint"])) for _ in range(2))
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.usefixtures("runs_dir")
def test_what_was_exported_comes_back_in(capsys: Say, tmp_path: Path) -> None:
    run = _train(capsys)
    file = tmp_path / "mine.safetensors"
    _json(capsys, "export", str(run["run"]), "--format", "safetensors", "--output", str(file))
    found = _json(capsys, "import", str(file), "--name", "mine")
    assert found["model"] == _NORMAL
    model, _ = load_checkpoint(Path(str(found["checkpoint"])))
    before, _ = load_checkpoint(Path(str(run["checkpoint"])))
    for value, expected in zip(
        model.state_dict().values(), before.state_dict().values(), strict=True
    ):
        assert np.array_equal(value.numpy(), expected.numpy())
