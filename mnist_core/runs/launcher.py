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
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from mnist_core.errors import RunError
from mnist_core.files import runs_dir
from mnist_core.processes import CAN_COPY, LastWatched, Lookout, start_command
from mnist_core.runs.folder import delete_run, remove_deleted
from mnist_core.runs.queue import Queue, Waiting
from mnist_core.runs.run import Run

_SECONDS_PER_LOOK: Final = 0.25
_SECONDS_TO_UNDO: Final = 7 * 86_400.0
"""A deleted run is kept so long at least."""


class Launcher:
    """Trains submitted runs, `max_running` at a time, oldest first. Safe to call from threads.

    A process that has torch loaded waits for the next run: it reads the run's folder from standard
    input, and a copy of it trains that run, or itself where no process can be copied. It ends when
    its input closes, so it never outlives the app idle.
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
        self._launched: list[Run] = []
        self._let_go_of: list[subprocess.Popen[bytes]] = []
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
        """End the waiting process, once what it was handed has begun; runs go on."""
        self._lookout.close()
        with self._guard:
            warm = self._warm
            self._let_go()
            if warm is not None and not any(run.is_starting() for run in self._launched):
                warm.terminate()  # it may be loading torch still, which takes seconds
                warm.wait()

    def wait(self) -> None:
        """Wait until no run launched from here is trained any more."""
        while any(run.is_active() for run in self._launched):
            time.sleep(_SECONDS_PER_LOOK)
        for process in self._let_go_of:
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
        self._launched = [*(one for one in self._launched if one.is_active()), run]
        self.watch(run)
        if not self._hand_over(run):
            self._let_go()  # it has died waiting
            self._start_warm()
            self._hand_over(run)
        if not CAN_COPY:
            self._let_go()

    def _start_warm(self) -> None:
        self._warm = start_command("worker", "--runs", "by-copies" if CAN_COPY else "one")

    def _hand_over(self, run: Run) -> bool:
        """Hand the run to the waiting process; False where there is none."""
        if self._warm is None:
            return False
        assert self._warm.stdin is not None
        try:
            os.write(self._warm.stdin.fileno(), os.fsencode(run.folder) + b"\n")
        except BrokenPipeError:
            return False
        return True

    def _let_go(self) -> None:
        """Close the waiting process's input: it ends when it has done what it was handed."""
        if self._warm is not None:
            assert self._warm.stdin is not None
            self._warm.stdin.close()
            self._let_go_of = [one for one in self._let_go_of if one.poll() is None]
            self._let_go_of.append(self._warm)
            self._warm = None
