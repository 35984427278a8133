"""Fetch MNIST through torchvision: with its mirrors and checksums, whole or not at all.

torchvision works in a process of its own, into a folder of its own beside the final one: it
can hang or be killed without harm, and nothing half written is ever under a final name.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from mnist_core import files
from mnist_core.data.mnist import MNIST_FILES, mnist_is_present, mnist_raw_dir, read_idx
from mnist_core.errors import DataError

_BYTES_TO_FETCH: Final = 11_594_722
"""The four compressed files together."""

_URL_ERROR: Final = re.compile(r"<urlopen error (?:\[Errno -?\d+\] )?(.*)>")
"""How urllib tells that nobody answers; the words are what a person can use."""

_SECONDS_PER_LOOK: Final = 0.3
_SECONDS_OF_SILENCE: Final = 30

_ENDS_WITH_US: Final = """
import os, threading
def end_with_parent():
    os.read(0, 1)  # nothing comes; it is closed when that process ends, in whatever way
    os._exit(1)
threading.Thread(target=end_with_parent, daemon=True).start()
"""

_TORCHVISION: Final = """
import socket, sys
socket.setdefaulttimeout(float(sys.argv[2]))  # torchvision itself would wait for ever
from torchvision.datasets import MNIST
MNIST(sys.argv[1], download=True)
"""


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What is being done; `fraction` of the bytes in [0, 1], None while it waits."""

    message: str
    fraction: float | None = None


def fetch_mnist(data_dir: Path | None = None) -> Generator[Progress]:
    """Download MNIST into the data folder unless it is there; yields progress.

    A second process that asks at the same time waits for the first. Closing the iterator ends
    the download and leaves nothing. Raises `DataError` with what went wrong and the remedies.
    """
    folder = data_dir or files.data_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".download.lock")
        yield from _wait_for(lock)
    except OSError as error:
        raise DataError(
            _remedies(folder, f"{folder} cannot be written ({error.strerror})")
        ) from error
    try:
        if not mnist_is_present(folder):
            yield from _fetch(folder)
    finally:
        lock.release()


def _wait_for(lock: FileLock) -> Iterator[Progress]:
    while True:
        try:
            lock.acquire(timeout=_SECONDS_PER_LOOK)
            return
        except Timeout:
            yield Progress(message="Waiting for another process that is downloading MNIST")


def _fetch(folder: Path) -> Iterator[Progress]:
    for left_over in folder.glob(".download-*"):
        shutil.rmtree(left_over, ignore_errors=True)  # of a process that was killed
    temporary = Path(tempfile.mkdtemp(prefix=".download-", dir=folder))
    try:
        yield from _run_torchvision(temporary, folder)
        for file in MNIST_FILES:
            read_idx(mnist_raw_dir(temporary) / file.name, file)
        mnist_raw_dir(folder).mkdir(parents=True, exist_ok=True)
        for file in MNIST_FILES:
            os.replace(mnist_raw_dir(temporary) / file.name, mnist_raw_dir(folder) / file.name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataError(_remedies(folder, f"writing to {folder} failed ({reason})")) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _run_torchvision(temporary: Path, folder: Path) -> Iterator[Progress]:
    log = temporary / "log.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(sys.executable, "-c", _ENDS_WITH_US + _TORCHVISION),
                *(str(temporary), str(_SECONDS_OF_SILENCE)),
            ],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            while True:
                yield Progress(message="Downloading MNIST", fraction=_fraction(temporary))
                try:
                    process.wait(_SECONDS_PER_LOOK)
                    break
                except subprocess.TimeoutExpired:
                    pass
        finally:
            process.kill()
            process.communicate()
    if process.returncode:
        lines = log.read_text(errors="replace").strip().splitlines()
        reason = lines[-1] if lines else "torchvision ended early"
        raise DataError(_remedies(folder, _URL_ERROR.sub(r"\1", reason)))


def _fraction(temporary: Path) -> float:
    fetched = sum(path.stat().st_size for path in temporary.rglob("*.gz*"))
    return min(1.0, fetched / _BYTES_TO_FETCH)


def _remedies(folder: Path, reason: str) -> str:
    names = ", ".join(file.name for file in MNIST_FILES)
    return (
        f"MNIST could not be downloaded: {reason}. Look whether this machine has a network and try"
        f" again; or put the four files ({names}; .gz will do) into {mnist_raw_dir(folder)}; or"
        " name a folder that has them with MNIST_DATA_DIR; or train on the embedded set, digits."
    )
