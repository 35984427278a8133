from random import Random

import torch

from mnist_core.networks.build import build, is_in_the_block_before
from mnist_core.networks.notation import Description, Layer, parse
from mnist_core.networks.profile import LayerProfile, profile_network
from mnist_core.networks.summary import summarize
from mnist_core.networks.words import Kind
from tests.core.networks.random_lines import random_line

_POOLS = {
    Kind.MAX_POOL: "MaxPool2d",
    Kind.MEAN_POOL: "AvgPool2d",
    Kind.BLUR_POOL: "MaxBlurPool2d",
}


def _expected(description: Description) -> list[tuple[object, ...]]:
    """Return the layer table that a description promises, row by row."""
    rows: list[tuple[object, ...]] = []
    for index, layer in enumerate(description.layers):
        shape, sees = layer.output_shape, layer.receptive_field
        if layer.word.is_convolution:
            rows += _convolution_rows(description, index)
        elif layer.kind == Kind.RELU or is_in_the_block_before(description, index):
            continue
        elif layer.word.is_end:
            rows.append(("Conv2d", shape, layer.parameters, layer.multiply_adds, sees))
        else:
            kind = {Kind.NORM: "BatchNorm2d", Kind.DROPOUT: "Dropout2d", **_POOLS}[layer.kind]
            rows.append((kind, shape, layer.parameters, 0, sees))
    return rows


def _convolution_rows(description: Description, index: int) -> list[tuple[object, ...]]:
    layer, after = description.layers[index], index + 1
    halved: Layer | None = None
    if after < len(description.layers) and is_in_the_block_before(description, after):
        halved = description.layers[after]
    if layer.kind == Kind.CONVOLUTION:
        return [
            (
                "Conv2d",
                layer.output_shape,
                layer.parameters,
                layer.multiply_adds,
                layer.receptive_field,
            )
        ]
    uses, num_norms = layer.word.repeats, 2 * layer.word.channels
    rows: list[tuple[object, ...]] = []
    for use in range(1, uses + 1):
        shape = layer.output_shape
        # The description tells what is seen after the last use, torch after each.
        sees = layer.receptive_field if use == uses else None
        weights = layer.parameters - uses * num_norms if use == 1 else 0
        rows.append(("Conv2d", shape, weights, layer.multiply_adds // uses, sees))
        if halved and use == uses:
            shape, sees = halved.output_shape, halved.receptive_field
            rows.append((_POOLS[halved.kind], shape, 0, 0, sees))
        rows += [("BatchNorm2d", shape, num_norms, 0, sees), ("ReLU", shape, 0, 0, sees)]
    return rows


def _row(part: LayerProfile, expected: tuple[object, ...]) -> tuple[object, ...]:
    sees = part.sees and part.sees[0]
    return (
        part.kind,
        part.output_shape,
        part.parameters,
        part.multiply_adds,
        None if expected[-1] is None else sees,
    )


def test_hundreds_of_random_lines_are_what_their_descriptions_promise() -> None:
    random = Random(0)
    for _ in range(250):
        line = random_line(random)
        description = parse(line)
        model = build(description).eval()
        profile = profile_network(model)
        expected = _expected(description)
        assert len(profile.layers) == len(expected), line
        assert [_row(*pair) for pair in zip(profile.layers, expected, strict=True)] == expected, (
            line
        )
        assert profile.multiply_adds == description.multiply_adds
        assert summarize(model).total_parameters == description.parameters
        assert _receptive_field(profile.layers, description) == description.receptive_field, line


def _receptive_field(parts: tuple[LayerProfile, ...], description: Description) -> int:
    """Return what one value behind an answer sees, from the built network."""
    before_the_end = parts[:-1] if description.layers[-1].word.is_end else parts
    seen = before_the_end[-1].sees if before_the_end else (1, 1)
    assert seen is not None
    return seen[0]


def test_hundreds_of_random_lines_give_ten_numbers_an_image() -> None:
    random = Random(1)
    for _ in range(250):
        line = random_line(random)
        with torch.inference_mode():
            logits = build(parse(line)).eval()(torch.rand(2, 1, 28, 28))
        assert logits.shape == (2, 10) and logits.isfinite().all(), line
