"""The drawings that a person keeps, each with the digit it was meant to be: a set of their own.

    drawings/OWNER/20261123-015640-7-3f2a9c1b.png          28×28, as `preprocess` leaves it
    drawings/OWNER/20261123-015640-7-3f2a9c1b.drawn.png    the drawing itself
    drawings/OWNER/20261123-015640-7-3f2a9c1b.strokes.json its strokes, where a pen alone drew it

The name tells time and label, so there is no index that could disagree with what is there, and
to keep or to delete one drawing touches no other. Knows nothing of networks and of torch.
"""

import csv
import io
import json
import os
import re
import secrets
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_core.data.preprocess import Bytes, Floats, preprocess
from mnist_core.errors import DataError
from mnist_core.files import EVERYONE, PROJECT_DIR, is_abandoned, read_plain, replacing, whole_path
from mnist_core.images import SIDE

MOST_DRAWINGS: Final = 2_000
"""So many drawings one owner may keep: some 10 MB."""

STROKES: Final = ".strokes.json"
"""Ending of a file that `mnist_core.strokes.files` reads, alone or with its folder."""

_DRAWN: Final = ".drawn.png"
"""Ending of the picture as it was drawn."""

_LARGEST_SIDE: Final = 560
"""A larger drawing, say a photograph, is kept at this size: for looking at, not for reading."""

_LARGEST_FILE: Final = 1_000_000
_DAMAGED: Final = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
_TIME: Final = "%Y%m%d-%H%M%S"
_OWNER: Final = re.compile(r"[a-z0-9]{1,40}")
_ID: Final = re.compile(r"([0-9]{8}-[0-9]{6})-([0-9])-[0-9a-f]{8}")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One kept drawing; `label` is what it was meant to be."""

    id: str
    label: int
    time: datetime


@dataclass(frozen=True, kw_only=True)
class DrawingSet:
    """An owner's drawings, the oldest first.

    `images`: (N, 1, 28, 28) uint8, `labels`: (N,) int64, `kept`: N. `damaged` names the files
    that could not be read and are left out.
    """

    images: Bytes
    labels: NDArray[np.int64]
    kept: tuple[Kept, ...]
    damaged: tuple[str, ...]


def drawings_dir() -> Path:
    """Return the folder of all owners' drawings: `MNIST_DRAWINGS_DIR`, else `drawings/`."""
    chosen = os.environ.get("MNIST_DRAWINGS_DIR")
    return whole_path(chosen) if chosen else PROJECT_DIR / "drawings"


def keep(
    drawing: Bytes,
    label: int,
    *,
    image: Floats | None = None,
    strokes: Sequence[Sequence[tuple[int, int]]] | None = None,
    owner: str = EVERYONE,
) -> Kept:
    """Keep a drawing, uint8 (H, W), (H, W, 3) or (H, W, 4), light ink on dark, as a `label`.

    `image`: float32 (28, 28), what a network is given of the drawing where that is not all of its
    ink. `strokes`: the points (x, y) of each, y downward, where a pen alone made the drawing: with
    them it can be trained on by the recipe `draw`. Raises `DataError` for a blank drawing, and
    when the owner has kept as many as are allowed.
    """
    assert label in range(10)
    all_ink = preprocess(drawing)
    if all_ink is None:
        raise DataError("There is nothing to keep yet: draw a digit first.")
    kept = list_kept(owner)
    if len(kept) >= MOST_DRAWINGS:
        raise DataError(
            f"You have kept {MOST_DRAWINGS:,} drawings, which is as many as there is room for."
            " Delete some, or download them all and begin anew."
        )
    now = datetime.now()
    name = f"{now:{_TIME}}-{label}-{secrets.token_hex(4)}"
    folder = own_folder(owner)
    _remove_leftovers(folder, {one.id for one in kept})
    drawn = Image.fromarray(drawing)
    drawn.thumbnail((_LARGEST_SIDE, _LARGEST_SIDE))
    try:
        _write_png(folder / f"{name}{_DRAWN}", drawn)
        if strokes:
            with replacing(folder / f"{name}{STROKES}") as temporary:
                temporary.write_text(json.dumps({"digit": label, "strokes": strokes}))
        # Last, because this one says that the drawing is kept.
        small = ((all_ink[0] if image is None else image) * 255).round().astype(np.uint8)
        _write_png(folder / f"{name}.png", Image.fromarray(small))
    except OSError as error:
        raise DataError(
            f"The drawing could not be written to {folder} ({error.strerror or error}). Free some"
            " space, or name another folder with MNIST_DRAWINGS_DIR."
        ) from error
    return Kept(id=name, label=label, time=now.replace(microsecond=0))


