"""The folder of all runs: they are made, found, listed, deleted, put aside and restored here.

A deleted run is moved into `.trash/` beside the others, from where it can be restored for a while;
one that is put aside, as it cannot be read, into `.aside/`, where it stays. Knows nothing of torch.
"""

import math
import os
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from mnist_core import records
from mnist_core.checkpoints.epochs import epoch_path, grown_from_path, kept_epochs
from mnist_core.checkpoints.origin import Origin
from mnist_core.config.settings import TrainConfig, knobs
from mnist_core.errors import ConfigError, RunError
from mnist_core.files import EVERYONE, age, is_abandoned, runs_dir
from mnist_core.images import SIDE
from mnist_core.runs.control import About, Kind
from mnist_core.runs.run import SECONDS_TO_START, Run
from mnist_core.runs.strokes import check_strokes, keep_strokes, read_kept_strokes
from mnist_core.strokes.files import StrokeSet

_RUN_ID: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9_-]{1,40}-[0-9a-f]{4}")
_TRASH: Final = ".trash"
_ASIDE: Final = ".aside"
_NEW: Final = ".new"

_THE_SAME: Final = ("model", "dataset", "watch", "batch_size", "stroke_renders")
"""Settings that a run shares with the one it grew from: its steps and weights go on with these."""


def create_run(
    config: TrainConfig,
    *,
    recipe: str,
    folder: Path | None = None,
    probe: bytes | None = None,
    kind: Kind = "training",
    owner: str = EVERYONE,
    origin: Origin | None = None,
    strokes: StrokeSet | None = None,
    add: Callable[[Path], None] = lambda folder: None,
) -> Run:
    """Make a new run's folder under `folder` (default: the runs folder) and describe it there.

    It comes into being as a whole. `add` writes what else it begins with.

    `probe`: SIDE×SIDE bytes of a drawing to classify after each epoch, as `preprocess` leaves it.
    `origin`: what it begins from, where not from random weights.
    `strokes` are copied into the folder. Raises `ConfigError` where the settings ask for strokes
    and there are none, or the other way round.
    """
    check_strokes(config, strokes)
    now = datetime.now().astimezone()
    # Its end orders the runs of one second: two presses of Train may come as fast.
    name = f"{now:%Y%m%d-%H%M%S}-{recipe}-{now.microsecond * 0x10000 // 1_000_000:04x}"
    parent = folder or runs_dir()
    run, made = Run(parent / name), Run(parent / f".{name}{_NEW}")
    assert probe is None or len(probe) == SIDE * SIDE
    about = About(
        created=now.replace(microsecond=0),
        recipe=recipe,
        kind=kind,
        owner=owner,
        config=config.to_json(),
        origin=origin,
        probe=probe,
        strokes=strokes.facts if strokes else None,
    )
    try:
        _remove_half_made(parent)
        made.folder.mkdir(parents=True)
        if strokes is not None:
            keep_strokes(made, strokes)
        add(made.folder)
        records.write(made.folder / "run.json", about)
        made.folder.rename(run.folder)
    except OSError as error:
        raise RunError(
            f"The run's folder {run.folder} cannot be written ({error.strerror or error}). Free"
            " some space, or name another folder with --runs-dir or MNIST_RUNS_DIR."
        ) from error
    finally:
        shutil.rmtree(made.folder, ignore_errors=True)
    return run


def _remove_half_made(parent: Path) -> None:
    """Remove the folders that processes were killed over while they made them."""
    for path in filter(is_abandoned, parent.glob(f".*{_NEW}")):
        shutil.rmtree(path, ignore_errors=True)


def create_grown_run(
    run: Run, epoch: int, changes: Mapping[str, object] | None = None, *, owner: str = EVERYONE
) -> Run:
    """Make a run that goes on from the end of an epoch of another; not yet launched.

    Its epochs are counted on from there, and so is its schedule. `changes` are settings that
    differ from the other's. Raises `RunError` where that epoch is not kept, and `ConfigError` for
    settings that training cannot go on with.
    """
    kept = kept_epochs(run.folder)
    if epoch not in kept:
        told = ", ".join(map(str, kept)) or "none"
        raise RunError(f"Nothing is kept of epoch {epoch} of the run {run.id}; kept are: {told}.")
    config = run.config.replace(**(changes or {}))
    _check_that_it_can_go_on(run.config, config, epoch)
    return create_run(
        config,
        recipe=run.recipe,
        folder=run.folder.parent,
        probe=run.probe,
        owner=owner,
        origin=Origin(name=run.id, epochs=epoch),
        strokes=read_kept_strokes(run),
        add=lambda made: _copy_epoch(run, epoch, made),
    )


