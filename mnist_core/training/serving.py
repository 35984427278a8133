"""The processes that train: for one run, for a copy for each, for run after run."""

import os
import sys
from contextlib import suppress
from pathlib import Path

import torch

from mnist_core.config.settings import TrainConfig
from mnist_core.data.small_set import read_small_set
from mnist_core.errors import MnistError
from mnist_core.files import open_log
from mnist_core.images import SIDE
from mnist_core.processes import give_way, start_command
from mnist_core.runs.run import Run
from mnist_core.training.loop import train_step
from mnist_core.training.state import TrainState
from mnist_core.training.worker import perform


def serve_one_run() -> None:
    """Wait for a run's folder on standard input, then carry that run out.

    The app's worker where a process cannot be copied. Ends quietly when standard input closes
    without a name, as it does when the app ends.
    """
    _warm_up()
    line = sys.stdin.buffer.readline()
    if line:
        _carry_out(_run_of(line))


def serve_by_copies() -> None:
    """Read a run's folder from each line of standard input; a copy of this process carries it out.

    The app's worker: a copy begins at once, with torch loaded. This process computes nothing with
    it: torch that has started threads cannot be copied. Ends when standard input closes; the copies
    go on.
    """
    read_small_set()  # it is kept: no copy spends a third of a second on it
    for line in sys.stdin.buffer:
        run = _run_of(line)
        _forget_ended_copies()
        if _is_the_copy(run):
            _carry_out(run)
            return


def _forget_ended_copies() -> None:
    with suppress(ChildProcessError):  # there is none
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _is_the_copy(run: Run) -> bool:
    """Copy this process; return True in the copy.

    A system that is strict about memory may refuse the copy: then a process is started for the run.
    """
    try:
        if os.fork() != 0:
            return False
    except OSError:
        worker = start_command("worker")
        assert worker.stdin is not None
        with worker.stdin:
            worker.stdin.write(os.fsencode(run.folder) + b"\n")
        return False
    os.setsid()
    with Path(os.devnull).open() as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    return True


def _carry_out(run: Run) -> None:
    _write_to_log(run)
    give_way(5)  # the pages come first
    for _ in perform(run):
        pass


def _run_of(line: bytes) -> Run:
    return Run(Path(os.fsdecode(line.rstrip(b"\n"))))


def _write_to_log(run: Run) -> None:
    with open_log(run.log_path) as log:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(log.fileno(), stream.fileno())


def _warm_up() -> None:
    """Make a step that nobody needs: the first on a GPU takes seconds."""
    state = TrainState(TrainConfig())
    images = torch.zeros(8, 1, SIDE, SIDE, device=state.device)
    train_step(state, images, torch.zeros(8, dtype=torch.int64, device=state.device), 0.0)


def serve_runs() -> None:
    """Read a run's folder from each line of standard input, carry it out, write the line back.

    What a run says stands in its folder, and so does its log. Ends when standard input closes.
    """
    answers = os.dup(sys.stdout.fileno())
    give_way(5)  # whatever else is done on this machine comes first
    for line in sys.stdin.buffer:
        run = _run_of(line)
        _write_to_log(run)
        try:
            for _ in perform(run):
                pass
        except MnistError as error:  # another process is at it, or it cannot be read
            print(error, file=sys.stderr, flush=True)
        os.write(answers, line)