def _remove_leftovers(folder: Path, kept: set[str]) -> None:
    """Remove what belongs to no drawing: a process was killed while it kept one, an hour ago."""
    for ending in (_DRAWN, STROKES):
        for path in folder.glob(f"*{ending}"):
            if path.name.removesuffix(ending) not in kept and is_abandoned(path):
                with suppress(OSError):
                    path.unlink()


def list_kept(owner: str = EVERYONE) -> list[Kept]:
    """Return what the owner has kept, the oldest first."""
    folder = own_folder(owner)
    names = sorted(path.stem for path in folder.glob("*.png")) if folder.is_dir() else []
    return [kept for name in names if (kept := _describe(name)) is not None]


def load(owner: str = EVERYONE) -> tuple[Bytes, NDArray[np.int64]]:
    """Return the owner's images (N, 1, 28, 28) uint8 and labels (N,), without damaged files."""
    found = read_set(owner)
    return found.images, found.labels


def read_set(owner: str = EVERYONE) -> DrawingSet:
    """Return the owner's drawings; what is damaged is left out and named."""
    kept: list[Kept] = []
    images: list[Bytes] = []
    damaged: list[str] = []
    for one in list_kept(owner):
        try:
            images.append(_read_image(own_folder(owner) / f"{one.id}.png"))
        except _DAMAGED:
            damaged.append(f"{one.id}.png")
        else:
            kept.append(one)
    return DrawingSet(
        images=np.stack(images)[:, None] if images else np.zeros((0, 1, SIDE, SIDE), np.uint8),
        labels=np.array([one.label for one in kept], np.int64),
        kept=tuple(kept),
        damaged=tuple(damaged),
    )


def delete(kept_id: str, *, owner: str = EVERYONE) -> None:
    """Delete one drawing for good; raises `DataError` for an id that names none of the owner's."""
    path = own_folder(owner) / f"{kept_id}.png"
    if not _ID.fullmatch(kept_id) or not path.is_file():
        raise DataError("That drawing is gone already; reload the page to see what is kept.")
    for ending in (STROKES, _DRAWN, ".png"):  # this one last: it says that the drawing is kept
        path.with_suffix(ending).unlink(missing_ok=True)


def delete_all(owner: str = EVERYONE) -> None:
    """Delete all of the owner's drawings for good."""
    folder = own_folder(owner)
    if not folder.is_dir():
        return
    for pattern in (f"*{STROKES}", f"*{_DRAWN}", "*.png"):
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def has_strokes(owner: str = EVERYONE) -> bool:
    """Whether any drawing of the owner's is kept with its strokes."""
    return any(own_folder(owner).glob(f"*{STROKES}"))


def as_zip(owner: str = EVERYONE) -> bytes:
    """Return a ZIP archive: the pictures, and `drawings.csv` with each one's label and time.

    What could not be read is left out, and named in `left_out.txt`.
    """
    found = read_set(owner)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:  # pictures are compressed already
        archive.writestr("drawings.csv", _as_csv(found.kept))
        if found.damaged:
            archive.writestr("left_out.txt", "Damaged:\n" + "\n".join(found.damaged) + "\n")
        for path in _pictures(owner, found.kept):
            archive.write(path, path.name)
    return content.getvalue()


def _as_csv(kept: tuple[Kept, ...]) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["file", "label", "time"])
    table.writerows([f"{one.id}.png", one.label, one.time.isoformat(sep=" ")] for one in kept)
    return text.getvalue()


def _pictures(owner: str, kept: tuple[Kept, ...]) -> Iterator[Path]:
    for one in kept:
        for ending in (".png", ".drawn.png", STROKES):
            path = own_folder(owner) / f"{one.id}{ending}"
            if path.is_file() and path.stat().st_size <= _LARGEST_FILE:
                yield path


def own_folder(owner: str = EVERYONE) -> Path:
    """Return the folder of an owner's drawings; it may not be there yet."""
    if not _OWNER.fullmatch(owner):
        raise DataError("An owner's id is one to forty small letters and digits.")
    return drawings_dir() / owner


def _describe(name: str) -> Kept | None:
    """Return what a file's name says; None for a file that was put there by something else."""
    parts = _ID.fullmatch(name)
    try:
        return parts and Kept(id=name, label=int(parts[2]), time=datetime.strptime(parts[1], _TIME))
    except ValueError:  # digits that are no date
        return None


def _write_png(path: Path, picture: Image.Image) -> None:
    with replacing(path) as temporary:
        picture.save(temporary, format="PNG")


def _read_image(path: Path) -> Bytes:
    """Return the 28×28 image in `path`; raises `ValueError` or `OSError` if it is another thing."""
    content = io.BytesIO(read_plain(path, _LARGEST_FILE))
    with Image.open(content, formats=["PNG"]) as picture:
        if picture.size != (SIDE, SIDE) or picture.mode != "L":
            raise ValueError(f"{path} is not a grey picture of 28×28")
        return np.asarray(picture).copy()
