"""Runs as processes of their own: a warm one that waits, and a queue for few cores.

    submit → queued (a file) → claimed (renamed to `launched`) → its process holds the lock

The queue is the folder itself: the oldest run that is queued goes next, a claim is a rename that
only one process can do, and a restarted app goes on with what is queued. Knows nothing of torch.
"""

import math
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

from mnist_core.errors import RunError
from mnist_core.files import PROJECT_DIR, runs_dir
from mnist_core.runs.folder import delete_run, list_runs, remove_deleted
from mnist_core.runs.run import Run

_SECONDS_PER_LOOK: Final = 0.25
_SECONDS_TO_UNDO: Final = 7 * 86_400.0
"""A deleted run is kept so long at least."""


class Launcher:
    """Trains submitted runs, `max_running` at a time, oldest first. Safe to call from threads.

    A process that has torch loaded waits for the next run; it reads the run's folder from
    standard input and ends when that closes without one, so it never outlives the app idle.
    With `seconds_unwatched`, a run is stopped when nobody has called `watch` for so long.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        max_running: int = 1,
        seconds_unwatched: float | None = None,
    ) -> None:
        self._folder = folder or runs_dir()
        self._max_running = max_running
        self._seconds_unwatched = seconds_unwatched
        self._guard = threading.RLock()
        self._warm: subprocess.Popen[bytes] | None = None
        self._launched: list[subprocess.Popen[bytes]] = []
        self._active = {run.id: run for run in list_runs(self._folder) if run.is_active()}
        self._watched: dict[str, float] = {}
        remove_deleted(self._folder, seconds_ago=_SECONDS_TO_UNDO)
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name="launcher", daemon=True)
        self._thread.start()

    def warm_up(self) -> None:
        """Start the waiting process unless there is one."""
        with self._guard:
            if self._warm is None or self._warm.poll() is not None:
                self._warm = _start_worker()

    def submit(self, run: Run) -> None:
        """Queue the run; it starts at once where nothing else is in its way."""
        run.enqueue()
        self._launch_what_may_run()

    def queue(self) -> list[Run]:
        """Return the runs that wait, the next one first."""
        waiting = [(run.queued_since(), run) for run in list_runs(self._folder)]
        return [run for since, run in sorted(waiting, key=lambda pair: pair[0]) if since < math.inf]

    def withdraw(self, run: Run) -> None:
        """Take a waiting run out of the queue and delete it; raises `RunError` if it has begun."""
        if not run.claim():
            raise RunError(f"The run {run.id} has begun already; stop it instead.")
        run.unclaim()
        delete_run(run)

    def watch(self, run: Run) -> None:
        """Note that somebody looks at the run."""
        self._watched[run.id] = time.monotonic()

    def close(self) -> None:
        """End the waiting process; runs go on."""
        self._closing.set()
        self._thread.join()
        with self._guard:
            if self._warm is not None:
                self._warm.communicate()
            self._warm = None

    def wait(self) -> None:
        """Wait for the processes of all runs launched from here to end."""
        for process in self._launched:
            process.wait()

    def _go_on(self) -> None:
        while not self._closing.wait(_SECONDS_PER_LOOK):
            self._launch_what_may_run()
            self._stop_what_nobody_watches()

    def _launch_what_may_run(self) -> None:
        with self._guard:
            self._active = {name: run for name, run in self._active.items() if run.is_active()}
            for run in self.queue() if len(self._active) < self._max_running else []:
                if len(self._active) < self._max_running and run.claim():
                    self._launch(run)
                    self._active[run.id] = run

    def _launch(self, run: Run) -> None:
        self._launched = [process for process in self._launched if process.poll() is None]
        self.watch(run)
        worker, self._warm = self._warm, None
        if worker is None or not _hand_over(worker, run):
            worker = _start_worker()
            _hand_over(worker, run)
        self._launched.append(worker)

    def _stop_what_nobody_watches(self) -> None:
        if self._seconds_unwatched is None:
            return
        for run in list(self._active.values()):
            last = self._watched.setdefault(run.id, time.monotonic())
            if time.monotonic() - last > self._seconds_unwatched:
                run.stop()


def _hand_over(worker: "subprocess.Popen[bytes]", run: Run) -> bool:
    assert worker.stdin is not None
    try:
        with worker.stdin:
            worker.stdin.write(os.fsencode(run.folder) + b"\n")
    except BrokenPipeError:  # it has died waiting
        return False
    return True


def _start_worker() -> "subprocess.Popen[bytes]":
    path = os.pathsep.join(filter(None, (str(PROJECT_DIR), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "mnist_core", "worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,  # Ctrl-C in the app's terminal must not end the runs
    )
