"""Which runs of a folder wait or train, found without a look at all the others.

    runs/.queue/20261122-210841-seed-3f2a    a ticket: who asked, while the run waits or trains
    runs/.queue/.lock                        held while it is decided who comes in and who is next

That a run waits or trains is said in its own folder; a ticket only says where to look. One that is
left over is cleared by whoever finds it, and one that is missing is written by `note_all`.
Any number of servers and commands share a folder. Knows nothing of torch.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock

from mnist_core.files import is_folder
from mnist_core.runs.folder import find_run, list_runs, time_in
from mnist_core.runs.run import Run

_FOLDER: Final = ".queue"
_LONGEST_SENDER: Final = 100


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A run that waits for its turn, and where it was asked for from; empty if that is unknown."""

    run: Run
    sender: str


class Queue:
    """The runs of one folder that wait or train. Cheap to make; the disk is asked each time."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._folder = runs / _FOLDER

    def lock(self) -> FileLock:
        """Return the lock to hold while one counts and then lets in, or starts; not yet acquired.

        Each call makes another one: threads of one process wait for each other, too.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self._folder / ".lock")

    def add(self, run: Run, sender: str = "") -> None:
        """Let the run wait for its turn."""
        run.enqueue()  # first: a ticket of a run that neither waits nor trains may be cleared
        self.note(run, sender)

    def note(self, run: Run, sender: str = "") -> None:
        """Write the run's ticket, if it has none."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / run.id).open("a", encoding="utf-8") as ticket:
            if sender and not ticket.tell():
                ticket.write(sender[:_LONGEST_SENDER])

    def note_all(self) -> None:
        """Write the tickets that are missing; this looks at every run of the folder."""
        for run in list_runs(self._runs):
            if run.is_queued() or run.is_active():
                self.note(run)

    def under_way(self) -> list[Run]:
        """Return the runs that wait or train, the newest first."""
        return [run for run in self._noted() if run.is_queued() or run.is_active()]

    def waiting(self) -> list[Waiting]:
        """Return the runs that wait, the next one first."""
        found = [(run.queued_since(), run) for run in self._noted() if run.is_queued()]
        return [
            Waiting(run=run, sender=self._sender(run))
            for _, run in sorted(found, key=lambda pair: (pair[0], time_in(pair[1].id)))
        ]

    def active(self) -> list[Run]:
        """Return the runs that train, or were handed to a process and are about to."""
        return [run for run in self._noted() if run.is_active()]

    def clear(self) -> None:
        """Take away the tickets of runs that neither wait nor train any more."""
        for ticket in self._tickets():
            run = find_run(ticket.name, self._runs)
            if run is None or not (run.is_queued() or run.is_active()):
                sender = _read(ticket)
                ticket.unlink(missing_ok=True)
                # It may have begun to wait, or to train, since it was looked at.
                if run is not None and (run.is_queued() or run.is_active()):
                    self.note(run, sender)

    def _noted(self) -> list[Run]:
        found = (find_run(ticket.name, self._runs) for ticket in self._tickets())
        return [run for run in found if run is not None]

    def _tickets(self) -> list[Path]:
        try:
            found = [path for path in self._folder.iterdir() if not path.name.startswith(".")]
        except OSError:
            if is_folder(self._folder):
                raise
            return []
        found = sorted(found, key=lambda path: time_in(path.name), reverse=True)
        return list(filter(Path.is_file, found))

    def _sender(self, run: Run) -> str:
        return _read(self._folder / run.id)


def _read(ticket: Path) -> str:
    with suppress(OSError):
        return ticket.read_text(encoding="utf-8", errors="replace")[:_LONGEST_SENDER]
    return ""
