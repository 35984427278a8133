"""The processes that train: one that waits for a run, one that takes run after run."""

import os
import sys
from pathlib import Path

import torch

from mnist_core.config.settings import TrainConfig
from mnist_core.errors import MnistError
from mnist_core.images import SIDE
from mnist_core.runs.run import Run
from mnist_core.training.loop import train_step
from mnist_core.training.state import TrainState
from mnist_core.training.worker import perform


def serve_one_run() -> None:
    """Wait for a run's folder on standard input, then carry that run out; the app's worker.

    Ends quietly when standard input closes without a name, as it does when the app ends.
    """
    _warm_up()
    folder = sys.stdin.buffer.readline().rstrip(b"\n")
    if not folder:
        return
    run = Run(Path(os.fsdecode(folder)))
    log = os.open(run.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    os.nice(10)  # the pages come first
    for _ in perform(run):
        pass


def _warm_up() -> None:
    """Make a step that nobody needs: the first optimiser of a process loads 3 s of torch."""
    state = TrainState(TrainConfig())
    images = torch.zeros(8, 1, SIDE, SIDE, device=state.device)
    train_step(state, images, torch.zeros(8, dtype=torch.int64, device=state.device), 0.0)


def serve_runs() -> None:
    """Read a run's folder from each line of standard input, carry it out, write the line back.

    What a run says stands in its folder, and so does its log. Ends when standard input closes.
    """
    answers = os.dup(sys.stdout.fileno())
    os.nice(10)  # whatever else is done on this machine comes first
    _warm_up()
    for line in sys.stdin.buffer:
        run = Run(Path(os.fsdecode(line.rstrip(b"\n"))))
        log = os.open(run.log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log, stream.fileno())
        os.close(log)
        try:
            for _ in perform(run):
                pass
        except MnistError as error:  # another process is at it, or it cannot be read
            print(error, file=sys.stderr, flush=True)
        os.write(answers, line)
