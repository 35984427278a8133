"""Files that are either whole or not there: atomic replacement, and where our folders are."""

import errno
import math
import os
import stat
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from filelock import FileLock, Timeout

EVERYONE: Final = "everyone"
"""Owner of all runs where visitors are not told apart, as on one's own machine."""

PROJECT_DIR: Final = Path(__file__).resolve().parent.parent
MODELS_DIR: Final = PROJECT_DIR / "models"
_WITHOUT_WAITING: Final = getattr(os, "O_NONBLOCK", 0)  # Windows has none, and no pipes in folders


def data_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Return the data folder: the one given, else `MNIST_DATA_DIR`, else the user's cache."""
    if chosen := given or os.environ.get("MNIST_DATA_DIR"):
        return whole_path(chosen)
    return whole_path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "mnist-lab"


def runs_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of runs: the one given, else `MNIST_RUNS_DIR`, else `runs/`."""
    chosen = given or os.environ.get("MNIST_RUNS_DIR")
    return whole_path(chosen) if chosen else PROJECT_DIR / "runs"


def whole_path(chosen: str | os.PathLike[str]) -> Path:
    """Return where a chosen folder lies; one that leads nowhere as it was written.

    What is done there then fails as it does in any folder that cannot be read.
    """
    path = Path(chosen)
    try:
        return path.expanduser().resolve()
    except RuntimeError:  # of somebody's home that there is not, and before Python 3.13 of a loop
        return path.absolute()


_PART: Final = ".part"
_AN_HOUR: Final = 3600.0
"""What is not finished by then was a killed process's."""


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """Yield a temporary path beside `path` that takes its place if nothing is raised.

    What killed processes left of theirs in that folder is removed.
    Raises `OSError` where it cannot be: a device or a pipe is no file to be replaced.
    """
    try:
        if os.path.lexists(path) and not (is_plain(path) or path.is_symlink() or is_folder(path)):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_PART)
    except ValueError as error:  # a name that no file can have
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def is_abandoned(path: Path) -> bool:
    """Whether what is only half made there is so old that whoever made it was killed."""
    return _AN_HOUR < age(path) < math.inf


def _remove_leftovers(folder: Path) -> None:
    for path in filter(is_abandoned, folder.glob(f".*{_PART}")):
        with suppress(OSError):
            path.unlink()


def open_plain(path: Path, most_bytes: int | None = None) -> BinaryIO:
    """Open a plain file to read it; raises `OSError` for anything else, and for a larger one.

    A pipe would make whoever opens it wait for ever, a device may have no end.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        if most_bytes is not None and status.st_size > most_bytes:
            raise OSError(errno.EFBIG, f"it is larger than {most_bytes:,} bytes", str(path))
    except ValueError as error:  # a name that no file can have
        raise OSError(errno.EINVAL, str(error), str(path)) from error
    return path.open("rb")


def open_log(path: Path) -> BinaryIO:
    """Open a plain file to add what a process prints; where there can be none, what swallows it.

    A pipe would make whoever opens it wait for ever.
    """
    with suppress(OSError, ValueError):
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | _WITHOUT_WAITING, 0o644)
        if stat.S_ISREG(os.fstat(log).st_mode):
            return os.fdopen(log, "ab")
        os.close(log)
    return Path(os.devnull).open("ab")


def is_locked(path: Path) -> bool:
    """Whether a process holds that lock; where there is no such file yet, none is made."""
    if not os.path.lexists(path):
        return False
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # it is no file, or not ours to write: nobody of ours holds it
        return False


def is_plain(path: Path) -> bool:
    """Whether there is a plain file; False for a name that no file can have."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def is_folder(path: Path) -> bool:
    """Whether there is a folder; False for a name that none can have."""
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def read_plain(path: Path, most_bytes: int) -> bytes:
    """Return what is in a plain file; raises `OSError` for anything else, and for a larger one."""
    with open_plain(path) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, f"it is larger than {most_bytes:,} bytes", str(path))
    return content


def drop_torn_line(path: Path) -> None:
    """Cut off what follows a file's last end of a line: whoever wrote it was killed meanwhile."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        os.truncate(path, whole)


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
    except OSError:
        return math.inf
