"""What all tests share: real small data, folders of their own, MNIST where it is at hand."""

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from mnist_core import files
from mnist_core.data.mnist import mnist_is_present
from mnist_core.runs.folder import list_runs
from tests.browser.app import Open, Server, Visit, serving


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder with the real MNIST; without it the test is skipped, but never in CI."""
    folder = files.data_dir()
    if not mnist_is_present(folder):
        message = f"MNIST is not in {folder}; set MNIST_DATA_DIR to run this test"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of runs of the test's own."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("MNIST_RUNS_DIR", str(folder))
    return folder


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {
        "executable_path": shutil.which("chromium") or shutil.which("google-chrome"),
        "args": [
            *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        ],
    }


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("app")) as server:
        yield server


@pytest.fixture
def visit(browser: Browser, server: Server) -> Generator[Open]:
    """Open tabs; every one is checked for errors at the end, and every run is stopped."""
    visits: list[Visit] = []

    def open_tab(path: str = "/", **options: Any) -> Visit:
        context = browser.new_context(reduced_motion="reduce", **options)
        context.set_default_timeout(30_000)
        tab = Visit(context.new_page(), server)
        visits.append(tab)
        tab.open(path)
        return tab

    expect.set_options(timeout=30_000)
    yield open_tab
    for run in list_runs(server.runs_dir):
        run.stop()
    for tab in visits:
        tab.check()
        tab.page.context.close()
