"""The board on which visitors of one server rank their runs under nicknames. Needs no torch.

    runs/board.json      who put up which run, in which class, under which nickname
    runs/board.lock      held while the file is read and replaced

The file says no accuracy: what a run reached stands in its own folder, so a run that is deleted
leaves the board, and one that is restored comes back.
"""

import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
from filelock import FileLock
from msgspec import Meta

from mnist_core import records
from mnist_core.config.challenge import SIZE_CLASSES
from mnist_core.errors import RecordError, RunError
from mnist_core.experiments.entries import Entries, Entry, entry_of
from mnist_core.files import runs_dir
from mnist_core.records import Record, Word
from mnist_core.runs.run import Run

MAX_NICKNAME: Final = 24
"""Characters."""

_MAX_PLACES: Final = 3_000
_REMEDY: Final = "Put it aside, or clear the board: python -m mnist_core board --clear"


class Place(Record, frozen=True, kw_only=True):
    """One line of the board's file: a visitor has one in each class at most.

    `below` is the narrowest class of the run; a run counts in all wider ones too.
    """

    run: Word
    owner: Annotated[str, Meta(pattern="^[0-9a-z-]{1,64}$")]
    nickname: str
    below: int

    def __post_init__(self) -> None:
        if self.below not in SIZE_CLASSES:
            raise ValueError("a place names no class")
        if read_nickname(self.nickname) != self.nickname:
            raise ValueError("a nickname is unfit")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One row of a class: `number` from 1."""

    number: int
    nickname: str
    entry: Entry


def narrowest_class(parameters: int) -> int:
    """Return the smallest of the classes that so many parameters are below."""
    return min(below for below in SIZE_CLASSES if parameters < below)


def read_nickname(text: str) -> str:
    """Return a nickname as it is kept; raises `RunError` for one that cannot be.

    Blanks become single spaces. What cannot be seen, or turns the text around it, is refused.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not name:
        raise RunError("Choose a nickname for the board.")
    if len(name) > MAX_NICKNAME:
        raise RunError(f"A nickname has at most {MAX_NICKNAME} characters, not {len(name)}.")
    if not name.isprintable():
        raise RunError("A nickname consists of characters that can be seen; leave the others out.")
    return name


class Board:
    """The board of one folder of runs. Cheap to make; every answer is read from the disk.

    Raises `RecordError` where its file cannot be read, with the remedy.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or runs_dir()

    @property
    def path(self) -> Path:
        return self._folder / "board.json"

    def places(self) -> list[Place]:
        """Return who put up what."""
        if not os.path.lexists(self.path):
            return []
        places = records.read(self.path, list[Place], remedy=_REMEDY)
        if len(places) > _MAX_PLACES:
            raise RecordError(str(self.path), "it has too many places", _REMEDY)
        if len({(place.owner, place.below) for place in places}) < len(places):
            raise RecordError(str(self.path), "somebody stands twice in one class", _REMEDY)
        return places

    def standings(self, entries: Entries) -> dict[int, list[Standing]]:
        """Return the rows of each class, the best first: of each visitor the best that fits."""
        found = [(place, entries.find(place.run)) for place in self.places()]
        shown = {
            entry: place.nickname
            for place, entry in found
            if entry is not None and entry.owner == place.owner
        }
        return {
            below: [
                Standing(number=number, nickname=shown[entry], entry=entry)
                for number, entry in enumerate(_best_of_each(shown, below), start=1)
            ]
            for below in SIZE_CLASSES
        }

    def put_up(self, run: Run, *, owner: str, nickname: str) -> None:
        """Put the owner's run on the board, in place of the one they had in its class.

        All that the owner has on the board then bears this nickname. Raises `RunError` where the
        run is not theirs or no entry, or the nickname is unfit or another's.
        """
        name = read_nickname(nickname)
        if run.owner != owner:
            raise RunError("Only a run of your own can be put on the board.")
        below = narrowest_class(entry_of(run).parameters)
        with self._lock():
            places = self.places()
            others = [place for place in places if place.owner != owner]
            if any(place.nickname.casefold() == name.casefold() for place in others):
                raise RunError(f"Somebody else is “{name}” on the board; choose another nickname.")
            own = [
                msgspec.structs.replace(place, nickname=name)
                for place in places
                if place.owner == owner and place.below != below
            ]
            new = Place(run=run.id, owner=owner, nickname=name, below=below)
            if len(others) + len(own) >= _MAX_PLACES:
                raise RunError("The board is full; whoever runs this server can clear it.")
            self._write([*others, *own, new])

    def take_off(self, run_id: str, *, owner: str) -> None:
        """Take the owner's run off the board, if it is there."""
        with self._lock():
            places = self.places()
            kept = [place for place in places if (place.run, place.owner) != (run_id, owner)]
            if len(kept) < len(places):
                self._write(kept)

    def clear(self) -> None:
        """Take everything off the board; the runs stay as they are."""
        if not os.path.lexists(self.path):
            return
        try:
            with self._lock():
                self.path.unlink(missing_ok=True)
        except OSError as error:
            raise RunError(f"{self.path} cannot be removed ({error.strerror}).") from error

    def _lock(self) -> FileLock:
        self._folder.mkdir(parents=True, exist_ok=True)
        return FileLock(self._folder / "board.lock")

    def _write(self, places: Iterable[Place]) -> None:
        try:
            records.write(self.path, list(places))
        except OSError as error:
            raise RunError(
                f"The board {self.path} cannot be written ({error.strerror}). Free some space, or"
                " let the server write there."
            ) from error


def _best_of_each(entries: Iterable[Entry], below: int) -> list[Entry]:
    """Return each owner's best entry with fewer parameters than that, the best first."""
    best: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.rank):
        if entry.parameters < below:
            best.setdefault(entry.owner, entry)
    return list(best.values())
