"""The doubting network taught, on a small scale."""

from pathlib import Path
from typing import Final

import numpy as np
import torch

from mnist_core.data.datasets import load_data
from mnist_core.doubt.fit import ACCEPTED, fit
from mnist_core.doubt.network import load_doubt, save_doubt
from mnist_core.doubt.shapes import KINDS, draw_shapes
from mnist_core.strokes.files import MOST_STROKES, PenDigit, StrokeSet, parse_strokes
from mnist_core.strokes.redrawn import Redrawn

_LINES: Final = "\n".join(
    f'{{"digit": {digit}, "writer": {writer}, "strokes": [[[{writer}, 0], [40, {90 + writer}],'
    f" [{9 * digit}, 150], [60, 200]]]}}"
    for writer in range(20)
    for digit in range(10)
)


def _strokes() -> StrokeSet:
    return parse_strokes(_LINES.encode(), Path("own.jsonl"))


def test_every_kind_of_shape_can_be_written_by_a_pen() -> None:
    for number, kind in enumerate(KINDS):
        for seed in range(20):
            shape = kind(np.random.default_rng([number, seed]))
            assert len(shape) >= 1 and all(stroke.shape[1] == 2 for stroke in shape)
            assert all(len(stroke) >= 2 and np.isfinite(stroke).all() for stroke in shape)


def test_shapes_are_the_same_for_a_seed_and_others_for_another() -> None:
    digits: tuple[PenDigit, ...] = _strokes().digits
    assert all(len(one.strokes) <= MOST_STROKES for one in digits)
    first, again, other = (draw_shapes(30, Redrawn(digits), seed=seed) for seed in (1, 1, 2))
    assert first.shape == (30, 1, 28, 28) and first.dtype == torch.uint8
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert bool((first.amax((1, 2, 3)) > 100).all())


def test_a_fitted_network_lets_the_digits_pass_that_set_its_limit(tmp_path: Path) -> None:
    heard: list[int] = []
    found = fit(
        load_data("digits"),
        _strokes(),
        epochs=1,
        num_digits=300,
        tell=lambda epoch, loss: heard.append(epoch),
    )
    assert heard == [1]
    refused = found.measured.digits_refused
    assert min(refused.values()) <= round(1 - ACCEPTED, 4) + 0.005
    path = tmp_path / "doubt.safetensors"
    save_doubt(found, path)
    load_doubt.cache_clear()
    again = load_doubt(path)
    load_doubt.cache_clear()
    assert again.measured == found.measured
    images = load_data("digits").watch[0][:5].float() / 255
    assert torch.equal(again.scores(images), found.scores(images))
