"""Images from strokes: drawn afresh, and the same again for the same generator."""

import numpy as np
import torch

from mnist_core.data.redrawn import Redrawn
from mnist_core.data.strokes import PenDigit


def digits() -> list[PenDigit]:
    stem = np.stack([np.linspace(0, 20, 30), np.linspace(0, 200, 30)], axis=1)
    bar = np.array([[-40, 100], [60, 95]])
    return [
        PenDigit(
            digit=digit,
            writer=writer,
            strokes=tuple(
                part.astype(np.float32)
                for part in ((stem * writer, bar) if digit % 2 else (stem * writer,))
            ),
        )
        for digit in range(10)
        for writer in (1, 2, 3)
    ]


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_epoch_sees_other_images_of_the_same_digits() -> None:
    source = Redrawn(digits())
    first, second = source.draw(generator(0)), source.draw(generator(1))
    assert first.shape == (30, 1, 28, 28)
    assert first.dtype == torch.uint8
    assert source.labels.tolist() == [digit for digit in range(10) for _ in range(3)]
    assert (first.flatten(1) != second.flatten(1)).any(1).all()


def test_the_same_generator_draws_the_same_images_bit_for_bit() -> None:
    assert torch.equal(Redrawn(digits()).draw(generator(5)), Redrawn(digits()).draw(generator(5)))
