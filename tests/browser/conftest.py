"""What the browser tests share: one server, and tabs that forgive no error."""

import re
import shutil
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from mnist_core.runs.folder import delete_run, list_runs
from tests.browser.app import Open, Server, Visit, serving

_SECONDS_TO_STOP = 60


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
def visit(browser: Browser, request: pytest.FixtureRequest) -> Generator[Open]:
    """Open tabs; every one is checked for errors at the end, and every run is stopped.

    A tab at a server of the test's own is checked by the test, which ends that server. What a test
    did that failed is kept, and told below its failure.
    """
    visits: list[Visit] = []
    shared: list[Visit] = []

    def open_tab(path: str = "/", *, at: Server | None = None, **options: Any) -> Visit:
        context = browser.new_context(**{"reduced_motion": "reduce", **options})
        context.set_default_timeout(30_000)
        context.tracing.start(snapshots=True, sources=True)
        tab = Visit(context.new_page(), at or request.getfixturevalue("server"))
        visits.append(tab)
        if at is None:
            shared.append(tab)
        tab.open(path)
        return tab

    expect.set_options(timeout=30_000)
    yield open_tab
    is_well = False
    try:
        for tab in shared:
            for run in list_runs(tab.server.runs_dir):
                run.stop()
        for tab in shared:
            tab.check()
        is_well = _has_passed(request.node)
        for tab in shared[:1]:
            _put_aside_runs(tab.server.runs_dir)  # pages begin with the newest run's network
    finally:
        for number, tab in enumerate(visits, start=1):
            context = tab.page.context
            if is_well:
                context.tracing.stop()
            else:
                _keep_trace(context, request.node, number)
            context.close()


def _put_aside_runs(folder: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_STOP
    for run in list_runs(folder):
        while run.state() in ("waiting", "running", "paused"):
            assert time.monotonic() < deadline, f"{run.id} does not stop"
            time.sleep(0.05)
        delete_run(run)


def _has_passed(test: pytest.Item) -> bool:
    report: pytest.TestReport | None = getattr(test, "rep_call", None)  # pytest-playwright's
    return report is not None and report.passed


def _keep_trace(context: BrowserContext, test: pytest.Item, number: int) -> None:
    folder = Path(str(test.config.getoption("--output"))) / re.sub(r"\W+", "-", test.name).strip(
        "-"
    )
    path = folder / f"trace-{number}.zip"
    context.tracing.stop(path=path)
    test.add_report_section("teardown", "trace", f"playwright show-trace {path}\n")
