"""A checkpoint one was given: checked byte by byte before it is used, and never unpickled.

Its card must be one, to the last field, and what it claims is not believed all the same: parameters
are counted here, and the accuracy is measured here where the data are at hand, else left open. Of a
calibration the temperature is kept. A network that passed is written anew, so nothing of the file
itself is kept.
"""

import dataclasses
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from mnist_core import records
from mnist_core.checkpoints.card import Card, KeptCalibration
from mnist_core.checkpoints.weights import save_checkpoint
from mnist_core.data.datasets import load_part
from mnist_core.data.mnist import mnist_is_present
from mnist_core.errors import CheckpointError
from mnist_core.evaluation.evaluate import evaluate
from mnist_core.files import EVERYONE, MODELS_DIR, read_plain
from mnist_core.images import SIDE
from mnist_core.inference.calibration import Calibration
from mnist_core.models import build_model, count_parameters, with_names_of_today
from mnist_core.runs.catalogue import check_name, imported_dir
from mnist_core.sharing.export_network import CARD

MOST_BYTES: Final = 5 * 1024 * 1024
"""Of one file; the app takes no larger upload either."""

MOST_IMPORTED: Final = 50
"""Networks one owner may import."""

_MOST_HEADER_BYTES: Final = 256 * 1024
_MOST_CARD_BYTES: Final = 64 * 1024
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9._+-]{0,39}")
_LARGEST_ANSWER: Final = 1e6
"""Of a logit. A trained network's are tens."""

_REMEDY: Final = "Get the file again, from `python -m mnist_core export`, or mend its card."


class _Header(msgspec.Struct, rename={"metadata": "__metadata__"}):
    """Of a safetensors file's header, what is not about tensors."""

    metadata: dict[str, str] = {}


def import_checkpoint(
    path: Path, *, name: str | None = None, owner: str = EVERYONE, data_dir: Path | None = None
) -> Path:
    """Check a safetensors file, measure its network and keep it under `name`; return its new path.

    The card is in the file's metadata, as `export` writes it, or in a .json file beside it.
    `name` defaults to the file's own. Raises `CheckpointError` or `RecordError` with the reason and
    the remedy.
    """
    name = _new_name(name or path.stem.lower(), owner)
    content = _read(path)
    claims = _read_claims(path, _read_metadata(content, path))
    model = _build(claims.model, content, path.name)
    target = imported_dir(owner) / f"{name}.safetensors"
    save_checkpoint(target, model, _measure(model, _make_card(name, claims, model), data_dir))
    return target


def _new_name(name: str, owner: str) -> str:
    check_name(name)
    folder = imported_dir(owner)
    if (MODELS_DIR / f"{name}.safetensors").exists() or (folder / f"{name}.safetensors").exists():
        raise CheckpointError(f"There is a network {name!r} already; give this one another name.")
    if len(list(folder.glob("*.safetensors"))) >= MOST_IMPORTED:
        raise CheckpointError(
            f"There are {MOST_IMPORTED} imported networks already; delete some from {folder}."
        )
    return name


def _read(path: Path) -> bytes:
    try:
        return read_plain(path, MOST_BYTES)
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}); give the path of a .safetensors file."
        ) from error


def _read_metadata(content: bytes, path: Path) -> Mapping[str, str]:
    """Return the metadata in a safetensors file's header: eight bytes of length, then JSON."""
    length = int.from_bytes(content[:8], "little")
    if not 2 <= length <= min(len(content) - 8, _MOST_HEADER_BYTES):
        raise CheckpointError(
            f"{path.name} is no whole safetensors file: its header does not fit. Ask for a file"
            " made with `python -m mnist_core export`; pickled weights are not read."
        )
    header = content[8 : 8 + length]
    return records.decode(header, _Header, file=path.name, remedy="Get it again.").metadata


