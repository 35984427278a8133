"""A run in a process of its own, as the app trains it."""

import subprocess
import sys
import time

from mnist_core.runs.run import Run


def wait_until(condition: object, run: Run, seconds: float = 60) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, (run.state(), run.log_path.read_text())
        time.sleep(0.02)


def start(run: Run) -> "subprocess.Popen[bytes]":
    code = (
        "import sys; from pathlib import Path; from mnist_core.runs.run import Run\n"
        "from mnist_core.training.worker import perform\n"
        "for _ in perform(Run(Path(sys.argv[1]))): pass"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(run.folder)])
