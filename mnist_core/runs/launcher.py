"""Runs as processes of their own: a warm one that waits, and a queue for few cores.

    submit → queued (a file) → claimed (renamed to `launched`) → its process holds the lock

The queue is on disk (`mnist_core.runs.queue`): the oldest run that is queued goes next, a claim is
a rename that only one process can do, and a restarted app goes on with what is queued. What counts
is how many runs of the folder train, whoever started them: two servers on one folder train no more
than one alone would. Knows nothing of torch.
"""

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mnist_core.errors import RunError
from mnist_core.files import runs_dir
from mnist_core.processes import LastWatched, Lookout, start_command
from mnist_core.runs.folder import delete_run, remove_deleted
from mnist_core.runs.queue import Queue, Waiting
from mnist_core.runs.run import Run

_SECONDS_PER_LOOK: Final = 0.25
_SECONDS_TO_UNDO: Final = 7 * 86_400.0
"""A deleted run is kept so long at least."""


class Launcher:
    """Trains submitted runs, `max_running` at a time, oldest first. Safe to call from threads.

    A process that has torch loaded waits for the next run; it reads the run's folder from
    standard input and ends when that closes without one, so it never outlives the app idle.
    With `max_running` 0 it only queues: somebody else carries out what waits.
    With `seconds_unwatched`, a run is stopped when nobody has called `watch` for so long.
    `problem` says why what waits cannot be started just now; it is tried again and again.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        max_running: int = 1,
        seconds_unwatched: float | None = None,
    ) -> None:
        self._folder = folder or runs_dir()
        self._queue = Queue(self._folder)
        self._max_running = max_running
        self._guard = threading.RLock()
        self._warm: subprocess.Popen[bytes] | None = None
        self._launched: list[subprocess.Popen[bytes]] = []
        self._watched = LastWatched(seconds_unwatched)
        self._lookout = Lookout(self._look, "Runs", seconds=_SECONDS_PER_LOOK, begin=self._begin)
        self._lookout.start()

    @property
    def problem(self) -> str | None:
        return self._lookout.problem

    def warm_up(self) -> None:
        """Start the waiting process unless there is one, or nobody is left to end it."""
        with self._guard:
            if self._lookout.is_closed or self._max_running == 0:
                return
            if self._warm is None or self._warm.poll() is not None:
                self._lookout.attempt(self._start_warm)

    def submit(self, run: Run) -> None:
        """Queue the run; it starts at once where nothing else is in its way."""
        self.admit(lambda: run)

    def admit(
        self,
        make: Callable[[], Run],
        *,
        refuse: Callable[[list[Waiting]], str | None] | None = None,
        sender: str = "",
    ) -> Run:
        """Make a run and queue it, unless `refuse` says why not, given those that wait.

        Nobody else comes in between the count and the run. `sender`: where it was asked for from,
        kept while the run waits or trains. Raises `RunError` with the refusal, and what `make`
        raises.
        """
        with self._queue.lock():
            if refuse is not None and (why := refuse(self._queue.waiting())) is not None:
                raise RunError(why)
            run = make()
            self._queue.add(run, sender)
        self._lookout.attempt(self._launch_what_may_run)
        return run

    def queue(self) -> list[Run]:
        """Return the runs that wait, the next one first."""
        return [one.run for one in self._queue.waiting()]

    def waiting(self) -> list[Waiting]:
        """Return the runs that wait, the next one first, and where they were asked for from."""
        return self._queue.waiting()

    def withdraw(self, run: Run) -> None:
        """Take a waiting run out of the queue and delete it; raises `RunError` if it has begun."""
        if not run.claim():
            raise RunError(f"The run {run.id} has begun already; stop it instead.")
        run.unclaim()
        delete_run(run)

    def watch(self, run: Run) -> None:
        """Note that somebody looks at the run."""
        self._watched.note(run.folder)

    def close(self) -> None:
        """End the waiting process; runs go on."""
        self._lookout.close()
        with self._guard:
            if self._warm is not None:
                self._warm.terminate()  # it may be loading torch still, which takes seconds
                self._warm.communicate()
            self._warm = None

    def wait(self) -> None:
        """Wait for the processes of all runs launched from here to end."""
        for process in self._launched:
            process.wait()

    def _begin(self) -> None:
        remove_deleted(self._folder, seconds_ago=_SECONDS_TO_UNDO)
        self._queue.note_all()

    def _look(self) -> None:
        self._queue.clear()
        self._launch_what_may_run()
        if self._watched.limit is not None:
            for run in self._queue.active():
                if self._watched.is_forgotten(run.folder):
                    run.stop()

    def _launch_what_may_run(self) -> None:
        with self._guard:
            while (claimed := self._claim_next()) is not None:
                run, since = claimed
                try:
                    self._launch(run)
                except BaseException:
                    run.give_back(since)
                    raise

    def _claim_next(self) -> tuple[Run, float] | None:
        """Take the next run out of the queue, if one waits and not too many train."""
        if not self._queue.waiting():
            return None
        with self._queue.lock():
            if len(self._queue.active()) >= self._max_running:
                return None
            for run in self.queue():
                since = run.queued_since()
                if run.claim():
                    return run, since
        return None

    def _launch(self, run: Run) -> None:
        self._launched = [process for process in self._launched if process.poll() is None]
        self.watch(run)
        worker, self._warm = self._warm, None
        if worker is None or not _hand_over(worker, run):
            worker = _start_worker()
            _hand_over(worker, run)
        self._launched.append(worker)

    def _start_warm(self) -> None:
        self._warm = _start_worker()


def _hand_over(worker: "subprocess.Popen[bytes]", run: Run) -> bool:
    assert worker.stdin is not None
    try:
        with worker.stdin:
            worker.stdin.write(os.fsencode(run.folder) + b"\n")
    except BrokenPipeError:  # it has died waiting
        return False
    return True


def _start_worker() -> "subprocess.Popen[bytes]":
    return start_command("worker")