def _read_claims(path: Path, metadata: Mapping[str, str]) -> Card:
    """Return what the card says, from the metadata or from the .json file beside `path`."""
    if CARD in metadata:
        name = f"The card in {path.name}"
        return records.decode(metadata[CARD].encode(), Card, file=name, remedy=_REMEDY)
    beside = path.with_suffix(".json")
    if not beside.exists():
        raise CheckpointError(
            f"{path.name} has no card, so nobody can tell which network it is of. Put the .json"
            " that belongs to it beside it, or ask for a file made with"
            " `python -m mnist_core export`."
        )
    return records.read(beside, Card, remedy=_REMEDY, most_bytes=_MOST_CARD_BYTES)


def _build(network: str, content: bytes, file: str) -> nn.Module:
    """Return the network with the file's weights, which have passed every check."""
    with torch.random.fork_rng(devices=[]):  # building draws weights nobody will use
        model = build_model(network)
    try:
        weights = with_names_of_today(load(content), network)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError(
            f"{file} is no whole safetensors file ({error}). Get it again."
        ) from error
    _check(weights, model.state_dict(), f"{file} does not fit the network {network!r}")
    model.load_state_dict(weights)
    _try(model.eval(), file)
    return model


def _try(model: nn.Module, file: str) -> None:
    """Raise `CheckpointError` unless the network answers images of all kinds with numbers."""
    noise = torch.rand(6, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    digits, _ = load_part("digits", "test")
    images = torch.cat([torch.zeros(1, 1, SIDE, SIDE), noise.round(), noise, digits[:30] / 255])
    with torch.inference_mode():
        answers = model(images).abs()
    if not (answers < _LARGEST_ANSWER).all():  # nor is what is no number
        raise CheckpointError(
            f"{file} is of no use: the network answers with numbers beyond all bounds. Ask for"
            " weights that were trained to an end."
        )


def _check(found: Mapping[str, Tensor], expected: Mapping[str, Tensor], problem: str) -> None:
    if missing := sorted(set(expected) - set(found)):
        raise CheckpointError(f"{problem}: {missing[0]} is missing. Get it again.")
    if sorted(set(found) - set(expected)):
        raise CheckpointError(f"{problem}: it holds more than that network has. Get it again.")
    for name, tensor in found.items():
        wanted = expected[name]
        if tensor.shape != wanted.shape or tensor.dtype != wanted.dtype:
            raise CheckpointError(
                f"{problem}: {name} is {tensor.dtype} {tuple(tensor.shape)}, not {wanted.dtype}"
                f" {tuple(wanted.shape)}."
            )
        if not tensor.isfinite().all():
            raise CheckpointError(f"{problem}: {name} holds values that are not numbers.")
        if name.endswith("running_var") and (tensor < 0).any():
            raise CheckpointError(f"{problem}: {name} holds variances below zero.")


def _make_card(name: str, claims: Card, model: nn.Module) -> Card:
    """Return a card of what was found here, and of claims that can be facts."""
    config = claims.config.replace(model=claims.model)
    return dataclasses.replace(
        claims,
        name=name,
        model=config.model,
        parameters=count_parameters(model),
        recipe=_word(claims.recipe),
        dataset=config.dataset,
        watch=config.watch,
        test_accuracy=None,
        test_correct=None,
        test_total=None,
        test_loss=None,
        config=config,
        versions={
            package: _word(claims.versions[package])
            for package in ("python", "torch")
            if package in claims.versions
        },
        note="Imported. How it was trained is what its card said; nobody has checked that.",
        calibration=_calibration(claims.calibration),
        strokes=None,
        origin=_word(claims.origin) if claims.origin else "",
    )


def _calibration(given: KeptCalibration | None) -> KeptCalibration | None:
    return None if given is None else Calibration.of_card(given).to_card()


def _measure(model: nn.Module, card: Card, data_dir: Path | None) -> Card:
    if card.dataset == "mnist" and not mnist_is_present(data_dir):
        return card
    found = evaluate(model, *load_part(card.dataset, "test", data_dir=data_dir))
    return dataclasses.replace(
        card,
        test_accuracy=found.accuracy,
        test_correct=found.correct,
        test_total=found.total,
        test_loss=found.loss if math.isfinite(found.loss) else None,
    )


def _word(text: str) -> str:
    return text if _WORD.fullmatch(text) else "unknown"
