"""What thousands of kept runs cost: the server while nobody asks anything, and the Runs page.

Idle is the share of one core that the app's process takes while no page is open. The page is timed
as Streamlit runs it, without a browser: the first look reads every run, later ones only what has
changed. `python -m benchmarks.many_runs [--runs N] [--seconds N] [--json]`
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from streamlit.testing.v1 import AppTest

from benchmarks.app import machine
from benchmarks.measure import command
from mnist_core.config.settings import TrainConfig
from mnist_core.files import PROJECT_DIR
from mnist_core.runs.folder import create_run
from mnist_core.runs.run import Run
from mnist_core.training.worker import perform
from tests.browser.app import serving

_NUM_LOOKS = 5


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = command(__doc__)
    parser.add_argument("--runs", type=int, nargs="+", default=[10, 1_000, 5_000])
    parser.add_argument(
        "--seconds", type=int, default=20, help="how long to look at an idle server"
    )
    options = parser.parse_args(arguments)
    found = {str(num): _measure(num, options.seconds) for num in options.runs}
    if options.json:
        print(json.dumps({"machine": machine(), "runs": found}))
        return
    print("| runs | idle, share of a core | Runs page, first look | later looks |")
    print("|---|---|---|---|")
    for num, row in found.items():
        print(f"| {num} | {row['idle']:.1%} | {row['first']:.2f} s | {row['later']:.2f} s |")


def fill(folder: Path, num_runs: int) -> None:
    """Put so many finished runs into the folder: copies of one that was trained."""
    config = TrainConfig(model="tiny", dataset="digits", epochs=2)
    first = create_run(config, recipe="tiny", folder=folder)
    for _ in perform(first):
        pass
    for number in range(num_runs - 1):
        _copy(first, folder / f"20260101-{number:06d}-tiny-{number % 65_536:04x}")


def _copy(run: Run, folder: Path) -> None:
    shutil.copytree(run.folder, folder, ignore=shutil.ignore_patterns("run.lock"))


def _measure(num_runs: int, seconds: int) -> dict[str, float]:
    folder = Path(tempfile.mkdtemp(prefix="mnist-many-runs-"))
    try:
        fill(folder / "runs", num_runs)
        first, *later = _look_at_page(folder / "runs")
        return {"idle": _idle(folder, seconds), "first": first, "later": median(later)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _look_at_page(runs: Path) -> list[float]:
    os.environ["MNIST_RUNS_DIR"] = str(runs)
    page = PROJECT_DIR / "mnist_ui" / "pages" / "runs" / "page.py"
    at = AppTest.from_file(str(page), default_timeout=120)
    found: list[float] = []
    for _ in range(_NUM_LOOKS):
        started = time.perf_counter()
        at.run()
        found.append(time.perf_counter() - started)
        assert not at.exception
    return found


def _idle(folder: Path, seconds: int) -> float:
    with serving(folder) as server:
        time.sleep(20)  # torch is in, and the process that waits for a run
        before = _processor_seconds(server.process_id)
        time.sleep(seconds)
        return (_processor_seconds(server.process_id) - before) / seconds


def _processor_seconds(process_id: int) -> float:
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
