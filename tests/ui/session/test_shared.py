import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import streamlit as st

from mnist_core.config.settings import TrainConfig
from mnist_core.runs import table
from mnist_core.runs.folder import create_run
from mnist_core.runs.run import Run
from mnist_core.training.worker import perform
from mnist_ui.session.shared import Shared, close_shared, shared


@pytest.mark.usefixtures("own_app")
def test_clearing_streamlits_caches_makes_no_second_launcher() -> None:
    before = shared()
    st.cache_resource.clear()  # what any browser can ask for
    assert shared() is before


def test_visitors_who_come_at_once_share_one(own_app: Shared) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: shared(), range(16)))
    assert set(map(id, found)) == {id(own_app)}


def test_a_server_reads_the_runs_that_are_kept_before_anyone_asks(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = create_run(TrainConfig(model="tiny", dataset="digits", epochs=1), recipe="tiny")
    list(perform(run))
    read: list[Run] = []
    describe_run = table.describe_run

    def describe(run: Run) -> table.RunRow:
        read.append(run)
        return describe_run(run)

    monkeypatch.setattr(table, "describe_run", describe)
    close_shared()
    shared()
    deadline = time.monotonic() + 60
    while not read:
        assert time.monotonic() < deadline, "no run was read in time"
        time.sleep(0.02)
    close_shared()
    assert read == [run]
    assert run.folder.parent == runs_dir
