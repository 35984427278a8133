"""What travels between a run's folder and a worker far away: files by value, lines of events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from mnist_core.checkpoints.epochs import EPOCHS
from mnist_core.errors import RunError
from mnist_core.files import replacing
from mnist_core.runs.events import Epoch, encode
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run

_STAYS: Final = (
    "events.jsonl",
    "control.json",
    "run.json",
    "run.lock",
    "queued",
    "launched",
    "dispatched",
)
"""Files that only the run's own folder has: its driver writes them. The epochs' states stay too, as
they are many times what all else is."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is new of a run: files by their name in its folder, then lines of its events."""

    files: dict[str, bytes] = field(default_factory=lambda: dict[str, bytes]())
    lines: tuple[str, ...] = ()


def files_to_begin_with(run: Run) -> dict[str, bytes]:
    """Return what a worker needs of a run's folder, by name.

    Of the events the last epoch's only: whoever goes on asks whether it was told.
    """
    found = {"run.json": (run.folder / "run.json").read_bytes()} | files_left(run)
    epochs = [event for event in EventReader(run).read() if isinstance(event, Epoch)]
    return found | ({"events.jsonl": f"{encode(epochs[-1])}\n".encode()} if epochs else {})


def files_left(run: Run, is_wanted: Callable[[str], bool] = lambda name: True) -> dict[str, bytes]:
    """Return what a worker leaves behind, by name: weights, card, state, log."""
    paths = (path for path in sorted(run.folder.rglob("*")) if path.is_file())
    named = ((path.relative_to(run.folder).as_posix(), path) for path in paths)
    return {
        name: path.read_bytes()
        for name, path in named
        if name not in _STAYS
        and not path.name.startswith(".")
        and not name.startswith(f"{EPOCHS}/")
        and is_wanted(name)
    }


def unpack(run: Run, told: Told) -> None:
    """Write into the run's folder what is new: first the files, for the lines speak of them.

    Raises `RunError` for a name that leads out of the folder.
    """
    for name, content in told.files.items():
        if ".." in PurePosixPath(name).parts or PurePosixPath(name).is_absolute():
            raise RunError(f"A worker named a file outside of its run: {name!r}.")
        with replacing(run.folder / name) as path:
            path.write_bytes(content)
    if told.lines:
        with run.events_path.open("ab") as file:
            file.write("".join(f"{line}\n" for line in told.lines).encode())
