"""Searches that the app starts: one at a time, found again whoever dies meanwhile."""

import dataclasses
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mnist_core.errors import RunError
from mnist_core.search import launcher as module
from mnist_core.search.folder import Asked, Search, begin_search, list_searches, open_search
from mnist_core.search.launcher import SearchLauncher, UnderWay
from mnist_core.search.results import SearchReader

_SECONDS = 120
_SHORT = Asked(
    max_parameters=4_000,
    trials=2,
    epochs=1,
    seeds=1,
    dataset="digits",
    recipe="tiny",
    network="8c5 p2 8c3 max",
    at_once=1,
)
_LONG = dataclasses.replace(_SHORT, trials=500)


@contextmanager
def _launching(folder: Path) -> Iterator[SearchLauncher]:
    launcher = SearchLauncher(folder)
    try:
        yield launcher
    finally:
        launcher.close()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder of runs in which no search goes on once the test is over."""
    yield tmp_path
    for search in [*list_searches(tmp_path), *list_searches(tmp_path, "anne")]:
        search.ask_to_stop()
        _until(lambda search=search: not search.is_running())


def _until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.1)


def _admit(
    launcher: SearchLauncher, folder: Path, name: str, asked: Asked, owner: str = "everyone"
) -> Search:
    return launcher.admit(
        lambda: begin_search(name, asked, folder, owner),
        jobs=1,
        refuse=lambda _: None,
        sender="here",
    )


def _num_tried(search: Search) -> int:
    return len(SearchReader(search).read().trials)


def _driver_of(search: Search) -> int:
    """Return the process that drives the search."""
    wanted = str(search.folder)
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().decode().split("\0")
        except OSError:  # it has ended meanwhile
            continue
        if "driver" in words and wanted in words:
            return int(path.name)
    raise AssertionError("nobody drives it")


def test_searches_go_one_after_the_other_and_outlive_the_server(folder: Path) -> None:
    counts: list[list[UnderWay]] = []
    with _launching(folder) as first:
        long = _admit(first, folder, "long", _LONG)
        short = _admit(first, folder, "short", _SHORT, owner="anne")
        _until(lambda: long.state(0) == "running" and _num_tried(long) > 0)
        assert short.state(0) == "waiting" and first.queue() == [short]
        os.mkfifo(short.log_path)  # which nobody reads: it does without a log
        assert short.owner == "anne" and list_searches(folder) == [long]
        with pytest.raises(RunError, match="no more"):
            first.admit(lambda: long, jobs=1, refuse=lambda told: counts.append(told) or "no more")
        assert [(one.search, one.sender) for one in counts[0]] == [(long, "here"), (short, "here")]
    assert long.is_running()  # the server has ended
    with _launching(folder) as second:
        long.ask_to_stop()
        first.wait()  # as the system does for a parent that is gone
        _until(lambda: _num_tried(short) == 2 and not short.is_running())
        second.wait()
        assert short.state(2) == "finished"
        assert long.state(_num_tried(long)) == "stopped"


def test_a_search_whose_driver_was_killed_is_lost_and_goes_on(folder: Path) -> None:
    with _launching(folder) as launcher:
        search = _admit(launcher, folder, "killed", _LONG)
        _until(lambda: search.is_running() and _num_tried(search) >= 2)
        os.kill(_driver_of(search), signal.SIGKILL)
        _until(lambda: not search.is_running())
        told = _num_tried(search)
        assert search.state(told) == "lost"
        with search.journal_path.open("ab") as journal:
            journal.write(b'{"op_code": 6, "wor')  # as if killed while it wrote
        _admit(launcher, folder, "killed", _LONG)
        _until(lambda: _num_tried(search) > told)
        assert search.state(told) == "running"
        search.ask_to_stop()
        launcher.wait()


def test_a_search_that_waits_can_be_withdrawn_and_deleted(folder: Path) -> None:
    launcher = SearchLauncher(folder, is_open=False)
    search = _admit(launcher, folder, "one", _SHORT)
    with pytest.raises(RunError, match="under way"):
        _admit(launcher, folder, "one", _SHORT)
    with pytest.raises(RunError, match="under way"):
        search.delete()
    launcher.withdraw(search)
    assert search.state(0) == "stopped" and launcher.queue() == []
    with pytest.raises(RunError, match="begun already"):
        launcher.withdraw(search)
    search.delete()
    with pytest.raises(RunError, match="no search"):
        open_search("one", folder)
    launcher.close()


def test_a_search_that_goes_wrong_says_why(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DATA_DIR", str(folder / "empty"))
    asked = dataclasses.replace(_SHORT, dataset="mnist")
    with _launching(folder) as launcher:
        search = _admit(launcher, folder, "one", asked)
        _until(lambda: search.state(0) == "failed")
        launcher.wait()
        assert "MNIST" in str(search.failure)


def test_what_nobody_looks_at_is_stopped(folder: Path) -> None:
    launcher = SearchLauncher(folder, seconds_unwatched=2.0)
    search = _admit(launcher, folder, "one", _LONG)
    _until(search.is_running)
    launcher.watch(search)
    _until(lambda: search.state(_num_tried(search)) == "stopped")
    launcher.wait()
    launcher.close()


def test_what_cannot_be_started_is_told_and_waits(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as broken:
        broken.setattr(module, "_start_driver", fail)
        with _launching(folder) as launcher:
            search = _admit(launcher, folder, "one", _SHORT)
            assert "Cannot allocate memory" in str(launcher.problem)
            assert search.state(0) == "waiting"
    with _launching(folder) as launcher:
        _until(lambda: search.state(_num_tried(search)) == "finished")
        launcher.wait()
