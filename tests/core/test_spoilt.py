"""Whatever lies on the disk in place of a file: a hundred ways to spoil each kind, no traceback.

The pages are opened on the like in `tests/ui/pages/test_spoilt_pages.py`.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core import files, records
from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.cli.main import main
from mnist_core.config.settings import TrainConfig
from mnist_core.data import drawings
from mnist_core.errors import MnistError
from mnist_core.evaluation.store import (
    load_image_set,
    make_image_set,
    read_robustness,
    report_on,
    robustness_of,
)
from mnist_core.experiments.board import Board, Place
from mnist_core.experiments.entries import entry_of
from mnist_core.experiments.study import read_study
from mnist_core.predict import Predictor
from mnist_core.runs.control import Label
from mnist_core.runs.folder import put_aside, restore_run
from mnist_core.runs.run import Run
from mnist_core.runs.strokes import read_kept_strokes
from mnist_core.runs.table import describe_run
from mnist_core.search.folder import Search, list_searches
from mnist_core.search.launcher import SearchLauncher
from mnist_core.search.results import SearchReader, open_study
from mnist_core.sharing.export_network import weights_with_card
from mnist_core.sharing.report import metrics_csv, report_html
from mnist_core.strokes.files import read_strokes
from mnist_core.training.finetune import read_fine_tuning
from mnist_core.training.saving import restore_state
from mnist_core.training.state import TrainState
from mnist_core.training.worker import perform
from tests.spoiling import (
    FILES,
    FILES_OF_A_SEARCH,
    Spoil,
    make_run,
    make_search,
    spoilers,
    spoilt_runs,
    spoilt_searches,
)

_TIMES = 100
_NUM_KINDS = 11
"""What is no file of ours at all comes first."""
_SEED = 17


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that can be read."""
    return make_run(tmp_path_factory.mktemp("base") / "run")


def _ways(path: Path, times: int = _TIMES) -> list[Spoil]:
    return list(islice(spoilers(path.read_bytes(), _SEED), times))


def _ask(*acts: Callable[[], object]) -> None:
    """Do each; what goes wrong may only be what a person can put right."""
    for act in acts:
        with suppress(MnistError):
            act()


def _ask_all_of(run: Run, name: str) -> None:
    """Do with a run what commands and pages do, as far as it hangs on that file."""
    _ask(lambda: describe_run(run), lambda: metrics_csv(run), lambda: entry_of(run))
    match name:
        case "state.safetensors":
            _ask(lambda: restore_state(run, TrainState(TrainConfig(model="tiny"))))
        case "model.safetensors":
            _ask(lambda: load_checkpoint(run.checkpoint_path))
        case "strokes.gz":
            _ask(lambda: read_kept_strokes(run))
        case "fine_tuning.json":
            _ask(lambda: read_fine_tuning(run))
        case "run.json" | "events.jsonl" | "model.json" | "label.json":
            _ask(lambda: report_html(run))
        case _:
            pass


