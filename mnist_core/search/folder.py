"""A search's folder: what was asked of it, whether it is under way, and how it is stopped.

searches/NAME/search.json     what was asked
searches/NAME/journal.log     Optuna's journal: every trial, written by the one driver
searches/NAME/search.lock     held by the driver, as a run's lock is by its process
searches/NAME/stop            made by whoever wants it to stop
searches/NAME/failed.txt      why it ended, where something went wrong
searches/NAME/queued, launched, driven    with the app: it waits, is started, was begun
searches/NAME/log.txt         what a driver that the app started printed
searches/NAME/runs/           the runs that are under way

A visitor's searches, where visitors are told apart, lie in searches/.visitors/OWNER/.
Knows nothing of Optuna.
"""

import dataclasses
import os
import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from filelock import FileLock

from mnist_core import records
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError, RunError
from mnist_core.files import EVERYONE, age, is_locked, read_plain, replacing, runs_dir
from mnist_core.networks.named import describe
from mnist_core.search.space import Space

State = Literal["waiting", "running", "stopping", "stopped", "finished", "failed", "lost"]

SECONDS_TO_START: Final = 60.0
"""A search whose driver has not begun so long after it was started is lost."""

QUEUED, LAUNCHED, DRIVEN = "queued", "launched", "driven"
"""One file that is renamed as the app goes on with a search; a terminal does without it."""

_LOCK: Final = "search.lock"
_LONGEST_REASON: Final = 10_000
_VISITORS: Final = ".visitors"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
BOUNDS: Final = {
    "max_parameters": (246, 200_000),  # the smallest network that is proposed has so many
    "trials": (1, 100_000),
    "epochs": (1, 100),
    "seeds": (1, 50),
    "at_once": (1, 10_000),
    "seed": (0, 2**31 - 1),
}
"""The least and the most of what a search is asked for, by name."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a search was asked for.

    Raises `ConfigError` when a value is out of range, or the one network does not fit the limit.

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
        for name, (least, most) in BOUNDS.items():
            value = getattr(self, name)
            if not isinstance(value, int) or not least <= value <= most:
                option = name.replace("_", "-")
                raise ConfigError(f"--{option} is {value}; it must lie in {least} to {most:,}.")
        object.__setattr__(self, "fixed", tuple(self.fixed))
        _ = self.space, TrainConfig(dataset=self.dataset)
        if self.network is None:
            return
        if (parameters := describe(self.network).parameters) > self.max_parameters:
            raise ConfigError(
                f"The network {self.network} has {parameters:,} parameters, and"
                f" {self.max_parameters:,} are allowed: allow more, or take another network."
            )

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
    def owner(self) -> str:
        """Id of the visitor whose search it is; `EVERYONE` where they are not told apart."""
        home = self.folder.parent
        return home.name if home.parent.name == _VISITORS else EVERYONE

    @property
    def journal_path(self) -> Path:
        return self.folder / "journal.log"

    @property
    def runs_dir(self) -> Path:
        return self.folder / "runs"

    @property
    def log_path(self) -> Path:
        return self.folder / "log.txt"

    @property
    def asked(self) -> Asked:
        """What was asked; raises `RecordError` if the file is none of ours."""
        return records.read(self.folder / "search.json", Asked, remedy="Put its folder aside.")

    def lock(self) -> FileLock:
        """Return the lock that the driver holds; not yet acquired."""
        return FileLock(self.folder / _LOCK)

    def is_running(self) -> bool:
        """Whether a driver is at it."""
        return is_locked(self.folder / _LOCK)

    def state(self, num_tried: int) -> State:
        """Return where the search stands, given how many trials its journal tells."""
        if self.is_running():
            return "stopping" if self.is_asked_to_stop() else "running"
        if self.is_queued() or self.is_starting():
            return "waiting"
        if num_tried >= self.asked.trials:
            return "finished"
        if self.failure is not None:
            return "failed"
        return "stopped" if self.is_asked_to_stop() else "lost"

    def is_queued(self) -> bool:
        """Whether it waits for its turn (`mnist_core.search.launcher`)."""
        return (self.folder / QUEUED).exists()

    def is_starting(self) -> bool:
        """Whether the app has started its driver, which does not hold the lock yet."""
        return age(self.folder / LAUNCHED) < SECONDS_TO_START

    @property
    def failure(self) -> str | None:
        """Why its last driver ended, where something went wrong."""
        try:
            return read_plain(self.folder / "failed.txt", _LONGEST_REASON).decode(errors="replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            return f"Why it ended cannot be read (failed.txt: {error.strerror})."

    def note_failure(self, reason: str) -> None:
        with replacing(self.folder / "failed.txt") as path:
            path.write_text(reason, encoding="utf-8")

    def ask_to_stop(self) -> None:
        """Let the driver end; what it is at is lost, what was told is kept."""
        (self.folder / "stop").touch()

    def is_asked_to_stop(self) -> bool:
        return (self.folder / "stop").exists()

    def begin(self) -> None:
        """Forget how it ended before; for the driver, which holds the lock."""
        for name in ("stop", "failed.txt"):
            (self.folder / name).unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            (self.folder / LAUNCHED).rename(self.folder / DRIVEN)

    def delete(self) -> None:
        """Remove it with all that it has found; raises `RunError` while it is under way."""
        if self.is_running() or self.is_queued() or self.is_starting():
            raise RunError(f"The search {self.name!r} is under way; stop it before you delete it.")
        shutil.rmtree(self.folder, ignore_errors=True)


def open_search(name: str, folder: Path | None = None, owner: str = EVERYONE) -> Search:
    """Return the owner's search of that name; raises `RunError` if there is none."""
    search = Search(_home(folder, owner) / name)
    if not _NAME.fullmatch(name) or not (search.folder / "search.json").is_file():
        raise RunError(f"There is no search {name!r} in {_home(folder, owner)}.")
    return search


def begin_search(
    name: str, asked: Asked, folder: Path | None = None, owner: str = EVERYONE
) -> Search:
    """Make the search's folder, or return it where the same was asked before.

    With more trials than before it goes on to so many. Raises `ConfigError` for a name that is
    none, or one under which something else was asked.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name of a search: up to 40 letters, digits, - and _.")
    search = Search(_home(folder, owner) / name)
    if (search.folder / "search.json").exists():
        before = dataclasses.replace(search.asked, trials=asked.trials)
        if before != asked:
            raise ConfigError(
                f"The search {name!r} was asked for something else; give this one another name"
                " (--name)."
            )
    try:
        records.write(search.folder / "search.json", asked)
    except OSError as error:
        raise RunError(f"{search.folder} cannot be written ({error.strerror}).") from error
    return search


def list_searches(folder: Path | None = None, owner: str = EVERYONE) -> list[Search]:
    """Return the owner's searches, by name; those that cannot be read are among them."""
    found = sorted(_home(folder, owner).glob("*"))
    return [Search(path) for path in found if os.path.lexists(path / "search.json")]


def find_marked(mark: str, folder: Path | None = None) -> list[Search]:
    """Return the searches of all owners that have a file called `mark`, by the file's age."""
    home = _home(folder)
    found = [*home.glob(f"*/{mark}"), *home.glob(f"{_VISITORS}/*/*/{mark}")]
    return [Search(path.parent) for path in sorted(found, key=lambda path: (-age(path), path))]


def _home(folder: Path | None, owner: str = EVERYONE) -> Path:
    home = (folder or runs_dir()) / "searches"
    return home if owner == EVERYONE else home / _VISITORS / owner
