"""Files that are either whole or not there: atomic replacement, and where our folders are."""

import json
import math
import os
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

EVERYONE: Final = "everyone"
"""Owner of all runs where visitors are not told apart, as on one's own machine."""

PROJECT_DIR: Final = Path(__file__).resolve().parent.parent
MODELS_DIR: Final = PROJECT_DIR / "models"


def data_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Return the data folder: the one given, else `MNIST_DATA_DIR`, else the user's cache."""
    if given:
        return Path(given).expanduser().resolve()
    if variable := os.environ.get("MNIST_DATA_DIR"):
        return Path(variable).expanduser().resolve()
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache).expanduser().resolve() / "mnist-lab"


def runs_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of runs: the one given, else `MNIST_RUNS_DIR`, else `runs/`."""
    chosen = given or os.environ.get("MNIST_RUNS_DIR")
    return Path(chosen).expanduser().resolve() if chosen else PROJECT_DIR / "runs"


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """Yield a temporary path beside `path` that takes its place if nothing is raised."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Replace `path` by `value` as readable JSON, atomically."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")


def last_changed(path: Path) -> int:
    """Return when the file was last replaced, for a key of what is kept of it; 0 for none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def age(path: Path) -> float:
    """Return the seconds since the file was written; infinite where there is none."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return math.inf
