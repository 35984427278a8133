"""An app that trains nothing itself: what two visitors queue is trained on a Ray cluster."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

from mnist_core.files import PROJECT_DIR
from mnist_core.runs.folder import list_runs
from tests.browser.app import Open, Visit, serving

_SECONDS = 180_000
"""Milliseconds: a cluster takes a while to start, beside a busy neighbour a long one."""
_LONG = "/train?dataset=digits&epochs=100&batch_size=8&learning_rate=0.01"


@contextmanager
def _dispatching(folder: Path, runs: Path) -> Iterator[None]:
    """Carry out what is queued, on a cluster of this machine that ends with the command."""
    with (folder / "dispatch.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mnist_core", "dispatch", "--cluster", "local", "--jobs", "2"],
            cwd=PROJECT_DIR,
            env={**os.environ, "MNIST_RUNS_DIR": str(runs)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield
        finally:
            process.terminate()  # as Ctrl-C; that a job in the background may not hear
            process.wait(120)


def _look(tab: Visit) -> int:
    """Return how often the curve of the loss has been drawn."""
    return int(tab.chart("loss").get_attribute("data-revision") or 0)


def test_the_curves_of_two_queued_runs_move_while_a_cluster_trains_them(
    visit: Open, tmp_path: Path
) -> None:
    with serving(tmp_path, MNIST_MAX_RUNNING="0", MNIST_PUBLIC="1") as server:
        tabs = [visit(_LONG, at=server) for _ in "12"]
        for tab in tabs:
            tab.press("Train")
            expect(tab.pill).to_have_text("waiting")
            expect(tab.page.get_by_text("It waits until a machine takes it.")).to_be_visible()
        with _dispatching(tmp_path, server.runs_dir):
            for tab in tabs:
                expect(tab.pill).to_have_text("training", timeout=_SECONDS)
                expect(tab.chart("loss")).to_be_visible(timeout=_SECONDS)  # its first step
                tab.chart("loss").scroll_into_view_if_needed()
                expect(tab.chart("loss")).to_have_attribute("data-revision", re.compile("."))
            before = [_look(tab) for tab in tabs]
            for tab, drawn in zip(tabs, before, strict=True):
                later = "|".join(str(drawn + more) for more in range(3, 100))
                expect(tab.chart("loss")).to_have_attribute(
                    "data-revision", re.compile(f"^({later})$"), timeout=_SECONDS
                )
            assert [run.state() for run in list_runs(server.runs_dir)] == ["running", "running"]
            for tab in tabs:
                tab.press("Stop")
            for tab in tabs:
                expect(tab.pill).to_have_text("stopped early", timeout=_SECONDS)
                expect(tab.page.locator(".result .big")).to_contain_text("%")
        for tab in tabs:
            tab.check()
            tab.page.close()
