"""The one way to carry out many runs, wherever they are trained. Knows nothing of torch.

`Here` trains on this machine, `mnist_core.experiments.on_ray` on a cluster. All state lies with
whoever submits: a run's settings, events and result are in its folder, which no worker keeps. So a
run is the same pure function of its settings in both, and a driver that died finds it all again.
"""

import os
import selectors
import subprocess
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from mnist_core.errors import RunError
from mnist_core.processes import start_command
from mnist_core.runs.events import Failed
from mnist_core.runs.log import EventWriter
from mnist_core.runs.run import Run

_SECONDS_TO_STOP: Final = 60.0

MAX_ATTEMPTS: Final = 3
"""A run whose worker was lost begins again, up to so many times in all."""


class Executor(Protocol):
    """Carries out runs. One thread uses it; close it to let go of its workers."""

    @property
    def jobs(self) -> int:
        """How many runs train at a time."""
        ...

    def submit(self, run: Run) -> None:
        """Let the run be carried out when its turn comes, in the order of submission."""
        ...

    def look(self, timeout: float) -> list[Run]:
        """Bring the folders up to date; return the runs that have ended since the last look.

        Waits for the first of them up to `timeout` seconds. A run whose worker was lost begins
        again, or goes on from its last epoch; after `MAX_ATTEMPTS` it has ended as failed.
        """
        ...

    def stop(self, run: Run) -> None:
        """Ask the run to end after the batch it is at; one that waits is not begun."""
        ...

    def close(self) -> None:
        """Stop what is under way and let go of all workers; runs can be submitted again later."""
        ...


def require_tokens() -> None:
    """Let Ray demand a token of whoever joins; call it before Ray is loaded, which reads this."""
    os.environ.setdefault("RAY_AUTH_MODE", "token")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")


def begin_again(run: Run) -> None:
    """Forget what the run said and saved, not its settings: as it was before it began."""
    for path in (run.events_path, run.state_path, run.control_path):
        path.unlink(missing_ok=True)
    run.unclaim()


def give_up(run: Run) -> None:
    """Record that the run's worker was lost too often."""
    with EventWriter(run) as writer:
        message = (
            f"Its process was lost {MAX_ATTEMPTS} times (see {run.log_path}). Is there enough"
            " memory for all that are trained at a time?"
        )
        writer.write(Failed(message=message, is_unexpected=True))


@dataclass
class _Worker:
    process: "subprocess.Popen[bytes]"
    run: Run | None = None


@dataclass
class Here:
    """Runs in `jobs` processes of this machine, each of which takes one run after the other."""

    jobs: int
    _waiting: deque[Run] = field(default_factory=lambda: deque[Run]())
    _workers: list[_Worker] = field(default_factory=lambda: list[_Worker]())
    _attempts: dict[Path, int] = field(default_factory=lambda: dict[Path, int]())
    _ended: list[Run] = field(default_factory=lambda: list[Run]())
    _answers: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)

    def submit(self, run: Run) -> None:
        self._waiting.append(run)
        self._hand_out()

    def look(self, timeout: float) -> list[Run]:
        for key, _ in self._answers.select(0 if self._ended else timeout):
            worker: _Worker = key.data
            assert worker.process.stdout is not None
            if worker.process.stdout.readline():
                self._end(worker)
            else:
                self._lose(worker)
        self._hand_out()
        ended, self._ended = self._ended, []
        return ended

    def stop(self, run: Run) -> None:
        if run in self._waiting:
            self._waiting.remove(run)
            self._ended.append(run)
        else:
            run.stop()

    def close(self) -> None:
        for worker in self._workers:
            if worker.run is not None:
                worker.run.stop()
            assert worker.process.stdin is not None
            worker.process.stdin.close()  # it ends after the run that it is at
        for worker in self._workers:
            try:
                worker.process.wait(_SECONDS_TO_STOP)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
            assert worker.process.stdout is not None
            worker.process.stdout.close()
        self._workers.clear()
        self._answers.close()

    def _hand_out(self) -> None:
        while self._waiting and (worker := self._idle_worker()) is not None:
            run = self._waiting.popleft()
            assert worker.process.stdin is not None
            worker.run = run
            try:
                worker.process.stdin.write(os.fsencode(run.folder) + b"\n")
                worker.process.stdin.flush()
            except BrokenPipeError:
                self._lose(worker)

    def _idle_worker(self) -> _Worker | None:
        for worker in self._workers:
            if worker.run is None:
                return worker
        if len(self._workers) == self.jobs:
            return None
        worker = _Worker(_start_process())
        self._workers.append(worker)
        assert worker.process.stdout is not None
        self._answers.register(worker.process.stdout, selectors.EVENT_READ, worker)
        return worker

    def _end(self, worker: _Worker) -> None:
        assert worker.run is not None
        self._attempts.pop(worker.run.folder, None)
        self._ended.append(worker.run)
        worker.run = None

    def _lose(self, worker: _Worker) -> None:
        self._answers.unregister(worker.process.stdout)  # pyright: ignore[reportArgumentType]
        worker.process.kill()
        worker.process.communicate()
        self._workers.remove(worker)
        run = worker.run
        if run is None:
            return
        attempts = self._attempts.get(run.folder, 1)
        if attempts == MAX_ATTEMPTS:
            give_up(run)
            self._ended.append(run)
            return
        self._attempts[run.folder] = attempts + 1
        begin_again(run)
        self._waiting.appendleft(run)


def _start_process() -> "subprocess.Popen[bytes]":
    try:
        return start_command(
            *("worker", "--runs", "in-turn"),
            stdout=subprocess.PIPE,
            environment={"OMP_NUM_THREADS": "1"},
        )
    except OSError as error:
        raise RunError(f"No process can be started to train in ({error.strerror}).") from error
