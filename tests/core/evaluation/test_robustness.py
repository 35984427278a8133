import pytest
import torch

from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.data.datasets import load_part
from mnist_core.evaluation.evaluate import evaluate
from mnist_core.evaluation.robustness import (
    DISTORTIONS,
    NUM_POINTS,
    measure_robustness,
)
from mnist_core.runs.catalogue import find_checkpoint


def _lit(image: torch.Tensor) -> set[tuple[int, int]]:
    return {(int(r), int(c)) for r, c in (image[0, 0] > 0.5).nonzero()}


@pytest.mark.parametrize("name", DISTORTIONS)
def test_no_distortion_changes_nothing(name: str) -> None:
    images, _ = load_part("digits", "test")
    clean = images[:20].float() / 255
    assert 0 in DISTORTIONS[name].amounts
    assert torch.allclose(DISTORTIONS[name].apply(clean, 0), clean, atol=1e-4)


@pytest.mark.parametrize("name", DISTORTIONS)
def test_a_distortion_is_the_same_each_time_and_leaves_its_input_alone(name: str) -> None:
    images, _ = load_part("digits", "test")
    clean = images[:20].float() / 255
    before = clean.clone()
    for amount in DISTORTIONS[name].amounts:
        first, second = (DISTORTIONS[name].apply(clean, amount) for _ in range(2))
        assert torch.equal(first, second) and torch.equal(clean, before)
        assert first.min() >= 0 and first.max() <= 1


def test_a_shift_moves_by_whole_pixels_in_one_of_four_directions() -> None:
    images = torch.zeros(200, 1, 28, 28)
    images[:, :, 14, 14] = 1
    moved = DISTORTIONS["shift"].apply(images, 3)
    places = [_lit(image.unsqueeze(0)) for image in moved]
    assert {place for lit in places for place in lit} == {(14, 17), (14, 11), (17, 14), (11, 14)}
    assert all(len(lit) == 1 for lit in places)


def test_noise_is_another_for_each_image() -> None:
    first, second = DISTORTIONS["noise"].apply(torch.full((2, 1, 28, 28), 0.5), 0.1)
    assert not torch.equal(first, second)


def test_undistorted_points_agree_with_the_evaluation() -> None:
    model, _ = load_checkpoint(find_checkpoint("seed"))
    part = load_part("digits", "test")
    points = list(measure_robustness(model, *part, num_images=300))
    assert len(points) == NUM_POINTS
    clean = {point.correct for point in points if point.amount == 0}
    assert clean == {evaluate(model, *part).correct}
    worst = [point for point in points if point.distortion == "noise"][-1]
    assert worst.correct < min(clean)


def test_a_part_of_the_images_is_the_same_part_each_time() -> None:
    model, _ = load_checkpoint(find_checkpoint("seed"))
    part = load_part("digits", "test")
    first, second = (next(measure_robustness(model, *part, num_images=100)) for _ in range(2))
    assert first == second and first.total == 100
