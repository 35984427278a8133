"""How soon the command line and the app are there, beside what importing torch takes.

`python -m mnist_core summary` against `python -c "import torch"`, in turn; then the app, from the
command `streamlit run` to its first page in a Chromium that is open already, and to the first
answer to a drawing made as soon as there is a pad. The app begins to import torch with its first
page, so torch is taken to be in as long after the page as the import takes alone.
`python -m benchmarks.start [--rounds N] [--json]`
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from playwright.sync_api import Browser

from benchmarks.app import open_browser, running_app
from benchmarks.measure import Result, Spread, command, in_turn, report, spreads_in_turn
from mnist_core.files import PROJECT_DIR
from tests.browser.app import Visit

_SUMMARY, _TORCH = "python -m mnist_core summary, s", 'python -c "import torch", s'

_SECONDS_TO_SETTLE: Final = 10.0
"""The process that waits for a run still loads torch when its server has been ended."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = command(__doc__, num_rounds=3).parse_args(arguments)
    commands = spreads_in_turn(
        options.rounds,
        {
            _SUMMARY: partial(seconds_of, "-m", "mnist_core", "summary"),
            _TORCH: partial(seconds_of, "-c", "import torch"),
        },
    )
    with open_browser() as browser:
        (times,) = in_turn(options.rounds, partial(start_app, browser))
    pages = Spread(tuple(page for page, _ in times))
    answers = Spread(tuple(answer for _, answer in times))
    torch = commands[_TORCH].median
    results = [
        Result(
            what="summary, beyond importing torch",
            value=commands[_SUMMARY].median - torch,
            unit="s",
            goal=0.5,
            is_limit=True,
            spreads=commands,
        ),
        Result(
            what="The app's first page",
            value=pages.median,
            unit="s",
            goal=2.5,
            is_limit=True,
            spreads={"from the command, s": pages},
        ),
        Result(
            what="The first answer, after torch is in",
            value=answers.median - pages.median - torch,
            unit="s",
            goal=1.5,
            is_limit=True,
            spreads={"from the command, s": answers},
        ),
    ]
    report(options, "start", results, packages=("torch", "streamlit", "playwright"))


def seconds_of(*arguments: str) -> float:
    """Return the seconds of a Python command, from its start to its end."""
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, cwd=PROJECT_DIR, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def start_app(browser: Browser) -> tuple[float, float]:
    """Return the seconds from the command to the pad on screen, and to an answer on screen."""
    time.sleep(_SECONDS_TO_SETTLE)
    with browser.new_context() as context:
        page = context.new_page()
        started = time.perf_counter()
        with running_app() as app:
            page.goto(app.address)
            page.locator(".pad-square").wait_for()
            first_page = time.perf_counter() - started
            Visit(page, app).draw([(140, 50), (145, 230)])
            page.locator(".bars .best").wait_for()
            return first_page, time.perf_counter() - started


if __name__ == "__main__":
    main()
