"""Processes and threads that outlive what goes wrong."""

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from mnist_core.files import PROJECT_DIR
from mnist_core.processes import LastWatched, Lookout, start_command


def test_a_command_runs_with_this_package_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    output = tmp_path / "output"
    with output.open("wb") as file:
        process = start_command("summary", "--model", "tiny", "--json", stdout=file)
        process.communicate()
    assert process.returncode == 0
    assert b'"total_parameters": 3146' in output.read_bytes()


@pytest.mark.parametrize("has_a_session", [True, False])
def test_who_gives_way_does_so_with_a_session_of_its_own_and_leaves_that_of_others(
    has_a_session: bool,
) -> None:
    program = (
        "import os; from pathlib import Path; from mnist_core.processes import give_way;"
        " session = Path('/proc/self/autogroup');"
        " told = lambda: session.read_text() if session.exists() else '';"
        " before = told(); give_way(7); print(os.nice(0), repr(before), repr(told()), sep=';')"
    )
    started_at = os.nice(0)
    answer = subprocess.run(
        [sys.executable, "-c", program],
        start_new_session=has_a_session,
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    niceness, before, after = answer.stdout.strip().split(";")
    assert int(niceness) == min(started_at + 7, 19)
    assert after == (before.replace("nice 0", f"nice {niceness}") if has_a_session else before)


def test_a_look_that_fails_is_told_once_and_looked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    order: list[str] = []
    is_mended, has_looked = threading.Event(), threading.Event()

    def look() -> None:
        order.append("look")
        if not is_mended.is_set():
            raise OSError(12, "Cannot allocate memory")
        has_looked.set()

    lookout = Lookout(look, "Runs", seconds=0.01, begin=lambda: order.append("begin"))
    with caplog.at_level(logging.WARNING):
        lookout.start()
        while len(order) < 4:
            is_mended.wait(0.01)
        assert "Runs that wait cannot be started just now (Cannot allocate memory)" in str(
            lookout.problem
        )
        is_mended.set()
        assert has_looked.wait(10)
        lookout.close()
    assert lookout.problem is None
    assert order[0] == "begin" and set(order[1:]) == {"look"}
    assert len(caplog.records) == 1
    seen = len(order)
    threading.Event().wait(0.05)
    assert len(order) == seen, "it looks on after it was closed"


def test_what_nobody_has_looked_at_for_too_long_is_forgotten(tmp_path: Path) -> None:
    watched = LastWatched(0.0)
    assert not watched.is_forgotten(tmp_path), "the time counts from the first question on"
    threading.Event().wait(0.01)
    assert watched.is_forgotten(tmp_path)
    hourly = LastWatched(3600.0)
    hourly.note(tmp_path)
    assert not hourly.is_forgotten(tmp_path)
    assert not LastWatched(None).is_forgotten(tmp_path)
