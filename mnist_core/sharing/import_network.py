"""A checkpoint one was given: checked byte by byte before it is used, and never unpickled.

What its card claims is not believed: parameters are counted here, and the accuracy is measured
here where the data are at hand, else left open. A calibration is kept if it fits the network,
without what it says of itself. A network that passed is written anew, so nothing of the file
itself is kept.
"""

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from mnist_core.checkpoints.card import Card
from mnist_core.checkpoints.weights import save_checkpoint
from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import load_part
from mnist_core.data.mnist import mnist_is_present
from mnist_core.errors import CheckpointError, ConfigError
from mnist_core.evaluation.evaluate import evaluate
from mnist_core.files import EVERYONE, MODELS_DIR
from mnist_core.inference.calibration import Calibration
from mnist_core.models import build_model, count_parameters, with_names_of_today
from mnist_core.runs.catalogue import imported_dir
from mnist_core.sharing.export_network import CARD

MOST_BYTES: Final = 5 * 1024 * 1024
"""Of one file; the app takes no larger upload either."""

MOST_IMPORTED: Final = 50
"""Networks one owner may import."""

_MOST_HEADER_BYTES: Final = 256 * 1024
_MOST_CARD_BYTES: Final = 64 * 1024
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_WORD: Final = re.compile(r"[a-z0-9][a-z0-9._+-]{0,39}")


def import_checkpoint(
    path: Path, *, name: str | None = None, owner: str = EVERYONE, data_dir: Path | None = None
) -> Path:
    """Check a safetensors file, measure its network and keep it under `name`; return its new path.

    The card is in the file's metadata, as `export` writes it, or in a .json file beside it.
    `name` defaults to the file's own. Raises `CheckpointError` with the reason and the remedy.
    """
    name = _new_name(name or path.stem.lower(), owner)
    content = _read(path)
    claims = _read_claims(path, _read_metadata(content, path), path.name)
    model = _build(claims, content, path.name)
    target = imported_dir(owner) / f"{name}.safetensors"
    save_checkpoint(target, model, _measure(model, _make_card(name, claims, model), data_dir))
    return target


def _new_name(name: str, owner: str) -> str:
    if not _NAME.fullmatch(name):
        raise CheckpointError(
            f"{name!r} cannot be a network's name. Give one with --name: small letters, digits,"
            " - and _, at most 40."
        )
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
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise CheckpointError(
                f"{path.name} is too large: {size:,} bytes of at most {MOST_BYTES:,}."
            )
        return path.read_bytes()
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}); give the path of a .safetensors file."
        ) from error


def _read_metadata(content: bytes, path: Path) -> Mapping[str, Any]:
    """Return the metadata in a safetensors file's header: eight bytes of length, then JSON."""
    length = int.from_bytes(content[:8], "little")
    if not 2 <= length <= min(len(content) - 8, _MOST_HEADER_BYTES):
        raise CheckpointError(
            f"{path.name} is no whole safetensors file: its header does not fit. Ask for a file"
            " made with `python -m mnist_core export`; pickled weights are not read."
        )
    header = _parse(content[8 : 8 + length], path.name)
    metadata = header.get("__metadata__", {})
    return metadata if isinstance(metadata, dict) else {}


def _read_claims(path: Path, metadata: Mapping[str, Any], file: str) -> Mapping[str, Any]:
    """Return what the card says, from the metadata or from the .json file beside `path`."""
    if isinstance(text := metadata.get(CARD), str):
        return _parse(text.encode(), f"the card in {file}")
    beside = path.with_suffix(".json")
    if not beside.is_file():
        raise CheckpointError(
            f"{file} has no card, so nobody can tell which network it is of. Put the .json that"
            " belongs to it beside it, or ask for a file made with `python -m mnist_core export`."
        )
    if beside.stat().st_size > _MOST_CARD_BYTES:
        raise CheckpointError(f"The card {beside.name} is too large to be one.")
    return _parse(beside.read_bytes(), beside.name)


def _parse(content: bytes, what: str) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{what} is damaged: it is not JSON. Get it again.") from error
    if not isinstance(found, dict):
        raise CheckpointError(f"{what} is damaged: it is not an object. Get it again.")
    return found


def _build(claims: Mapping[str, Any], content: bytes, file: str) -> nn.Module:
    """Return the network with the file's weights, which have passed every check."""
    network = claims.get("model")
    if not isinstance(network, str):
        raise CheckpointError(f"{file} does not say which network it is of. Get it again.")
    try:
        with torch.random.fork_rng(devices=[]):  # building draws weights nobody will use
            model = build_model(network)
    except ConfigError as error:
        raise CheckpointError(f"{file} is of a network that is not known here. {error}") from error
    try:
        weights = with_names_of_today(load(content), network)
    except (SafetensorError, ValueError, KeyError, RuntimeError) as error:
        raise CheckpointError(
            f"{file} is no whole safetensors file ({error}). Get it again."
        ) from error
    _check(weights, model.state_dict(), f"{file} does not fit the network {network!r}")
    model.load_state_dict(weights)
    return model.eval()


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


def _make_card(name: str, claims: Mapping[str, Any], model: nn.Module) -> Card:
    """Return a card of checked facts; a fact that cannot be one is left at its plainest."""
    config = _config(claims)
    versions = claims.get("versions")
    return Card(
        name=name,
        model=config.model,
        parameters=count_parameters(model),
        recipe=_word(claims.get("recipe")),
        epochs=int(_number(claims.get("epochs"), 10_000)),
        is_complete=claims.get("is_complete") is True,
        dataset=config.dataset,
        watch=config.watch,
        num_train=int(_number(claims.get("num_train"), 10_000_000)),
        test_accuracy=None,
        test_correct=None,
        test_total=None,
        test_loss=None,
        seconds=_number(claims.get("seconds"), 1e9),
        date=_date(claims.get("date")),
        config=config.to_json(),
        versions={
            package: _word(versions.get(package))
            for package in ("python", "torch")
            if isinstance(versions, dict)
        },
        note="Imported. How it was trained is what its card said; nobody has checked that.",
        calibration=_calibration(claims, model),
        origin=_word(claims["origin"]) if claims.get("origin") else "",
        epochs_before=int(_number(claims.get("epochs_before"), 10_000)),
        num_drawings=int(_number(claims.get("num_drawings"), 10_000_000)),
    )


def _calibration(claims: Mapping[str, Any], model: nn.Module) -> Mapping[str, Any] | None:
    given = claims.get("calibration")
    if given is None:
        return None
    try:
        kept = dataclasses.replace(Calibration.from_json(given), facts={}).to_json()
        Calibration.from_json(kept).predict(model, torch.zeros(1, 1, 28, 28))  # as it will be read
    except CheckpointError:
        return None
    return kept


def _config(claims: Mapping[str, Any]) -> TrainConfig:
    given = claims.get("config")
    known = {field.name for field in dataclasses.fields(TrainConfig)}
    values = {k: v for k, v in given.items() if k in known} if isinstance(given, dict) else {}
    try:
        return TrainConfig.from_json({**values, "model": claims.get("model")})
    except ConfigError as error:
        raise CheckpointError(
            f"The card is damaged: {error} Get the file again, or mend its card."
        ) from error


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


def _word(value: Any) -> str:
    return value if isinstance(value, str) and _WORD.fullmatch(value) else "unknown"


def _number(value: Any, largest: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= largest else 0


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        return date.today().isoformat()
