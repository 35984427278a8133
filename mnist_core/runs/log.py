"""A run's file of events: one writer, any number of readers."""

import os
from pathlib import Path
from typing import Self

from mnist_core.runs.events import Event, decode, encode
from mnist_core.runs.run import Run


class EventWriter:
    """Appends events to a run's file; the holder of the run's lock makes the only one."""

    def __init__(self, run: Run) -> None:
        self._file = run.events_path.open("ab")
        _drop_torn_line(run.events_path)

    def write(self, event: Event) -> None:
        self._file.write(encode(event).encode() + b"\n")
        self._file.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()


def _drop_torn_line(path: Path) -> None:
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


class EventReader:
    """Reads a run's events from where it last stopped; a line half written waits."""

    def __init__(self, run: Run) -> None:
        self._path = run.events_path
        self._offset = 0

    def read(self) -> list[Event]:
        """Return the events that are new since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                content = file.read()
        except FileNotFoundError:
            return []
        whole = content.rfind(b"\n") + 1
        self._offset += whole
        events = (decode(line) for line in content[:whole].splitlines())
        return [event for event in events if event is not None]
