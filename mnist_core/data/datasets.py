"""Digits as tensors in memory: MNIST's files, the small embedded set, and their splits.

MNIST's four IDX files are checked against their published checksums before a byte is used.
Shapes: images (N, 1, 28, 28) uint8, light ink on dark; labels (N,) int64.
torch is imported when data are loaded, so that a page can ask what is there without it.
"""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from mnist_core import files
from mnist_core.config.settings import NUM_VALIDATION
from mnist_core.errors import DataError

if TYPE_CHECKING:
    from torch import Tensor

    Part = tuple[Tensor, Tensor]

_Bytes = NDArray[np.uint8]
_Labelled = tuple[_Bytes, _Bytes]


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
        shape=(60_000, 28, 28),
        md5="6bbc9ace898e44ae57da46a324031adb",
    ),
    IdxFile(
        name="train-labels-idx1-ubyte", shape=(60_000,), md5="a25bea736e30d166cdddb491f175f624"
    ),
    IdxFile(
        name="t10k-images-idx3-ubyte",
        shape=(10_000, 28, 28),
        md5="2646ac647ad5339dbf082846283269ea",
    ),
    IdxFile(name="t10k-labels-idx1-ubyte", shape=(10_000,), md5="27ae3e4e09519cfbb04c329615203637"),
)

_NUM_DIGITS_TEST: Final = 300
_EMBEDDED_DIGITS: Final = Path(__file__).parent / "embedded" / "digits.csv.gz"


@dataclass(frozen=True, kw_only=True)
class Digits:
    """What a run trains on, what it watches after each epoch, and what it is tested on.

    `watch` is held out of the training images, or a part of them, or the test set itself.
    """

    train: "Part"
    watch: "Part"
    test: "Part"
    source: str


def mnist_raw_dir(data_dir: Path | None = None) -> Path:
    return (data_dir or files.data_dir()) / "MNIST" / "raw"


def missing_files(data_dir: Path | None = None) -> list[Path]:
    """Return those of MNIST's four files that lie in the data folder in no form."""
    paths = (mnist_raw_dir(data_dir) / file.name for file in MNIST_FILES)
    return [path for path in paths if not path.exists() and not _gz(path).exists()]


def mnist_is_present(data_dir: Path | None = None) -> bool:
    """Return whether all four files are there; whether they are whole is seen on loading."""
    return not missing_files(data_dir)


def load_data(dataset: str, *, watch: str = "validation", data_dir: Path | None = None) -> Digits:
    """Load a data set: "mnist" from the data folder, or the embedded "digits".

    With `watch` "validation", 5,000 of MNIST's training images (297 of the small set's), drawn
    once and for all with each digit's share kept, are held out and watched; with "training" these
    are watched, but trained on like all others; with "test" all are trained on and the test set
    is watched. Raises `DataError` naming the file and the remedy.
    """
    if dataset == "mnist":
        train, test = _read_mnist(data_dir)
    else:
        train, test = _split(_read_embedded(), _NUM_DIGITS_TEST)
    kept, held_out = _split(train, NUM_VALIDATION[dataset])
    return Digits(
        train=_to_tensors(kept if watch == "validation" else train),
        watch=_to_tensors(test if watch == "test" else held_out),
        test=_to_tensors(test),
        source=dataset,
    )


def load_part(dataset: str, part: str, *, data_dir: Path | None = None) -> "Part":
    """Load only "train", "validation" or "test"; "train" is without the validation images."""
    digits = load_data(dataset, data_dir=data_dir)
    return {"train": digits.train, "validation": digits.watch, "test": digits.test}[part]


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


def _read_mnist(data_dir: Path | None) -> tuple[_Labelled, _Labelled]:
    folder = mnist_raw_dir(data_dir)
    train_images, train_labels, test_images, test_labels = (
        read_idx(folder / file.name, file) for file in MNIST_FILES
    )
    return (train_images, train_labels), (test_images, test_labels)


@cache
def _read_embedded() -> _Labelled:
    """Return the 1,797 digits of scikit-learn, brought to 28×28 as MNIST was made."""
    from mnist_core.data.preprocess import fit_and_centre

    with gzip.open(_EMBEDDED_DIGITS, "rt") as file:
        table = np.loadtxt(file, delimiter=",", dtype=np.uint8)
    small = (table[:, :64].reshape(-1, 8, 8) * np.float32(255 / 16)).round().astype(np.uint8)
    images = np.stack([fit_and_centre(image) for image in small])
    return (images * 255).round().astype(np.uint8).reshape(-1, 28, 28), table[:, 64]


def _split(labelled: _Labelled, num_held_out: int) -> tuple[_Labelled, _Labelled]:
    """Hold out `num_held_out`, always the same, each digit in proportion; order is kept."""
    images, labels = labelled
    shares = np.bincount(labels, minlength=10) * num_held_out / len(labels)
    counts = np.floor(shares).astype(int)
    counts[np.argsort(counts - shares, kind="stable")[: num_held_out - counts.sum()]] += 1
    # Knuth's multiplicative hash: the same choice with every version of every library.
    order = np.arange(len(labels), dtype=np.uint64) * 2654435761 % 2**32
    is_held_out = np.zeros(len(labels), bool)
    for digit, count in enumerate(counts):
        own = np.flatnonzero(labels == digit)
        is_held_out[own[np.argsort(order[own])[:count]]] = True
    kept = ~is_held_out
    return (images[kept], labels[kept]), (images[is_held_out], labels[is_held_out])


def _to_tensors(labelled: _Labelled) -> "Part":
    import torch

    images, labels = labelled
    return torch.tensor(images).unsqueeze(1), torch.tensor(labels, dtype=torch.int64)
