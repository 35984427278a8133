"""Pen digits beside a data set: how many, how drawn, and the same whether a run stopped or not."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
import torch

from mnist_core.checkpoints.card import read_card
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError
from mnist_core.runs.events import Failed, Started
from mnist_core.runs.folder import create_run
from mnist_core.strokes.files import StrokeSet, read_strokes
from mnist_core.strokes.redrawn import Redrawn
from mnist_core.training.batches import batches, strength_of_augmentation
from mnist_core.training.worker import perform

_CONFIG = TrainConfig(
    model="tiny",
    dataset="digits",
    epochs=3,
    batch_size=32,
    rotation=10,
    shift=1,
    ease_epochs=2,
    stroke_renders=2,
    threads=1,
)
_IMAGES = torch.randint(0, 256, (100, 1, 28, 28), dtype=torch.uint8)
_LABELS = torch.full((100,), 10)  # no digit, to be told from those drawn


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Thirty digits of ten people, the last two of whom are held out."""
    records = [
        {"digit": digit, "writer": writer, "strokes": [[[0, 0], [9 * writer, 80], [digit, 200]]]}
        for writer in range(10)
        for digit in (1, 4, 7)
    ]
    path = tmp_path / "pens.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def given(file: Path) -> StrokeSet:
    return read_strokes(file)


@pytest.fixture
def strokes(given: StrokeSet) -> Redrawn:
    return Redrawn(given.digits)


def _epoch(strokes: Redrawn, epoch: int) -> tuple[torch.Tensor, torch.Tensor]:
    found = batches(_IMAGES, _LABELS, _CONFIG, 5 * epoch, strokes)
    images, labels = zip(*islice(found, 5), strict=True)
    return torch.cat(images), torch.cat(labels)


def test_an_epoch_has_every_image_once_and_every_pen_digit_as_often_as_asked(
    strokes: Redrawn,
) -> None:
    images, labels = _epoch(strokes, 0)
    assert images.shape == (160, 1, 28, 28) and images.dtype == torch.float32
    assert labels.bincount().tolist() == [0, 20, 0, 0, 20, 0, 0, 20, 0, 0, 100]


def test_no_pen_digit_looks_the_same_twice(strokes: Redrawn) -> None:
    epochs = [_epoch(strokes, number) for number in (0, 1)]
    drawn = torch.cat([images[labels < 10] for images, labels in epochs])
    assert len(drawn.flatten(1).unique(dim=0)) == len(drawn) == 120


def test_batches_from_any_step_on_are_those_of_a_run_from_the_start(strokes: Redrawn) -> None:
    whole = list(islice(batches(_IMAGES, _LABELS, _CONFIG, 0, strokes), 12))
    for step in (1, 4, 5, 9):
        later = islice(batches(_IMAGES, _LABELS, _CONFIG, step, strokes), 12 - step)
        for (images, labels), (expected, truth) in zip(later, whole[step:], strict=True):
            assert torch.equal(images, expected) and torch.equal(labels, truth)


def test_distortions_ease_off_until_the_images_are_as_they_were(strokes: Redrawn) -> None:
    assert [strength_of_augmentation(epoch, _CONFIG) for epoch in range(3)] == [1.0, 0.5, 0.0]
    images, labels = _epoch(strokes, 2)
    plain = images[labels == 10].mul(255).round().to(torch.uint8).flatten(1)
    assert torch.equal(plain.unique(dim=0), _IMAGES.flatten(1).unique(dim=0))


def test_without_easing_off_every_epoch_is_as_strong() -> None:
    config = _CONFIG.replace(ease_epochs=0)
    assert {strength_of_augmentation(epoch, config) for epoch in range(3)} == {1.0}


def test_a_run_stopped_and_resumed_without_the_file_equals_one_that_never_stopped(
    runs_dir: Path, file: Path, given: StrokeSet
) -> None:
    whole = create_run(_CONFIG, recipe="draw", folder=runs_dir, strokes=given)
    list(perform(whole))
    run = create_run(_CONFIG, recipe="draw", folder=runs_dir, strokes=given)
    file.unlink()
    for event in perform(run):
        if getattr(event, "step", 0) == 50:
            run.stop()
    run.prepare_to_resume()
    list(perform(run))
    assert run.checkpoint_path.read_bytes() == whole.checkpoint_path.read_bytes()


def test_a_run_trains_on_all_but_the_last_writers_and_its_card_says_so(
    runs_dir: Path, given: StrokeSet
) -> None:
    run = create_run(_CONFIG, recipe="draw", folder=runs_dir, strokes=given)
    (started,) = [event for event in perform(run) if isinstance(event, Started)]
    assert started.num_train == 1_200 + 2 * 24
    card = read_card(run.checkpoint_path)
    assert card.num_train == 1_200 and card.strokes == given.facts
    assert given.facts.digits_trained_on == 24 and given.facts.writers_trained_on == 8


def test_a_damaged_copy_of_the_strokes_fails_the_run_with_the_remedy(
    runs_dir: Path, given: StrokeSet
) -> None:
    run = create_run(_CONFIG, recipe="draw", folder=runs_dir, strokes=given)
    (run.folder / "strokes.gz").write_bytes(b"torn")
    failed = list(perform(run))[-1]
    assert isinstance(failed, Failed) and not failed.is_unexpected
    assert "train again with --strokes" in failed.message


def test_settings_and_strokes_that_do_not_fit_make_no_run(runs_dir: Path, given: StrokeSet) -> None:
    with pytest.raises(ConfigError, match=r"--strokes FILE.*10\.24432"):
        create_run(_CONFIG, recipe="draw", folder=runs_dir)
    with pytest.raises(ConfigError, match="would not be used"):
        create_run(_CONFIG.replace(stroke_renders=0), recipe="x", folder=runs_dir, strokes=given)
    assert not runs_dir.exists() or not list(runs_dir.iterdir())
