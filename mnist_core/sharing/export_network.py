"""A network as files that others can use: safetensors that carry their card, and ONNX.

ONNX needs packages that are not installed with the app (`requirements-onnx.txt`). Every ONNX
network is run on the same images as the original before it is handed out, and the largest
difference of their logits is told.
"""

import logging
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import save
from torch import Tensor, nn

from mnist_core import records
from mnist_core.checkpoints.card import read_card
from mnist_core.checkpoints.weights import load_checkpoint, load_tensors
from mnist_core.data.datasets import load_part
from mnist_core.errors import CheckpointError, MnistError

ONNX_PACKAGES: Final = ("onnx", "onnxscript", "onnxruntime")
ONNX_REMEDY: Final = "pip install -r requirements-onnx.txt"

CARD: Final = "card"
"""Under this name the card lies in a safetensors file's metadata, as JSON."""

_OPSET: Final = 20
_NUM_NOISE: Final = 100

_LARGEST_DIFFERENCE: Final = 1e-3
"""Of two logits. The order of additions makes some 1e-5; more is another network."""


@dataclass(frozen=True, kw_only=True)
class OnnxNetwork:
    """An ONNX file's content, and by how much its logits differ from torch's at most."""

    content: bytes
    largest_difference: float
    num_images: int


def weights_with_card(checkpoint: Path) -> bytes:
    """Return a checkpoint as one safetensors file with its card in the metadata.

    Raises `CheckpointError` or `RecordError` where it cannot be read.
    """
    card = records.encode(read_card(checkpoint)).decode()
    return save(load_tensors(checkpoint), metadata={"format": "pt", CARD: card})


def onnx_is_installed() -> bool:
    return all(find_spec(package) for package in ONNX_PACKAGES)


def as_onnx(checkpoint: Path) -> OnnxNetwork:
    """Return a checkpoint as an ONNX network, checked against the original.

    Input `images` (B, 1, 28, 28) float32 in [0, 1], output `logits` (B, 10), B is free.
    Raises `CheckpointError` where the checkpoint cannot be used, `MnistError` naming the remedy
    where the packages are missing.
    """
    if not onnx_is_installed():
        raise MnistError(
            f"ONNX needs {', '.join(ONNX_PACKAGES)}, which are not all installed. Get them with:"
            f" {ONNX_REMEDY}"
        )
    model, card = load_checkpoint(checkpoint)
    content = _convert(model, {"name": card.name, "network": card.model, "date": card.date})
    images = _images_to_compare()
    difference = _largest_difference(model, content, images)
    if not difference <= _LARGEST_DIFFERENCE:
        raise CheckpointError(
            f"The ONNX network's logits differ from the original's by up to {difference:.2g}, so"
            " it is not handed out. Are the versions those of requirements-onnx.txt?"
        )
    return OnnxNetwork(content=content, largest_difference=difference, num_images=len(images))


def _convert(model: nn.Module, facts: dict[str, str]) -> bytes:
    import onnx  # here: it is not installed with the app

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    program = torch.onnx.export(
        model,
        (torch.zeros(2, 1, 28, 28),),  # a batch of one would be taken for a constant
        input_names=["images"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        opset_version=_OPSET,
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    proto = program.model_proto
    for node in proto.graph.node:
        del node.metadata_props[:]  # where in our files it was made: paths of this machine
    onnx.helper.set_model_props(proto, facts)
    onnx.checker.check_model(proto, full_check=True)
    return proto.SerializeToString()


def _images_to_compare() -> Tensor:
    """Return digits and noise, (B, 1, 28, 28) float32 in [0, 1]; they need no download."""
    digits, _ = load_part("digits", "test")
    noise = torch.rand(_NUM_NOISE, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    return torch.cat([digits.float() / 255, noise])


def _largest_difference(model: nn.Module, content: bytes, images: Tensor) -> float:
    import onnxruntime  # here: it is not installed with the app

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session: Any = onnxruntime.InferenceSession(
        content, options, providers=["CPUExecutionProvider"]
    )
    with torch.inference_mode():
        expected = model(images)
    (found,) = session.run(["logits"], {"images": images.numpy()})
    return float((torch.from_numpy(found) - expected).abs().max())