@pytest.mark.parametrize("name", FILES)
def test_a_run_with_a_spoilt_file_is_told_and_hides_no_other(
    name: str, base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = list(spoilt_runs(base, name, tmp_path, _ways(base / name)))
    for folder in folders:
        os.utime(folder, (0, 0))  # where run.json is missing, it is not being made just now
        _ask_all_of(Run(folder), name)
    told: list[str] = []
    for command in ("list", "show"):
        words = [] if command == "list" else [folders[-1].name]
        arguments = ["runs", command, *words, "--runs-dir", str(tmp_path), "--json"]
        assert main(arguments) in (0, 2)
        told.append(capsys.readouterr().out)
    found = json.loads(told[0])
    assert len(found["runs"]) + len(found["unreadable"]) == _TIMES
    assert all(one["problem"] for one in found["unreadable"])


@pytest.mark.parametrize("name", ["run.json", "events.jsonl", "control.json", "state.safetensors"])
def test_a_run_with_a_spoilt_file_goes_on_or_says_why_not(
    name: str, base: Path, tmp_path: Path
) -> None:
    for folder in spoilt_runs(base, name, tmp_path, _ways(base / name, 14)):
        events = folder / "events.jsonl"
        if events.is_file() and events.stat().st_nlink > 1:
            content = events.read_bytes()
            events.unlink()
            events.write_bytes(content)  # it is written to
        with suppress(MnistError):
            list(perform(Run(folder)))


def test_a_run_is_named_told_and_put_aside_whatever_stands_in_the_way(
    base: Path, tmp_path: Path
) -> None:
    for name in ("label.json", "control.json", "run.json"):
        for folder in spoilt_runs(base, name, tmp_path / name, _ways(base / name, 11)):
            run = Run(folder)
            _ask(partial(run.set_label, Label(name="mine")), run.pause, run.prepare_to_resume)
            path = put_aside(run)
            assert path.is_dir() and not os.path.lexists(folder)
            assert restore_run(run.id, folder.parent) == run


def test_a_spoilt_board_or_study_is_told(tmp_path: Path) -> None:
    board = tmp_path / "board.json"
    records.write(board, [Place(run="a", owner="b", nickname="Ann", below=20_000)])
    study = shutil.copy(files.MODELS_DIR / "tiny.study.json", tmp_path / "study.json")
    acts: dict[Path, Callable[[], object]] = {
        board: lambda: Board(tmp_path).places(),
        study: lambda: read_study(study),
    }
    for path, act in acts.items():
        for _ in _each_way(path):
            _ask(act)


@pytest.mark.parametrize("name", FILES_OF_A_SEARCH)
def test_a_search_with_a_spoilt_file_is_told_and_hides_no_other(name: str, tmp_path: Path) -> None:
    base = make_search(tmp_path / "base")
    searches = spoilt_searches(base, name, tmp_path, _ways(base.folder / name))
    for search in searches:
        _ask(
            lambda search=search: search.state(len(SearchReader(search).read().trials)),
            lambda search=search: open_study(search),
            lambda search=search: search.failure,
        )
    with closing(SearchLauncher(tmp_path, is_open=False)) as launcher:
        launcher.under_way()
    assert list_searches(tmp_path) == [one for one in searches if _is_listed(one)]
    if name == "journal.log":  # without what it has found it would train
        return
    words = "search --max-parameters 3000 --trials 2 --dataset digits --recipe tiny"
    for search in searches[:_NUM_KINDS]:
        assert main([*words.split(), "--name", search.name, "--runs-dir", str(tmp_path)]) < 3


def _is_listed(search: Search) -> bool:
    return os.path.lexists(search.folder / "search.json")


def _each_way(path: Path) -> Iterator[None]:
    """Spoil the file in one way after the other; in the end it is whole again."""
    content = path.read_bytes()
    for spoil in _ways(path):
        _put_back(path, content)
        spoil(path)
        yield
    _put_back(path, content)


def _put_back(path: Path, content: bytes) -> None:
    if path.is_dir() and not path.is_symlink():
        path.rmdir()
    else:
        path.unlink(missing_ok=True)
    path.write_bytes(content)


@pytest.mark.parametrize("ending", [".json", ".safetensors"])
def test_a_spoilt_network_is_told(ending: str, tmp_path: Path) -> None:
    path = tmp_path / "tiny.safetensors"
    for each in (".json", ".safetensors"):
        shutil.copy(files.MODELS_DIR / f"tiny{each}", tmp_path)
    spoilt = path.with_suffix(ending)
    drawing = np.eye(28, dtype=np.uint8) * 255
    for _ in _each_way(spoilt):
        _ask(lambda: Predictor.load(path).predict(drawing))


@pytest.mark.usefixtures("runs_dir")
def test_a_spoilt_gift_is_refused_or_kept_and_never_breaks_the_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "none"))
    given = tmp_path / "given.safetensors"
    given.write_bytes(weights_with_card(files.MODELS_DIR / "tiny.safetensors"))
    card = (files.MODELS_DIR / "tiny.json").read_bytes()
    beside = tmp_path / "bare.safetensors"
    shutil.copy(files.MODELS_DIR / "tiny.safetensors", beside)
    beside.with_suffix(".json").write_bytes(card)
    for path, file in ((given, given), (beside.with_suffix(".json"), beside)):
        for number, _ in enumerate(_each_way(path)):
            assert main(
                ["import", str(file), "--name", f"{file.stem}-{number}", "--owner", f"o{number}"]
            ) in (0, 2)


def test_spoilt_drawings_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DRAWINGS_DIR", str(tmp_path / "drawings"))
    picture = np.zeros((280, 280), np.uint8)
    picture[60:220, 130:150] = 255
    kept = drawings.keep(picture, 1, strokes=[[(140, 60), (140, 219)]])
    folder = drawings.own_folder()
    for ending in (".png", drawings.STROKES):
        path = folder / f"{kept.id}{ending}"
        for _ in _each_way(path):
            _ask(drawings.read_set, drawings.as_zip, lambda: read_strokes(folder))


def test_spoilt_measurements_are_made_anew(tmp_path: Path) -> None:
    for ending in (".json", ".safetensors"):
        shutil.copy(files.MODELS_DIR / f"tiny{ending}", tmp_path)
    checkpoint, every = tmp_path / "tiny.safetensors", load_image_set("digits", "validation")
    images = make_image_set("few", every.images[:10], every.labels[:10])
    expected = report_on(checkpoint, images)
    points = list(robustness_of(checkpoint, images, num_images=20))
    kept = tmp_path / "tiny.evaluation"
    for path in (kept / f"{images.name}.npz", kept / f"{images.name}.robustness.json"):
        for _ in _each_way(path):
            if path.suffix == ".npz":
                assert torch.equal(report_on(checkpoint, images).answers, expected.answers)
            else:
                assert read_robustness(checkpoint, images, num_images=20) in (points, None)
