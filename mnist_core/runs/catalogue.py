"""Where networks are: those that ship, those of runs, those one was given."""

import os
import re
from pathlib import Path
from typing import Final

from mnist_core import files
from mnist_core.checkpoints.card import Card, card_path, read_card
from mnist_core.errors import CheckpointError, RecordError, RunError
from mnist_core.files import EVERYONE, is_plain
from mnist_core.records import read_each
from mnist_core.runs.folder import open_run

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_OWNER: Final = re.compile(r"[a-z0-9]{1,40}")


def check_name(name: str) -> None:
    """Raise `CheckpointError` for what a network cannot be called: its name is its files'."""
    if not _NAME.fullmatch(name):
        raise CheckpointError(
            f"{name!r} cannot be a network's name. Give it another one: small letters, digits, -"
            " and _, at most 40."
        )


def list_models(folder: Path | None = None, problems: list[str] | None = None) -> list[Card]:
    """Return the cards of all checkpoints in the models folder, by name.

    Those that cannot be read, or bear another name than their file, are left out; why is added to
    `problems`.
    """
    paths = sorted((folder or files.MODELS_DIR).glob("*.safetensors"))
    with_card = (path for path in paths if os.path.lexists(card_path(path)))
    return read_each(with_card, _read_named, problems)


def _read_named(path: Path) -> Card:
    card = read_card(path)
    if card.name != path.stem:
        reason = f"it is the card of {card.name!r}"
        raise RecordError(str(card_path(path)), reason, "Give both files the name on the card.")
    return card


def network_for_drawings(otherwise: str) -> str:
    """Return the name of what reads drawings and pictures where nobody chose: `draw`, if it ships.

    `otherwise` is what did before there was such a network.
    """
    return "draw" if (files.MODELS_DIR / "draw.safetensors").is_file() else otherwise


def imported_dir(owner: str = EVERYONE) -> Path:
    """Return the folder of the networks that were given to `owner` to keep."""
    if not _OWNER.fullmatch(owner):
        raise CheckpointError("An owner's id is one to forty small letters and digits.")
    return files.runs_dir() / "imported" / owner


def delete_imported(name: str, owner: str = EVERYONE) -> None:
    """Delete a network that was given to `owner`, if there is one of that name."""
    for path in imported_dir(owner).glob("*.safetensors"):
        if path.stem == name:
            path.unlink(missing_ok=True)  # first: the network is there as long as its weights are
            card_path(path).unlink(missing_ok=True)


def find_checkpoint(name: str | Path) -> Path:
    """Return the checkpoint's path: of a shipped model, a run by its id, an import, or itself.

    Raises `CheckpointError` listing what there is.
    """
    text = str(name)
    if is_plain(shipped := files.MODELS_DIR / f"{text}.safetensors") and "/" not in text:
        return shipped
    try:
        run = open_run(text)
    except RunError:
        pass
    else:
        if run.checkpoint_path.is_file():
            return run.checkpoint_path
        raise CheckpointError(f"The run {text} has no weights yet; they come with its first epoch.")
    if is_plain(imported := imported_dir() / f"{text}.safetensors") and "/" not in text:
        return imported
    path = Path(name)
    if path.suffix == ".safetensors" and is_plain(path):
        return path
    shipped_names = ", ".join(sorted(path.stem for path in files.MODELS_DIR.glob("*.safetensors")))
    raise CheckpointError(
        f"There is no checkpoint {text!r}. Name a shipped model ({shipped_names}), a run's id, an"
        " imported network, or the path of a .safetensors file."
    )
