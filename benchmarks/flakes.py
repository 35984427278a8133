"""Whether the browser tests pass every time, beside busy processes as on a slow machine.

Each time is a pytest of its own with a fresh server, as `make test` is. What a failed one printed
is kept under test-results/flakes, with the traces that it names; the command then ends with 1.
`python -m benchmarks.flakes [--times N] [--load N] [--json] [TEST...]`
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from benchmarks.measure import command, require_mnist
from mnist_core.experiments.machine import describe_machine
from mnist_core.files import PROJECT_DIR

_KEPT: Final = PROJECT_DIR / "test-results" / "flakes"


@dataclass(frozen=True)
class Outcome:
    """How one test went once; `seconds` are those of its fixtures too."""

    test: str
    seconds: float
    is_failure: bool


@dataclass(frozen=True)
class Row:
    """How one test went all times together."""

    test: str
    runs: int
    failures: int
    slowest: float


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the tests and print."""
    parser = command(__doc__)
    parser.add_argument("--times", type=int, default=30, help="default: 30")
    parser.add_argument("--load", type=int, default=2, help="busy processes beside (default: 2)")
    parser.add_argument("tests", nargs="*", metavar="TEST", help="default: all browser tests")
    options = parser.parse_args(arguments)
    require_mnist()
    shutil.rmtree(_KEPT, ignore_errors=True)
    tests, found = options.tests or browser_tests(), list[Outcome]()
    with busy(options.load):
        for number in range(1, options.times + 1):
            outcomes = run_once(tests, _KEPT / str(number))
            failed = sum(row.failures for row in tally(outcomes))
            print(f"{number} of {options.times}: {failed} failed", file=sys.stderr, flush=True)
            found += outcomes
    rows = tally(found)
    machine = describe_machine(("streamlit", "playwright", "torch"))
    if options.json:
        told = {"load": options.load, "tests": [*map(asdict, rows)], "machine": machine}
        print(json.dumps({"benchmark": "flakes", **told}))
    else:
        print(table(rows))
        print(", ".join(f"{key} {value}" for key, value in machine.items()))
    sys.exit(any(row.failures for row in rows))


def browser_tests() -> list[str]:
    return sorted(map(str, (PROJECT_DIR / "tests" / "browser").rglob("test_*.py")))


@contextmanager
def busy(num_processes: int) -> Generator[list["subprocess.Popen[bytes]"]]:
    """Keep that many processes busy meanwhile."""
    turning = [sys.executable, "-c", "while True: pass"]
    processes = [subprocess.Popen(turning) for _ in range(num_processes)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run_once(tests: Iterable[str], folder: Path) -> list[Outcome]:
    """Run the tests once; keep what was printed, and traces, in `folder` if any failed."""
    folder.mkdir(parents=True)
    report = folder / "report.xml"
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", *tests, f"--junitxml={report}"),
            *(f"--output={folder / 'traces'}", "-p", "no:cacheprovider"),
        ],
        cwd=PROJECT_DIR,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if ended.returncode > 1:
        sys.exit(f"pytest could not run the tests:\n{ended.stdout}")
    outcomes = read_outcomes(report.read_text(encoding="utf-8"))
    if ended.returncode == 0:
        shutil.rmtree(folder)
    else:
        (folder / "printed.txt").write_text(ended.stdout, encoding="utf-8")
    return outcomes


def read_outcomes(report: str) -> list[Outcome]:
    """Read a report of pytest's in JUnit's format; what was skipped has not run.

    A test whose fixtures fail too at its end is told twice there, and once here.
    """
    found: dict[str, Outcome] = {}
    for case in ElementTree.fromstring(report).iter("testcase"):
        if case.find("skipped") is not None:
            continue
        name = f"{case.get('classname', '').split('.')[-1]}::{case.get('name')}"
        is_failure = any(case.find(kind) is not None for kind in ("failure", "error"))
        before = found.get(name, Outcome(name, 0.0, is_failure=False))
        seconds = before.seconds + float(case.get("time", 0))
        found[name] = Outcome(name, seconds, before.is_failure or is_failure)
    return list(found.values())


def tally(outcomes: Iterable[Outcome]) -> list[Row]:
    """Count by test: those that failed most often come first, then the slowest."""
    by_test = dict[str, list[Outcome]]()
    for outcome in outcomes:
        by_test.setdefault(outcome.test, []).append(outcome)
    rows = [
        Row(test, len(all_), sum(o.is_failure for o in all_), max(o.seconds for o in all_))
        for test, all_ in by_test.items()
    ]
    return sorted(rows, key=lambda row: (-row.failures, -row.slowest))


def table(rows: Sequence[Row]) -> str:
    width = max((len(row.test) for row in rows), default=0)
    head = f"{'test':<{width}}  runs  failures  slowest, s"
    lines = (f"{r.test:<{width}}  {r.runs:>4}  {r.failures:>8}  {r.slowest:>10.1f}" for r in rows)
    return "\n".join([head, *lines])


if __name__ == "__main__":
    main()
