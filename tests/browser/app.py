"""What the browser tests share: a server of their own, and a page that forgives no error."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from math import dist
from pathlib import Path

from playwright.sync_api import ConsoleMessage, FloatRect, Locator, Page, expect

from mnist_core import files
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run

_ROOT = files.PROJECT_DIR
IDLE = (
    "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
)
_SECONDS = 60_000
_SECONDS_BETWEEN_EVENTS = 30
_PAD_SIDE = 280
_PIXELS_A_MOVE = 15

# A page opened by its address is asked for twice: Streamlit looks below it for the server first.
_PROBED = re.compile(r"/[a-z]+/_stcore/")

_BAD = re.compile(r"(?-i:Traceback)|warning|ScriptRunContext|deprecat", re.IGNORECASE)

_SCROLL_TO = """element => new Promise((resolve) => {
  element.scrollIntoView({ block: 'center' }); // not below the bar
  requestAnimationFrame(() => requestAnimationFrame(resolve));
})"""


@dataclass
class Server:
    """The running app: its address, its folder of runs, and what it has printed."""

    address: str
    runs_dir: Path
    log: Path
    process_id: int
    num_answered: int = 0
    """Bytes of the log that a test has answered for."""

    def check_log(self) -> None:
        """Fail on a bad line that is new in the log: each is one test's fault, not all others'."""
        new = self.log.read_bytes()[self.num_answered :]
        new = new[: new.rfind(b"\n") + 1]  # what is only half written is left to the next
        self.num_answered += len(new)
        lines = new.decode(errors="replace")
        assert not _BAD.search(lines), lines


@contextmanager
def serving(folder: Path, **environment: str) -> Generator[Server]:
    """Start the app on a free loopback port; its output goes to a file."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log, runs_dir = folder / "server.log", folder / "runs"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "streamlit", "run", "streamlit_app.py"),
                *("--server.port", str(port), "--server.address", "127.0.0.1"),
                *("--server.headless", "true"),
            ],
            cwd=_ROOT,
            env={**os.environ, "MNIST_RUNS_DIR": str(runs_dir), **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_for_health(f"http://127.0.0.1:{port}/_stcore/health", process)
            yield Server(f"http://127.0.0.1:{port}", runs_dir, log, process.pid)
        finally:
            process.terminate()
            process.wait(30)


def _wait_for_health(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(address) as answer:
                if answer.read() == b"ok":
                    return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError("the app did not start")


@dataclass
class Visit:
    """One tab on the app; `problems` gathers what a browser's console complains of."""

    page: Page
    server: Server
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))

    def open(self, path: str = "/") -> None:
        self.page.goto(self.server.address + path)
        self.wait()

    def wait(self) -> None:
        """Wait until the page stands still, and the pad can be drawn on."""
        self.page.locator(IDLE).wait_for(timeout=_SECONDS)
        expect(self.page.locator(".pad-square[aria-busy=true]")).to_have_count(0)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(
        self,
        label: str | re.Pattern[str],
        option: str | re.Pattern[str],
        *,
        with_keys: bool = False,
    ) -> None:
        """Choose from a list that is opened with the mouse or with a key.

        A list closes when the page scrolls, and a page tells of a scroll with its next frame: one
        that scrolls and clicks before that, as no hand can, sees the list open and close again.
        """
        box = self.page.get_by_role("combobox", name=label)
        box.evaluate(_SCROLL_TO)
        if with_keys:
            box.press("ArrowDown")
        else:
            box.click()
        self.page.get_by_role("option", name=option).click()

    def draw(self, *strokes: list[tuple[int, int]]) -> None:
        """Draw strokes with the mouse, points from 0 to 280 on the pad, whichever it is."""
        box = self.pad_at_rest()
        mouse = self.page.mouse
        for stroke in strokes:
            places = [on_page(box, place) for place in stroke]
            mouse.move(*places[0])
            mouse.down()
            for before, place in pairwise(places):
                mouse.move(*place, steps=max(1, round(dist(before, place) / _PIXELS_A_MOVE)))
            mouse.up()

    def pad_at_rest(self) -> FloatRect:
        """Scroll to the pad, whichever it is; return where it is."""
        canvas = self.page.locator(".pad-square, canvas.upper-canvas")
        expect(canvas).to_be_visible()
        canvas.evaluate(_SCROLL_TO)
        return self._place_at_rest(canvas)

    def _place_at_rest(self, element: Locator) -> FloatRect:
        """Return where the element is once what is loaded around it moves it no more."""
        before, now = None, element.bounding_box()
        while now is None or now != before:
            self.page.wait_for_timeout(100)
            before, now = now, element.bounding_box()
        return now

    @property
    def digit(self) -> Locator:
        return self.page.locator(".digit")

    @property
    def pill(self) -> Locator:
        return self.page.locator(".pill")

    def chart(self, key: str) -> Locator:
        return self.page.locator(f".st-key-{key} .plot, .{key} .plot").first

    def check(self) -> None:
        """Fail on whatever went wrong unseen."""
        expect(self.page.get_by_test_id("stException")).to_have_count(0)
        assert not self.problems, self.problems
        self.server.check_log()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not _PROBED.search(message.location.get("url", "")):
            self.problems.append(f"{message.text} {message.location}")


def on_page(box: FloatRect, place: tuple[int, int]) -> tuple[float, float]:
    """Return where a point of the pad, 0 to 280, is on the page; `box` is where the pad is."""
    x, y = place
    return box["x"] + x * box["width"] / _PAD_SIDE, box["y"] + y * box["height"] / _PAD_SIDE


def wait_for_end(run: Run) -> None:
    """Wait until training has finished, which takes as long as the machine is slow: it goes on."""
    reader = EventReader(run)
    last = time.monotonic()
    while run.state() != "finished":
        if reader.read():
            last = time.monotonic()
        assert time.monotonic() < last + _SECONDS_BETWEEN_EVENTS, f"{run.id} stands still"
        time.sleep(0.1)


Open = Callable[..., Visit]
"""Opens a tab on an address of the app; further arguments are Playwright's `new_context`'s.

`at` names a server that is the test's own, which then calls `check` itself before it ends it.
"""
