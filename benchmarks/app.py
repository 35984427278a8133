"""What the measurements of the app share: a server of its own, a browser, the machine's facts."""

import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from mnist_core.files import PROJECT_DIR


@dataclass(frozen=True)
class App:
    """A running server: its address, its process id and its folder of runs."""

    address: str
    pid: int
    runs_dir: Path

    def memory_mb(self) -> float:
        """Return the resident memory of the server's own process."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@contextmanager
def running_app() -> Generator[App]:
    """Start the app on a free loopback port with a folder of runs of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="mnist-benchmark-"))
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
                *("--server.port", str(port), "--server.headless", "true"),
            ],
            cwd=PROJECT_DIR,
            env={**os.environ, "MNIST_RUNS_DIR": str(folder / "runs")},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/_stcore/health")
            yield App(address, process.pid, folder / "runs")
        finally:
            process.terminate()
            process.wait()
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def open_page(address: str) -> Generator[Page]:
    """Open the address in headless Chromium and wait until the page is there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        page = browser.new_page()
        page.goto(address)
        wait_until_idle(page)
        yield page
        browser.close()


def wait_until_idle(page: Page) -> None:
    page.locator(
        "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
    ).wait_for(timeout=60_000)


def machine() -> dict[str, str | int]:
    """Return what a measurement depends on: processor, cores, versions."""
    facts: dict[str, str | int] = {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _processor(),
        "python": platform.python_version(),
    }
    return facts | {name: version(name) for name in ("streamlit", "plotly", "torch")}


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.split(": ")[1] for line in lines if line.startswith("model name")), "unknown")


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address) as answer:
                if answer.read() == b"ok":
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise TimeoutError(f"{address} did not answer within a minute")