def _copy_epoch(run: Run, epoch: int, made: Path) -> None:
    try:
        shutil.copyfile(epoch_path(run.folder, epoch), grown_from_path(made))
    except OSError as error:
        raise RunError(
            f"What is kept of epoch {epoch} of the run {run.id} cannot be copied"
            f" ({error.strerror or error}). Free some space, or take another epoch."
        ) from error


def _check_that_it_can_go_on(before: TrainConfig, config: TrainConfig, epoch: int) -> None:
    if config.epochs <= epoch:
        raise ConfigError(
            f"It goes on after epoch {epoch}, so there must be more epochs in all than"
            f" {config.epochs}."
        )
    for name in _THE_SAME:
        if getattr(config, name) != getattr(before, name):
            raise ConfigError(
                f"A run that goes on from another keeps its {knobs()[name].label.lower()}:"
                f" {getattr(before, name)}."
            )
    if bool(config.ema_decay) != bool(before.ema_decay):
        raise ConfigError("A run that goes on from another averages its weights as that did.")


def open_run(run_id: str, folder: Path | None = None) -> Run:
    """Return the run of that id; raises `RunError` for a name that is no run's."""
    run = find_run(run_id, folder)
    if run is None:
        raise RunError(f"There is no run {run_id!r} in {folder or runs_dir()}.")
    return run


def find_run(run_id: str, folder: Path | None = None) -> Run | None:
    """Return the run of that id, or None where there is none."""
    if not _RUN_ID.fullmatch(run_id) or not _is_run(folder := (folder or runs_dir()) / run_id):
        return None
    return Run(folder)


def list_runs(folder: Path | None = None) -> list[Run]:
    """Return all runs, the newest first; those that cannot be read are among them."""
    parent = folder or runs_dir()
    if not parent.is_dir():
        return []
    names = (path.name for path in parent.iterdir())
    found = sorted(filter(_RUN_ID.fullmatch, names), key=time_in, reverse=True)
    return [Run(parent / name) for name in found if _is_run(parent / name)]


def time_in(run_id: str) -> tuple[str, str]:
    """Return what orders the ids of runs by the time they were made."""
    return run_id[:15], run_id[-4:]


def _is_run(folder: Path) -> bool:
    """Whether it is a run's folder; without a run.json an older version may be making it."""
    if os.path.lexists(folder / "run.json"):
        return True
    return folder.is_dir() and SECONDS_TO_START < age(folder) < math.inf


def prepare_to_finish(run: Run) -> None:
    """Say that a stopped run is at its end, to be measured; raises `RunError` for another."""
    if (state := run.state()) not in ("stopped", "lost") or not run.state_path.exists():
        raise RunError(f"The run {run.id} is {state}; only a stopped one can be finished.")
    run.tell(stop=True, pause_at=None, is_the_end=True)


def delete_run(run: Run) -> None:
    """Put the run aside, to be restored or removed; raises `RunError` while it is trained."""
    if run.lock_is_held():
        raise RunError(f"The run {run.id} is being trained; stop it before you delete it.")
    trash = run.folder.parent / _TRASH
    trash.mkdir(exist_ok=True)
    os.replace(run.folder, trash / run.id)
    os.utime(trash / run.id)  # its age is from now on that of the deletion


def put_aside(run: Run) -> Path:
    """Move the run's folder out of the way, as it is, and return its new path.

    `restore_run` brings it back. Raises `RunError` while it is trained, and where it cannot be.
    """
    if run.lock_is_held():
        raise RunError(f"The run {run.id} is being trained; stop it before you put it aside.")
    aside = run.folder.parent / _ASIDE / run.id
    try:
        aside.parent.mkdir(exist_ok=True)
        os.replace(run.folder, aside)
    except OSError as error:
        raise RunError(
            f"The run {run.id} cannot be moved to {aside} ({error.strerror}). Move its folder away"
            " by hand."
        ) from error
    return aside


def restore_run(run_id: str, folder: Path | None = None) -> Run:
    """Undo `delete_run` and `put_aside`; raises `RunError` if there is no such run there."""
    parent = folder or runs_dir()
    for place in (_TRASH, _ASIDE):
        if _RUN_ID.fullmatch(run_id) and (parent / place / run_id).is_dir():
            os.replace(parent / place / run_id, parent / run_id)
            return Run(parent / run_id)
    raise RunError(f"There is no deleted run {run_id!r} to restore.")


def remove_deleted(folder: Path | None = None, *, seconds_ago: float = 0.0) -> None:
    """Remove for good the runs that were deleted so long ago."""
    for path in ((folder or runs_dir()) / _TRASH).glob("*"):
        if age(path) >= seconds_ago:
            shutil.rmtree(path, ignore_errors=True)
