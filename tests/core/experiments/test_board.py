"""The board: who may stand there, with what, under which name."""

import json
import os
import threading
from pathlib import Path

import pytest

from mnist_core.cli.main import main
from mnist_core.errors import RecordError, RunError
from mnist_core.experiments.board import Board, read_nickname
from mnist_core.experiments.entries import Entries
from mnist_core.runs.folder import delete_run, restore_run
from mnist_core.runs.run import Run
from tests.core.experiments.finished_runs import finish_run

_ANNE, _BOB = "a" * 32, "b" * 32


def _shown(folder: Path, below: int = 20_000) -> list[tuple[int, str, str]]:
    rows = Board(folder).standings(Entries(folder))[below]
    return [(row.number, row.nickname, row.entry.model) for row in rows]


def _put_up(folder: Path, run: Run, nickname: str) -> None:
    Board(folder).put_up(run, owner=run.owner, nickname=nickname)


def test_runs_are_ranked_in_every_class_they_are_below(tmp_path: Path) -> None:
    _put_up(tmp_path, finish_run(tmp_path, "record", correct=9_950, owner=_ANNE), "Anne")
    _put_up(tmp_path, finish_run(tmp_path, "tiny", correct=9_960, owner=_BOB), "Bob")
    assert _shown(tmp_path) == [(1, "Bob", "tiny"), (2, "Anne", "record")]
    assert _shown(tmp_path, 8_000) == _shown(tmp_path, 3_500) == [(1, "Bob", "tiny")]


def test_a_visitor_has_one_run_in_a_class_and_one_nickname(tmp_path: Path) -> None:
    runs = [finish_run(tmp_path, name, owner=_ANNE) for name in ("seed", "record", "tiny")]
    for run, nickname in zip(runs, ("Ann", "Anne", "Anna"), strict=True):
        _put_up(tmp_path, run, nickname)
    assert _shown(tmp_path) == [(1, "Anna", "tiny")], "as accurate with fewer parameters"
    places = Board(tmp_path).places()
    assert [(place.run, place.below) for place in places] == [
        (runs[1].id, 20_000),
        (runs[2].id, 3_500),
    ]


def test_nobody_puts_up_or_takes_off_anothers_run(tmp_path: Path) -> None:
    run = finish_run(tmp_path, owner=_ANNE)
    with pytest.raises(RunError, match="of your own"):
        Board(tmp_path).put_up(run, owner=_BOB, nickname="Bob")
    _put_up(tmp_path, run, "Anne")
    Board(tmp_path).take_off(run.id, owner=_BOB)
    assert len(_shown(tmp_path)) == 1
    Board(tmp_path).take_off(run.id, owner=_ANNE)
    assert _shown(tmp_path) == []


def test_a_fine_tuned_an_imported_a_digits_or_a_too_large_run_is_not_put_up(tmp_path: Path) -> None:
    for run in (
        finish_run(tmp_path, kind="fine_tuning", card={"num_drawings": 9, "origin": "tiny"}),
        finish_run(tmp_path, card={"name": "given", "note": "Imported."}),
        finish_run(tmp_path, dataset="digits", correct=300, total=300),
        finish_run(tmp_path, "26c3 p2 35c3 p2 d 35c3 max"),
    ):
        with pytest.raises(RunError, match="no entry"):
            _put_up(tmp_path, run, "Anne")
    assert not Board(tmp_path).path.exists()


def test_a_deleted_run_leaves_the_board_and_a_restored_one_comes_back(tmp_path: Path) -> None:
    run = finish_run(tmp_path, owner=_ANNE)
    _put_up(tmp_path, run, "Anne")
    delete_run(run)
    assert _shown(tmp_path) == []
    restore_run(run.id, tmp_path)
    assert len(_shown(tmp_path)) == 1


