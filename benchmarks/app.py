"""What the measurements of the app share: a server of its own, a browser, the machine's facts."""

import re
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from mnist_core.experiments.machine import describe_machine
from tests.browser.app import IDLE, Server, serving


@contextmanager
def running_app() -> Generator[Server]:
    """Start the app on a free loopback port with a folder of runs of its own."""
    folder = Path(tempfile.mkdtemp(prefix="mnist-benchmark-"))
    try:
        with serving(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory_mb(server: Server) -> float:
    """Return the resident memory of the server's own process."""
    status = Path(f"/proc/{server.process_id}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@contextmanager
def open_browser() -> Generator[Browser]:
    """Start headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        yield browser
        browser.close()


@contextmanager
def open_page(address: str) -> Generator[Page]:
    """Open the address in headless Chromium and wait until the page is there."""
    with open_browser() as browser:
        page = browser.new_page()
        page.goto(address)
        wait_until_idle(page)
        yield page


def wait_until_idle(page: Page) -> None:
    page.locator(IDLE).wait_for(timeout=60_000)


def wait_until_it_reads(page: Page) -> None:
    """Wait until the Draw page reads the samples that it writes itself; leave the pad empty."""
    digit = page.locator(".digit")
    expect(digit).to_have_text(re.compile(r"\d"), timeout=120_000)
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(digit).to_have_text("?", timeout=30_000)


def machine() -> dict[str, str | int]:
    """Return what a measurement depends on: processor, cores, versions."""
    return describe_machine(("streamlit", "plotly", "torch"))
