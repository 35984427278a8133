"""Fine-tuning on one's own drawings."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core.checkpoints.card import read_card
from mnist_core.checkpoints.origin import Origin
from mnist_core.checkpoints.weights import load_checkpoint, load_tensors
from mnist_core.config.settings import TrainConfig
from mnist_core.data import drawings
from mnist_core.data.datasets import load_data
from mnist_core.errors import DataError
from mnist_core.runs.catalogue import find_checkpoint
from mnist_core.runs.events import Started
from mnist_core.runs.folder import create_run
from mnist_core.runs.run import Run
from mnist_core.runs.table import describe_run, title_of
from mnist_core.sharing.report import report_html
from mnist_core.training.finetune import (
    FineTuning,
    Score,
    begin_fine_tuning,
    create_fine_tuning,
    hold_out,
    mix,
    read_fine_tuning,
)
from mnist_core.training.state import TrainState
from mnist_core.training.worker import perform
from mnist_ui.pages.runs import comparison
from mnist_ui.pages.train.run_details import fine_tuning_html


@pytest.fixture
def base(runs_dir: Path) -> Run:
    """A network that has learned a little of the small set."""
    made = create_run(TrainConfig(dataset="digits", epochs=3), recipe="seed", folder=runs_dir)
    list(perform(made))
    return made


@pytest.fixture
def tuning(base: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that is to teach it that two strange signs are a 3 and an 8."""
    monkeypatch.setenv("MNIST_DRAWINGS_DIR", str(tmp_path / "drawings"))
    for place in range(6):
        drawings.keep(_sign(place), 3)
        drawings.keep(_sign(place).T, 8)
    card = read_card(base.checkpoint_path)
    return create_fine_tuning(base.checkpoint_path, card, drawings.read_set())


def _sign(place: int) -> np.ndarray:
    drawing = np.zeros((280, 280), np.uint8)
    for left in (60, 130, 200):
        drawing[40:240, left + 3 * place : left + 3 * place + 20] = 255
    return drawing


def test_too_few_drawings_are_not_trained_on(runs_dir: Path) -> None:
    path = find_checkpoint("seed")
    with pytest.raises(DataError, match="5 drawings or more"):
        create_fine_tuning(path, read_card(path), drawings.read_set("nobody"))
    assert not runs_dir.exists()


def test_of_each_digit_some_are_held_out_and_none_is_both() -> None:
    labels = torch.tensor([3] * 7 + [5] * 2 + [9])
    images = torch.arange(10, dtype=torch.uint8).view(10, 1, 1, 1).expand(-1, 1, 28, 28)
    trained, held_out = hold_out(images, labels)
    assert trained[1].bincount(minlength=10).tolist() == [0, 0, 0, 5, 0, 1, 0, 0, 0, 1]
    assert held_out[1].bincount(minlength=6).tolist() == [0, 0, 0, 2, 0, 1]
    seen = [*trained[0][:, 0, 0, 0].tolist(), *held_out[0][:, 0, 0, 0].tolist()]
    assert sorted(seen) == list(range(10))


def test_the_mixture_keeps_the_known_and_repeats_the_drawings_within_bounds() -> None:
    known = load_data("digits").train
    for num_drawings, times in ((1, 50), (40, 10), (2000, 1)):
        drawings = torch.full((num_drawings, 1, 28, 28), 7, dtype=torch.uint8)
        labels = torch.full((num_drawings,), 7)
        mixed, truths = mix((drawings, labels), known, seed=0)
        assert len(mixed) == len(truths) == 1200 + num_drawings * times
        assert torch.equal(mixed[:1200], known[0])
        assert bool((mixed[1200:] == 7).all()) and bool((truths[1200:] == 7).all())


def test_it_starts_from_the_given_weights_and_remembers_the_drawings(
    base: Run, tuning: Run
) -> None:
    drawings.delete_all()  # what is deleted later is in the run already
    state, digits = TrainState(tuning.config), load_data("digits")
    mixed = begin_fine_tuning(tuning, state, digits)
    start = load_tensors(base.checkpoint_path)
    for model in (state.model, state.averaged):
        assert model is not None
        assert all(torch.equal(t, start[name]) for name, t in model.state_dict().items())
    assert mixed.test is digits.test and mixed.watch is digits.watch
    assert tuning.kind == "fine_tuning"
    found = read_fine_tuning(tuning)
    assert found is not None and found.after is None
    assert (found.num_trained, found.num_held_out, found.num_test) == (8, 4, 300)
    assert found.before.test is None, "the test images wait until the end"


def test_an_ordinary_run_is_not_one(base: Run) -> None:
    assert base.kind == "training"
    assert read_fine_tuning(base) is None


def test_a_fine_tuned_network_reads_the_drawings_and_has_forgotten_little(
    base: Run, tuning: Run
) -> None:
    events = list(perform(tuning))
    assert next(e for e in events if isinstance(e, Started)).num_train == 1_600
    assert tuning.state() == "finished"
    found = read_fine_tuning(tuning)
    assert found is not None and found.after is not None
    assert found.after.trained == 8 and found.after.held_out == 4
    assert found.before.trained < 8
    assert found.before.test == read_card(base.checkpoint_path).test_correct
    assert found.after.test is not None and found.before.test is not None
    assert found.after.test >= found.before.test - 15
    assert found.after.test == load_checkpoint(find_checkpoint(tuning.id))[1].test_correct
    assert "python -m" not in report_html(tuning)  # no command repeats it


def test_a_fine_tuned_network_says_what_it_began_from_and_all_its_epochs(
    base: Run, tuning: Run
) -> None:
    assert tuning.origin == Origin(name=base.id, epochs=3, num_drawings=12)
    list(perform(tuning))
    card = read_card(tuning.checkpoint_path)
    assert (card.origin, card.epochs, card.total_epochs) == (base.id, 3, 6)
    row = describe_run(tuning)
    called = f"{title_of(base)} · {base.id[-4:]}"
    assert (row.origin, row.epochs_before) == (called, 3)
    assert row.title == f"{called} fine-tuned on 12 drawings"
    assert f"began from {base.id}, trained for 3 epochs before (6 in all)" in report_html(tuning)
    again = create_fine_tuning(tuning.checkpoint_path, card, drawings.read_set())
    assert again.origin == Origin(name=tuning.id, epochs=6, num_drawings=24)
    differences = comparison.differences({"one": base, "two": tuning})
    assert differences[0] == {
        "setting": "Began from",
        "one": "random weights",
        "two": f"{called}, trained for 3 epochs",
    }


def test_before_and_after_are_told_and_what_is_not_known_yet_is_left_open() -> None:
    before, after = Score(trained=0, held_out=1, test=9959), Score(trained=8, held_out=3, test=9947)
    found = FineTuning(num_trained=8, num_held_out=4, num_test=10_000, before=before)
    html = fine_tuning_html(found, "MNIST")
    assert "99.59 %" in html and html.count("…") == 3
    html = fine_tuning_html(
        FineTuning(num_trained=8, num_held_out=0, num_test=10_000, before=before, after=after),
        "MNIST",
    )
    assert "100.00 %" in html and "99.47 %" in html and "held out" not in html
