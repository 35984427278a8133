"""Images from strokes: drawn afresh, repeatable, and of digits between two people's."""

import numpy as np
import torch
from numpy.typing import NDArray

from mnist_core.strokes.files import PenDigit
from mnist_core.strokes.redrawn import Blends, Redrawn


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


def leaning(lean: float) -> NDArray[np.float32]:
    return np.array([[0, 0], [lean, 100], [2 * lean, 200]], np.float32)


def one(lean: float, writer: int | None, digit: int = 1, num_strokes: int = 1) -> PenDigit:
    return PenDigit(digit=digit, writer=writer, strokes=(leaning(lean),) * num_strokes)


def lean_of(blends: Blends, number: int, seed: int) -> float:
    (found,) = blends.blend(number, np.random.default_rng(seed))
    assert found.dtype == np.float32
    assert found.shape == (24, 2)
    return float((found[-1, 0] - found[0, 0]) / (found[-1, 1] - found[0, 1]))


def test_a_blend_lies_on_the_way_to_a_neighbour_or_a_little_before_it() -> None:
    blends = Blends([one(0, 1), one(50, 2)])
    leans = [lean_of(blends, 0, seed) for seed in range(50)]
    assert -0.21 < min(leans) < 0 < 0.2 < max(leans) < 0.36


def test_people_are_not_blended_with_themselves() -> None:
    blends = Blends([one(0, 1), one(50, 1), one(5, 2)])
    assert all(abs(lean_of(blends, 0, seed)) < 0.04 for seed in range(50))


def test_digits_of_another_kind_or_another_number_of_strokes_are_no_neighbours() -> None:
    blends = Blends([one(0, 1), one(50, 2, digit=7), one(50, 3, num_strokes=2)])
    assert all(lean_of(blends, 0, seed) == 0 for seed in range(10))


def test_unknown_writers_count_as_different_people() -> None:
    blends = Blends([one(0, None), one(50, None)])
    assert any(lean_of(blends, 0, seed) > 0.1 for seed in range(10))


def test_a_dot_is_blended_too() -> None:
    dot = np.zeros((1, 2), np.float32)
    digits = [PenDigit(digit=1, writer=writer, strokes=(dot,)) for writer in (1, 2)]
    (found,) = Blends(digits).blend(0, np.random.default_rng(0))
    assert np.isfinite(found).all()