def test_a_nickname_is_whole_short_and_visible() -> None:
    assert read_nickname("  Zoë   <b>x</b> ") == "Zoë <b>x</b>"
    assert read_nickname("x" * 24) == "x" * 24
    for unfit in ("", " \n", "x" * 25, "a\u202eb", "a\x00", "a\u200bb", "\ud800"):
        with pytest.raises(RunError, match="nickname"):
            read_nickname(unfit)


def test_two_visitors_do_not_share_a_nickname_in_any_case(tmp_path: Path) -> None:
    _put_up(tmp_path, finish_run(tmp_path, owner=_ANNE), "Anne")
    with pytest.raises(RunError, match="Somebody else"):
        _put_up(tmp_path, finish_run(tmp_path, owner=_BOB), "ANNE")
    _put_up(tmp_path, finish_run(tmp_path, "record", owner=_ANNE), "anne")


def test_all_who_put_up_a_run_at_once_stand_on_the_board(tmp_path: Path) -> None:
    runs = [finish_run(tmp_path, owner=f"{number:032x}") for number in range(8)]
    threads = [
        threading.Thread(target=_put_up, args=(tmp_path, run, f"visitor {number}"))
        for number, run in enumerate(runs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_shown(tmp_path)) == 8


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[1]",
        "[" * 100_000,
        '[{"run": "x", "owner": "a", "nickname": "n"}]',
        '[{"run": "x", "owner": "a", "nickname": "n", "below": 20000, "more": 1}]',
        '[{"run": "x", "owner": "a", "nickname": "n", "below": 20000.0}]',
        '[{"run": "x", "owner": "a", "nickname": 3, "below": 20000}]',
        '[{"run": "x", "owner": "../a", "nickname": "n", "below": 20000}]',
        '[{"run": "x", "owner": "a", "nickname": "\\ud800", "below": 20000}]',
        "[" + ",".join(['{"run": "x", "owner": "a", "nickname": "n", "below": 20000}'] * 2) + "]",
        " " * 1_000_001,
    ],
)
def test_a_damaged_board_is_told_with_its_remedy(content: str, tmp_path: Path) -> None:
    (tmp_path / "board.json").write_text(content)
    with pytest.raises(RecordError, match="--clear"):
        Board(tmp_path).places()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(Board(tmp_path).path)
    with pytest.raises(RecordError, match="no plain file"):
        Board(tmp_path).places()


def test_a_place_that_names_what_is_no_run_is_not_shown(tmp_path: Path) -> None:
    run = finish_run(tmp_path, owner=_ANNE)
    _put_up(tmp_path, run, "Anne")
    path = Board(tmp_path).path
    for other in ("../escaped", "board.json", run.id[:-1]):
        path.write_text(path.read_text().replace(run.id, other))
        assert _shown(tmp_path) == []
        path.write_text(path.read_text().replace(other, run.id))
    path.write_text(path.read_text().replace(_ANNE, _BOB))
    assert _shown(tmp_path) == [], "the run is not Bob's"


def test_the_command_prints_the_best_runs_and_the_board_and_clears_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = finish_run(tmp_path, "compact", correct=9_941, owner=_ANNE)
    _put_up(tmp_path, run, "Anne")
    here = ("--runs-dir", str(tmp_path))
    assert main(["board", "--json", *here]) == 0
    printed = capsys.readouterr().out
    large, middle, small = json.loads(printed)["classes"]
    assert (large["below"], middle["below"], small["below"]) == (20_000, 8_000, 3_500)
    assert middle["best"]["test_accuracy"] == 99.41 and small == {
        "below": 3_500,
        "best": None,
        "board": [],
    }
    assert [(row["number"], row["nickname"]) for row in middle["board"]] == [(1, "Anne")]
    assert _ANNE not in printed
    assert main(["board", *here]) == 0
    assert "1. Anne: 99.41 %, 7,314 parameters, 19 epochs, compact" in capsys.readouterr().out
    Board(tmp_path).path.write_text("damaged")
    assert main(["board", *here]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["board", "--clear", *here]) == 0
    assert _shown(tmp_path) == [] and run.checkpoint_path.exists()
