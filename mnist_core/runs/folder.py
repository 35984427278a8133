"""The folder of all runs: they are made, found, listed, put aside and restored here.

A deleted run is moved into `.trash/` beside the others, from where it can be restored. Knows
nothing of torch.
"""

import base64
import dataclasses
import os
import re
import secrets
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mnist_core.checkpoints.origin import Origin
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import RunError
from mnist_core.files import EVERYONE, age, runs_dir, write_json
from mnist_core.images import SIDE
from mnist_core.runs.run import Kind, Run
from mnist_core.runs.strokes import check_strokes, keep_strokes
from mnist_core.strokes.files import StrokeSet

_RUN_ID: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[a-z0-9_-]{1,40}-[0-9a-f]{4}")
_TRASH: Final = ".trash"


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
) -> Run:
    """Make a new run's folder under `folder` (default: the runs folder) and describe it there.

    `probe`: SIDE×SIDE bytes of a drawing to classify after each epoch, as `preprocess` leaves it.
    `origin`: what it begins from, where not from random weights.
    `strokes` are copied into the folder. Raises `ConfigError` where the settings ask for strokes
    and there are none, or the other way round.
    """
    check_strokes(config, strokes)
    now = datetime.now().astimezone()
    name = f"{now:%Y%m%d-%H%M%S}-{recipe}-{secrets.token_hex(2)}"
    run = Run((folder or runs_dir()) / name)
    about: dict[str, Any] = {
        "created": now.isoformat(timespec="seconds"),
        "recipe": recipe,
        "kind": kind,
        "owner": owner,
        "config": config.to_json(),
    }
    if origin is not None:
        about["origin"] = dataclasses.asdict(origin)
    if probe is not None:
        assert len(probe) == SIDE * SIDE
        about["probe"] = base64.b64encode(probe).decode()
    if strokes is not None:
        about["strokes"] = strokes.facts
    try:
        if strokes is not None:
            keep_strokes(run, strokes)
        write_json(run.folder / "run.json", about)
    except OSError as error:
        raise RunError(
            f"The run's folder {run.folder} cannot be written ({error.strerror}). Free some space,"
            " or name another folder with --runs-dir or MNIST_RUNS_DIR."
        ) from error
    return run


def open_run(run_id: str, folder: Path | None = None) -> Run:
    """Return the run of that id; raises `RunError` for a name that is no run's."""
    run = find_run(run_id, folder)
    if run is None:
        raise RunError(f"There is no run {run_id!r} in {folder or runs_dir()}.")
    return run


def find_run(run_id: str, folder: Path | None = None) -> Run | None:
    """Return the run of that id, or None where there is none."""
    run = Run((folder or runs_dir()) / run_id)
    if not _RUN_ID.fullmatch(run_id) or not (run.folder / "run.json").is_file():
        return None
    return run


def list_runs(folder: Path | None = None) -> list[Run]:
    """Return all runs, the newest first."""
    parent = folder or runs_dir()
    if not parent.is_dir():
        return []
    names = sorted((path.name for path in parent.iterdir()), reverse=True)
    return [
        Run(parent / name)
        for name in names
        if _RUN_ID.fullmatch(name) and (parent / name / "run.json").is_file()
    ]


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


def restore_run(run_id: str, folder: Path | None = None) -> Run:
    """Undo `delete_run`; raises `RunError` if the run was not put aside."""
    parent = folder or runs_dir()
    if not _RUN_ID.fullmatch(run_id) or not (parent / _TRASH / run_id).is_dir():
        raise RunError(f"There is no deleted run {run_id!r} to restore.")
    os.replace(parent / _TRASH / run_id, parent / run_id)
    return Run(parent / run_id)


def remove_deleted(folder: Path | None = None, *, seconds_ago: float = 0.0) -> None:
    """Remove for good the runs that were deleted so long ago."""
    for path in ((folder or runs_dir()) / _TRASH).glob("*"):
        if age(path) >= seconds_ago:
            shutil.rmtree(path, ignore_errors=True)
