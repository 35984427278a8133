"""Searches as processes of their own, one at a time: what the app starts and finds again.

    admit → queued (a file) → launched (renamed) → driven: its driver holds the search's lock

The queue is on disk: the search that waits longest goes next, whichever server looks first, and a
restarted app goes on with what is queued. A driver outlives the server that has started it. What
a person starts in a terminal is neither counted nor kept waiting. Knows nothing of Optuna.
"""

import os
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock

from mnist_core import records
from mnist_core.errors import RecordError, RunError
from mnist_core.files import open_log, runs_dir
from mnist_core.processes import LastWatched, Lookout, start_command
from mnist_core.records import Positive, Record, Word
from mnist_core.search.folder import DRIVEN, LAUNCHED, QUEUED, Search, find_marked

_SECONDS_PER_LOOK: Final = 1.0


class Ticket(Record, frozen=True):
    """What the file says by which the app goes on with a search: processes, and who asked."""

    jobs: Positive = 1
    sender: Word = ""


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """A search that waits or is driven, and where it was asked for from; empty if unknown."""

    search: Search
    sender: str


class SearchLauncher:
    """Drives searches, one at a time, the one that has waited longest first. Thread-safe.

    Without `is_open` nothing is started from here. With `seconds_unwatched`, a search is stopped
    when nobody has called `watch` for so long. `problem` says why what waits cannot be started
    just now; it is tried again and again.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        is_open: bool = True,
        seconds_unwatched: float | None = None,
    ) -> None:
        self.is_open = is_open
        self._folder = folder or runs_dir()
        self._guard = threading.Lock()
        self._started: list[tuple[Search, subprocess.Popen[bytes]]] = []
        self._watched = LastWatched(seconds_unwatched)
        self._lookout = Lookout(self._look, "Searches", seconds=_SECONDS_PER_LOOK)
        self._lookout.start()

    @property
    def problem(self) -> str | None:
        return self._lookout.problem

    def admit(
        self,
        make: Callable[[], Search],
        *,
        jobs: int,
        refuse: Callable[[list[UnderWay]], str | None],
        sender: str = "",
    ) -> Search:
        """Make a search, or take up one that ended early, and let it wait for its turn.

        It will train `jobs` networks at a time. Nobody else comes in between the count that
        `refuse` is given and the search. Raises `RunError` with the refusal, and where the search
        is under way; and what `make` raises.
        """
        with self._lock():
            if (why := refuse(self.under_way())) is not None:
                raise RunError(why)
            search = make()
            if search.is_running() or search.is_queued() or search.is_starting():
                raise RunError(f"The search {search.name!r} is under way already.")
            (search.folder / DRIVEN).unlink(missing_ok=True)
            records.write(search.folder / QUEUED, Ticket(jobs=jobs, sender=sender))
        self._lookout.attempt(self._look)
        return search

    def under_way(self) -> list[UnderWay]:
        """Return the searches of all owners that wait or are driven."""
        waiting = [(search, _read(search.folder / QUEUED)) for search in self.queue()]
        driven = [(search, _read(_mark_of(search))) for search in self._driven()]
        return [
            UnderWay(search=search, sender=ticket.sender) for search, ticket in [*driven, *waiting]
        ]

    def queue(self) -> list[Search]:
        """Return the searches that wait, the next one first."""
        return find_marked(QUEUED, self._folder)

    def withdraw(self, search: Search) -> None:
        """Let a search wait no longer; raises `RunError` if it has begun."""
        try:
            (search.folder / QUEUED).unlink()
        except FileNotFoundError as error:
            raise RunError(
                f"The search {search.name!r} has begun already; stop it instead."
            ) from error
        search.ask_to_stop()  # so it is found as one that was stopped, not as one that was lost

    def watch(self, search: Search) -> None:
        """Note that somebody looks at the search."""
        self._watched.note(search.folder)

    def close(self) -> None:
        """Start nothing more; what is driven goes on."""
        self._lookout.close()

    def wait(self) -> None:
        """Wait for the drivers that were started from here to end."""
        for _, process in list(self._started):
            process.wait()

    def _lock(self) -> FileLock:
        home = self._folder / "searches"
        home.mkdir(parents=True, exist_ok=True)
        return FileLock(home / ".lock")

    def _look(self) -> None:
        with self._guard:
            self._forget_ended()
            if self.is_open and self.queue():
                self._launch_next()
            if self._watched.limit is not None:
                for search in self._driven():
                    if self._watched.is_forgotten(search.folder):
                        search.ask_to_stop()

    def _launch_next(self) -> None:
        with self._lock():
            waiting = self.queue()
            if waiting and not self._driven():
                self._launch(waiting[0])

    def _forget_ended(self) -> None:
        for search, process in self._started:
            if process.poll() is not None:
                (search.folder / LAUNCHED).unlink(missing_ok=True)  # it never came to its lock
        self._started = [one for one in self._started if one[1].returncode is None]

    def _driven(self) -> list[Search]:
        """Return the searches that the app drives; forget those whose driver has ended."""
        starting = [one for one in find_marked(LAUNCHED, self._folder) if one.is_starting()]
        found: list[Search] = []
        for search in find_marked(DRIVEN, self._folder):
            if search.is_running():
                found.append(search)
            else:
                with suppress(OSError):  # it is no file of ours: it stays, and is passed over
                    (search.folder / DRIVEN).unlink()
        return [*found, *starting]

    def _launch(self, search: Search) -> None:
        ticket = _read(search.folder / QUEUED)
        os.utime(search.folder / QUEUED)  # its age is from now on that of the start
        (search.folder / QUEUED).rename(search.folder / LAUNCHED)
        self.watch(search)
        try:
            self._started.append((search, _start_driver(search, ticket.jobs)))
        except BaseException:
            (search.folder / LAUNCHED).rename(search.folder / QUEUED)
            raise


def _mark_of(search: Search) -> Path:
    driven = search.folder / DRIVEN
    return driven if driven.exists() else search.folder / LAUNCHED


def _read(path: Path) -> Ticket:
    try:
        return records.read(path, Ticket, remedy="Start the search again.")
    except RecordError:  # it has gone on meanwhile, or is torn
        return Ticket()


def _start_driver(search: Search, jobs: int) -> "subprocess.Popen[bytes]":
    with open_log(search.log_path) as log:
        return start_command(
            *("driver", str(search.folder), "--jobs", str(jobs)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
