"""A process that carries out one run after the other, for an executor on this machine."""

import os
import sys
from pathlib import Path

from mnist_core.errors import RunError
from mnist_core.runs.run import Run
from mnist_core.training.worker import perform, warm_up


def serve_runs() -> None:
    """Read a run's folder from each line of standard input, carry it out, write the line back.

    What a run says stands in its folder, and so does its log. Ends when standard input closes.
    """
    answers = os.dup(sys.stdout.fileno())
    os.nice(10)  # whatever else is done on this machine comes first
    warm_up()
    for line in sys.stdin.buffer:
        run = Run(Path(os.fsdecode(line.rstrip(b"\n"))))
        log = os.open(run.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log, stream.fileno())
        os.close(log)
        try:
            for _ in perform(run):
                pass
        except RunError as error:  # another process is at it
            print(error, file=sys.stderr, flush=True)
        os.write(answers, line)
