"""Which runs are entries for the challenge, and which of them is best."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from mnist_core.errors import RunError
from mnist_core.experiments.entries import Entries, best_below, entry_of
from mnist_core.runs.events import Failed
from mnist_core.runs.folder import delete_run, list_runs, restore_run
from mnist_core.runs.log import EventWriter
from mnist_core.strokes.files import StrokeFacts
from tests.core.experiments.finished_runs import finish_run

_19_999 = "28c3 p2 35c3 p2 d 33c3 max"
_20_000 = "27c3 p2 35c3 p2 d 34c3 max"


def test_a_run_that_keeps_to_everything_is_an_entry_whatever_its_accuracy(tmp_path: Path) -> None:
    run = finish_run(tmp_path, _19_999, correct=9_123)
    entry = entry_of(run)
    assert (entry.parameters, entry.epochs, entry.accuracy) == (19_999, 19, 91.23)
    assert entry.run == run.id and entry.owner == "everyone" and entry.created == run.created


_PENS = StrokeFacts(
    name="pendigits.tra", sha256="0", digits_trained_on=7_494, writers_trained_on=30
)


@pytest.mark.parametrize(
    ("reason", "how"),
    [
        ("20,000 parameters", {"model": _20_000}),
        ("20 epochs", {"epochs": 20}),
        ("no batch normalisation", {"model": "8C3 p2 d 8C3 max"}),
        ("no dropout", {"model": "8c3 p2 8c3 max"}),
        ("dropout was 0", {"dropout": 0.0}),
        ("digits", {"dataset": "digits", "correct": 299, "total": 300}),
        ("all test images", {"correct": 4_999, "total": 5_000}),
        ("last epoch", {"is_complete": False}),
        ("random weights", {"kind": "fine_tuning"}),
        ("7 drawings", {"card": {"num_drawings": 7, "origin": "tiny"}}),
        ("pen strokes", {"card": {"strokes": _PENS}}),
        ("19 epochs, 38 in all", {"card": {"epochs_before": 19, "origin": "tiny"}}),
        ("another run", {"card": {"name": "given"}}),
        ("another run", {"card": {"model": "compact"}}),
    ],
)
def test_what_is_no_entry_says_why(reason: str, how: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(RunError, match=reason):
        entry_of(finish_run(tmp_path, **how))


def test_a_run_without_weights_is_no_entry_yet(tmp_path: Path) -> None:
    run = finish_run(tmp_path)
    run.checkpoint_path.with_suffix(".json").unlink()
    with pytest.raises(RunError, match="not ended"):
        entry_of(run)


def test_the_last_word_of_the_run_itself_counts_not_its_card_alone(tmp_path: Path) -> None:
    run = finish_run(tmp_path)
    with EventWriter(run) as writer:
        writer.write(Failed(message="The disk is full."))
    with pytest.raises(RunError, match="last epoch"):
        entry_of(run)


def test_more_right_answers_come_first_then_fewer_parameters_then_the_earlier(
    tmp_path: Path,
) -> None:
    runs = [
        finish_run(tmp_path, "compact", correct=9_940),
        finish_run(tmp_path, "tiny", correct=9_940),
        finish_run(tmp_path, "record", correct=9_941),
    ]
    later = tmp_path / "20991231-235959-seed-0000"
    shutil.copytree(runs[1].folder, later)
    for name, old, new in (
        ("run.json", runs[1].created.isoformat(), "2099-12-31T23:59:59+00:00"),
        ("model.json", runs[1].id, later.name),
    ):
        text = (later / name).read_text()
        (later / name).write_text(text.replace(old, new))
    found = [entry.run for entry in Entries(tmp_path).all()]
    assert found == [runs[2].id, runs[1].id, later.name, runs[0].id]


def test_the_best_of_a_class_may_be_a_smaller_network(tmp_path: Path) -> None:
    finish_run(tmp_path, "record", correct=9_930)
    finish_run(tmp_path, "tiny", correct=9_935)
    entries = Entries(tmp_path).all()
    found = [best_below(entries, below) for below in (20_000, 8_000, 3_500, 3_146)]
    assert [entry and entry.model for entry in found] == ["tiny", "tiny", "tiny", None]


def test_what_ends_or_is_deleted_or_restored_later_is_seen(tmp_path: Path) -> None:
    entries = Entries(tmp_path)
    assert entries.all() == []
    run = finish_run(tmp_path, is_complete=False)
    assert entries.all() == [] and entries.find(run.id) is None
    other = finish_run(tmp_path)
    assert [entry.run for entry in entries.all()] == [other.id]
    delete_run(other)
    assert entries.all() == [] and entries.find(other.id) is None
    restore_run(other.id, tmp_path)
    assert [entry.run for entry in entries.all()] == [other.id]


def test_a_run_is_read_once_until_its_files_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = Entries(tmp_path)
    good, large = finish_run(tmp_path), finish_run(tmp_path, _20_000)
    assert len(entries.all()) == 1
    for run in (good, large):
        (run.folder / "run.json").write_text("{")
    assert [entry.run for entry in entries.all()] == [good.id]
    assert Entries(tmp_path).all() == [], "one that looks anew finds them damaged"


def test_a_damaged_run_hides_no_other(tmp_path: Path) -> None:
    damaged, good = finish_run(tmp_path), finish_run(tmp_path)
    card = damaged.checkpoint_path.with_suffix(".json")
    card.write_text(card.read_text().replace('"dropout": 0.1', '"dropout": [1]'))
    assert [entry.run for entry in Entries(tmp_path).all()] == [good.id]
    assert len(list_runs(tmp_path)) == 2
