"""A search's folder: what was asked of it, whether it is under way, and how it is stopped.

searches/NAME/search.json     what was asked
searches/NAME/journal.log     Optuna's journal: every trial, written by the one driver
searches/NAME/search.lock     held by the driver, as a run's lock is by its process
searches/NAME/stop            made by whoever wants it to stop
searches/NAME/runs/           the runs that are under way
"""

import dataclasses
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from mnist_core import records
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError, RunError
from mnist_core.files import runs_dir
from mnist_core.search.space import Space

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_BOUNDS: Final = {
    "max_parameters": (100, 200_000),
    "trials": (1, 100_000),
    "epochs": (1, 100),
    "seeds": (1, 50),
    "at_once": (1, 10_000),
    "seed": (0, 2**31 - 1),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a search was asked for. Raises `ConfigError` when a value is out of range.

    `trials` are those that are trained; each with the seeds 0 to `seeds` - 1 for `epochs` epochs.
    `seed` is that of the proposals, which are made `at_once` at a time.
    """

    max_parameters: int
    trials: int
    epochs: int = 5
    seeds: int = 3
    dataset: str = "mnist"
    recipe: str = "compact"
    network: str | None = None
    fixed: tuple[str, ...] = ()
    seed: int = 0
    at_once: int = 8

    def __post_init__(self) -> None:
        for name, (least, most) in _BOUNDS.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value <= most:
                option = name.replace("_", "-")
                raise ConfigError(f"--{option} is {value}; it must lie in {least} to {most:,}.")
        object.__setattr__(self, "fixed", tuple(self.fixed))
        _ = self.space, TrainConfig(dataset=self.dataset)

    @property
    def space(self) -> Space:
        return Space(
            recipe=self.recipe, dataset=self.dataset, network=self.network, fixed=self.fixed
        )


@dataclass(frozen=True)
class Search:
    """One search's folder; every answer is read from the disk when asked."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def journal_path(self) -> Path:
        return self.folder / "journal.log"

    @property
    def runs_dir(self) -> Path:
        return self.folder / "runs"

    @property
    def asked(self) -> Asked:
        """What was asked; raises `RecordError` if the file is none of ours."""
        return records.read(self.folder / "search.json", Asked, remedy="Put its folder aside.")

    def lock(self) -> FileLock:
        """Return the lock that the driver holds; not yet acquired."""
        return FileLock(self.folder / "search.lock")

    def is_running(self) -> bool:
        if not (self.folder / "search.lock").exists():
            return False
        try:
            with self.lock().acquire(timeout=0):
                return False
        except Timeout:
            return True

    def ask_to_stop(self) -> None:
        """Let the driver end; what it is at is lost, what was told is kept."""
        (self.folder / "stop").touch()

    def is_asked_to_stop(self) -> bool:
        return (self.folder / "stop").exists()

    def forget_stop(self) -> None:
        (self.folder / "stop").unlink(missing_ok=True)


def open_search(name: str, folder: Path | None = None) -> Search:
    """Return the search of that name; raises `RunError` if there is none."""
    search = Search(_home(folder) / name)
    if not _NAME.fullmatch(name) or not (search.folder / "search.json").is_file():
        raise RunError(f"There is no search {name!r} in {_home(folder)}.")
    return search


def begin_search(name: str, asked: Asked, folder: Path | None = None) -> Search:
    """Make the search's folder, or return it where the same was asked before.

    With more trials than before it goes on to so many. Raises `ConfigError` for a name that is
    none, or one under which something else was asked.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name of a search: up to 40 letters, digits, - and _.")
    search = Search(_home(folder) / name)
    if (search.folder / "search.json").exists():
        before = dataclasses.replace(search.asked, trials=asked.trials)
        if before != asked:
            raise ConfigError(
                f"The search {name!r} was asked for something else; give this one another --name."
            )
    try:
        records.write(search.folder / "search.json", asked)
    except OSError as error:
        raise RunError(f"{search.folder} cannot be written ({error.strerror}).") from error
    return search


def list_searches(folder: Path | None = None) -> list[Search]:
    """Return all searches, by name."""
    return [Search(path.parent) for path in sorted(_home(folder).glob("*/search.json"))]


def _home(folder: Path | None) -> Path:
    return (folder or runs_dir()) / "searches"
