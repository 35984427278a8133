"""A run's file of events: one writer, any number of readers. A line that is none is passed over."""

import os
from pathlib import Path
from typing import BinaryIO, Final, Protocol, Self

from mnist_core.errors import RecordError
from mnist_core.files import drop_torn_line, open_plain
from mnist_core.runs.events import Event, decode, encode

_LONGEST_EVENTS: Final = 65_536
"""More bytes than any two events take: an epoch's holds pictures, some 8 kB."""

_MOST_BYTES: Final = 500_000_000
"""A hundred epochs led step by step take a tenth of it."""


class Speaker(Protocol):
    """Whatever has a file of events: a run."""

    @property
    def events_path(self) -> Path: ...


class EventWriter:
    """Appends events to a run's file; the holder of the run's lock makes the only one."""

    def __init__(self, run: Speaker) -> None:
        self._file = run.events_path.open("ab")
        drop_torn_line(run.events_path)

    def write(self, event: Event) -> None:
        self._file.write(encode(event).encode() + b"\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()


class EventReader:
    """Reads a run's events from where it last stopped; a line half written waits.

    `num_skipped` counts the lines that could not be read.
    """

    def __init__(self, run: Speaker) -> None:
        self._path = run.events_path
        self._offset = 0
        self.num_skipped = 0

    def read(self) -> list[Event]:
        """Return the events that are new since the last call.

        Raises `RecordError` where there is no file in the file's place.
        """
        try:
            with open_events(self._path) as file:
                file.seek(self._offset)
                content = file.read()
        except FileNotFoundError:
            return []
        whole = content.rfind(b"\n") + 1
        self._offset += whole
        found: list[Event] = []
        for line in content[:whole].split(b"\n")[:-1]:
            try:
                event = decode(line)
            except RecordError:
                self.num_skipped += 1
                continue
            if event is not None:
                found.append(event)
        return found


def read_last_event(path: Path) -> Event | None:
    """Return the last event that can be read; None where nothing was said yet."""
    try:
        with open_events(path) as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _LONGEST_EVENTS))
            lines = file.read().split(b"\n")[:-1]  # what follows the last line's end is torn
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        try:
            event = decode(line)
        except RecordError:
            continue
        if event is not None:
            return event
    return None


def open_events(path: Path) -> BinaryIO:
    """Open what a run has said.

    Raises `FileNotFoundError` where it has said nothing, `RecordError` where that cannot be read.
    """
    try:
        return open_plain(path, _MOST_BYTES)
    except FileNotFoundError:
        raise
    except OSError as error:
        remedy = "Put the run aside, or choose another one."
        raise RecordError(str(path), error.strerror or str(error), remedy) from error
