"""What a run is told: when it is made (run.json), by a person (label.json), while it trains."""

import logging
import os
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Final, Literal

from msgspec import Meta

from mnist_core import records
from mnist_core.checkpoints.origin import Origin
from mnist_core.config.settings import TrainConfig, knobs
from mnist_core.errors import RecordError, RunError
from mnist_core.files import EVERYONE
from mnist_core.records import Count, Record, Text, Word
from mnist_core.runs.events import Pixels
from mnist_core.strokes.files import StrokeFacts

Kind = Literal["training", "lr_search", "fine_tuning", "trial"]
"""What a run does: train from random weights, look for a good learning rate, train given weights
on with a person's own drawings, or be a search's trial. The second and last leave no network."""

_PUT_ASIDE: Final = "Put the run aside, or choose another one."
_TELL_ANEW: Final = "Tell the run anything anew (stop, pause, resume), or delete the file."
_NAME_ANEW: Final = "Give the run a name again, or delete the file."
_OF_ANOTHER_VERSION: Final = (
    "Train again with settings of this version, or put the run aside; its checkpoint can still be"
    " evaluated and drawn with."
)
_log: Final = logging.getLogger(__name__)


class About(Record, frozen=True, kw_only=True):
    """What a run is, in its run.json, which never changes.

    `config` is read by `read_config`: a run of another version is known by its other fields.
    `owner` is `EVERYONE` where visitors are not told apart. `strokes` are the pen digits that it
    trains with besides, `probe` is a drawing that is classified after each epoch.
    """

    created: Annotated[datetime, Meta(tz=True)]
    recipe: Word
    kind: Kind | Literal["sweep"] = "training"
    owner: Annotated[str, Meta(pattern="^[a-z0-9-]{1,64}$")] = EVERYONE
    config: Mapping[Word, bool | int | float | Text]
    origin: Origin | None = None
    probe: Pixels | None = None
    strokes: StrokeFacts | None = None


class Label(Record, frozen=True, kw_only=True):
    """What a person calls a run and wants to remember of it."""

    name: Text = ""
    note: Text = ""


class Control(Record, frozen=True, kw_only=True):
    """What a run is told while it trains; it looks after every batch.

    `pause_at`: wait as soon as so many steps are done; None to go on. `learning_rate`: the
    schedule's highest from now on; None for the run's own. `is_the_end`: it was stopped and will
    not go on, so the test set is to be measured.
    """

    stop: bool = False
    pause_at: Count | None = None
    learning_rate: float | None = None
    is_the_end: bool = False

    def __post_init__(self) -> None:
        if self.learning_rate is not None:
            TrainConfig(learning_rate=self.learning_rate)  # raises where it is out of bounds


@lru_cache(maxsize=512)
def read_about(path: Path, modified: int) -> About:
    """Return run.json, kept, as pages ask for it again and again; raises `RecordError`."""
    return records.read(path, About, remedy=_PUT_ASIDE)


@lru_cache(maxsize=512)
def read_config(path: Path, modified: int) -> TrainConfig:
    """Return the settings in run.json, kept; raises `RecordError`, also for another version's."""
    given = read_about(path, modified).config
    if unknown := sorted(set(given) - set(knobs())):
        reason = f"this version does not know the setting {unknown[0]!r}"
        raise RecordError(str(path), reason, _OF_ANOTHER_VERSION)
    return records.convert(given, TrainConfig, file=path, remedy=_OF_ANOTHER_VERSION)


def read_label(path: Path) -> Label:
    """Return a run's label, an empty one where there is none; raises `RecordError`."""
    if not os.path.lexists(path):
        return Label()
    return records.read(path, Label, remedy=_NAME_ANEW)


def read_control(path: Path) -> Control:
    """Return what control.json says, the default where nothing was told yet.

    Raises `RecordError` where that cannot be understood.
    """
    if not os.path.lexists(path):
        return Control()
    return records.read(path, Control, remedy=_TELL_ANEW)


def problems_with(label: Path, control: Path) -> list[str]:
    """Say what cannot be read of the two; nothing where all can."""
    found: list[str] = []
    for read, path in ((read_label, label), (read_control, control)):
        try:
            read(path)
        except RecordError as error:
            found.append(str(error))
    return found


def write_told(path: Path, record: Label | Control) -> None:
    """Replace the file by what the run is told; raises `RunError` where that cannot be."""
    try:
        records.write(path, record)
    except OSError as error:
        raise RunError(
            f"{path} cannot be written ({error.strerror or error}). Free some space, or remove what"
            " is in its place."
        ) from error


class ControlReader:
    """Tells the run's process what it was told, reading the file only when it has changed.

    A file that cannot be understood changes nothing: training goes on as it was told before.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._control = Control()

    def read(self) -> Control:
        try:
            status = self._path.stat()
        except OSError:
            return self._control
        if (status.st_mtime_ns, status.st_ino) != self._seen:
            try:
                self._control = read_control(self._path)
            except RecordError as error:
                _log.warning("%s", error)
            self._seen = status.st_mtime_ns, status.st_ino
        return self._control
