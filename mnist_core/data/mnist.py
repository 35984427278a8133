"""MNIST's four files, checked against their published checksums before a byte is used."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_core import files
from mnist_core.errors import DataError
from mnist_core.images import SIDE

_Bytes = NDArray[np.uint8]

Labelled = tuple[_Bytes, _Bytes]
"""Images (N, 28, 28) and their labels (N,)."""


@dataclass(frozen=True, kw_only=True)
class IdxFile:
    """One of MNIST's files, decompressed (Yann LeCun's IDX format)."""

    name: str
    shape: tuple[int, ...]
    md5: str

    @property
    def header(self) -> bytes:
        numbers = (0x0800 + len(self.shape), *self.shape)
        return b"".join(number.to_bytes(4, "big") for number in numbers)


MNIST_FILES: Final = (
    IdxFile(
        name="train-images-idx3-ubyte",
        shape=(60_000, SIDE, SIDE),
        md5="6bbc9ace898e44ae57da46a324031adb",
    ),
    IdxFile(
        name="train-labels-idx1-ubyte", shape=(60_000,), md5="a25bea736e30d166cdddb491f175f624"
    ),
    IdxFile(
        name="t10k-images-idx3-ubyte",
        shape=(10_000, SIDE, SIDE),
        md5="2646ac647ad5339dbf082846283269ea",
    ),
    IdxFile(name="t10k-labels-idx1-ubyte", shape=(10_000,), md5="27ae3e4e09519cfbb04c329615203637"),
)


def mnist_raw_dir(data_dir: Path | None = None) -> Path:
    return (data_dir or files.data_dir()) / "MNIST" / "raw"


def missing_files(data_dir: Path | None = None) -> list[Path]:
    """Return those of MNIST's four files that lie in the data folder in no form."""
    paths = (mnist_raw_dir(data_dir) / file.name for file in MNIST_FILES)
    return [path for path in paths if not path.exists() and not _gz(path).exists()]


def mnist_is_present(data_dir: Path | None = None) -> bool:
    """Return whether all four files are there; whether they are whole is seen on loading."""
    return not missing_files(data_dir)


def usual_dataset(data_dir: Path | None = None) -> str:
    """Return what to train on where nobody chose: MNIST, or the small set while it is not here."""
    return "mnist" if mnist_is_present(data_dir) else "digits"


def read_idx(path: Path, file: IdxFile) -> _Bytes:
    """Return the array in `path` (or `path`.gz), checked to be exactly MNIST's `file`.

    Raises `DataError` for a missing, truncated, corrupt or foreign file.
    """
    content, found = _read_bytes(path)
    size = len(file.header) + int(np.prod(file.shape))
    advice = "Delete it and start again: it will be downloaded anew, where there is a network."
    if len(content) < size and file.header.startswith(content[: len(file.header)]):
        raise DataError(
            f"{found} is truncated: it holds {len(content):,} of {size:,} bytes. {advice}"
        )
    if not content.startswith(file.header):
        raise DataError(f"{found} is not MNIST's {file.name}: its header is another. {advice}")
    if hashlib.md5(content, usedforsecurity=False).hexdigest() != file.md5:
        raise DataError(
            f"{found} is not MNIST's {file.name}: its checksum is not {file.md5}, so it is damaged"
            f" or of another data set. {advice}"
        )
    return np.frombuffer(content, np.uint8, offset=len(file.header)).reshape(file.shape)


def _gz(path: Path) -> Path:
    return path.with_name(path.name + ".gz")


def _read_bytes(path: Path) -> tuple[bytes, Path]:
    found = path if path.exists() else _gz(path)
    try:
        content = found.read_bytes()
        return (gzip.decompress(content) if found.suffix == ".gz" else content), found
    except FileNotFoundError as error:
        raise DataError(
            f"{path} is missing. Download MNIST with `python -m mnist_core download`, or name a"
            " folder that has it with --data-dir or MNIST_DATA_DIR, or train on the embedded set"
            " with --dataset digits."
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(
            f"{found} cannot be read ({reason}). Delete it and start again, or put a whole copy"
            " there."
        ) from error


def read_mnist(data_dir: Path | None = None) -> tuple[Labelled, Labelled]:
    """Return MNIST's training and its test images; raises `DataError` as `read_idx` does."""
    return read_mnist_training(data_dir), _read_pair(MNIST_FILES[2:], data_dir)


def read_mnist_training(data_dir: Path | None = None) -> Labelled:
    """Return the training images alone; the test set's files are not opened."""
    return _read_pair(MNIST_FILES[:2], data_dir)


def _read_pair(pair: tuple[IdxFile, ...], data_dir: Path | None) -> Labelled:
    folder = mnist_raw_dir(data_dir)
    images, labels = (read_idx(folder / file.name, file) for file in pair)
    return images, labels
