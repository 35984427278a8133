"""How soon the command line, the app and a run are there, beside what importing torch takes.

`python -m mnist_core summary` against `python -c "import torch"`, in turn; then the app, from the
command `streamlit run` to its first page in a Chromium that is open already, and to the first
answer to a drawing made as soon as there is a pad. The app begins to import torch with its first
page, so torch is taken to be in as long after the page as the import takes alone. At last ten short
runs on the small set that are queued together: what each takes beyond its training.
`python -m benchmarks.start [--rounds N] [--json]`
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from benchmarks.app import open_browser, running_app
from benchmarks.measure import Result, Spread, command, in_turn, report, spreads_in_turn
from mnist_core.config.recipes import get_recipe
from mnist_core.files import PROJECT_DIR
from mnist_core.runs.folder import create_run
from mnist_core.runs.history import read_history
from mnist_core.runs.launcher import Launcher
from tests.browser.app import Visit

_SUMMARY, _TORCH = "python -m mnist_core summary, s", 'python -c "import torch", s'

_NUM_QUEUED: Final = 10
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
    (of_runs,) = in_turn(options.rounds, seconds_of_a_queued_run)
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
        Result(
            what="A queued run, beyond its training",
            value=Spread(tuple(of_runs)).median,
            unit="s",
            spreads={"of ten, s each": Spread(tuple(of_runs))},
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


def seconds_of_a_queued_run() -> float:
    """Return what each of ten runs, queued together, takes from its turn on beyond its training."""
    config = get_recipe("tiny").config.replace(dataset="digits", epochs=2)
    with tempfile.TemporaryDirectory() as folder:
        launcher = Launcher(Path(folder))
        launcher.warm_up()
        time.sleep(_SECONDS_TO_SETTLE)
        runs = [create_run(config, recipe="tiny", folder=Path(folder)) for _ in range(_NUM_QUEUED)]
        started = time.perf_counter()
        for run in runs:
            launcher.submit(run)
        while any(run.state() != "finished" for run in runs):
            time.sleep(0.02)
        seconds = time.perf_counter() - started
        launcher.close()
        launcher.wait()
        ends = [read_history(run).finished for run in runs]
    return (seconds - sum(end.seconds for end in ends if end is not None)) / _NUM_QUEUED


if __name__ == "__main__":
    main()
