"""What training went on from at each epoch's end: kept beside the run, so many and no more.

    epochs/0003.safetensors    the state after epoch 3: weights, momentum, average, step
    grown_from.safetensors     of a run that went on from another's: that state

Of a long run evenly spread epochs are kept, and always the newest. `folder` is the run's own.
Knows nothing of torch.
"""

import os
import shutil
from pathlib import Path
from typing import Final

EPOCHS: Final = "epochs"

_MOST_KEPT: Final = 20
"""All of a run that keeps to the challenge's epochs."""

_MOST_BYTES: Final = 8_000_000
"""Of one run: a network of 20,000 parameters takes a quarter of a megabyte an epoch."""


def grown_from_path(folder: Path) -> Path:
    return folder / "grown_from.safetensors"


def epoch_path(folder: Path, epoch: int) -> Path:
    """Return where the state after that epoch is kept, or would be."""
    return folder / EPOCHS / f"{epoch:04d}.safetensors"


def kept_epochs(folder: Path) -> list[int]:
    """Return the epochs whose states are kept, in order."""
    found = (folder / EPOCHS).glob("[0-9][0-9][0-9][0-9].safetensors")
    return sorted(int(path.stem) for path in found)


def keep_epoch(folder: Path, state: Path, epoch: int) -> None:
    """Keep the state as it is after that epoch; give up others where there are too many.

    The file of the state is replaced as a whole, never changed: a second name for it is a copy.
    """
    path = epoch_path(folder, epoch)
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    try:
        os.link(state, path)
    except OSError:  # a disk without second names
        shutil.copyfile(state, path)
    _thin(folder, size=path.stat().st_size)


def _thin(folder: Path, *, size: int) -> None:
    """Leave every second, fourth, eighth … epoch, until there are few enough."""
    most = max(2, min(_MOST_KEPT, _MOST_BYTES // size))
    kept, between = kept_epochs(folder), 1
    while len(kept) > most:
        between *= 2
        left = [epoch for epoch in kept if epoch % between == 0 or epoch == kept[-1]]
        for epoch in set(kept) - set(left):
            epoch_path(folder, epoch).unlink(missing_ok=True)
        kept = left
