import dataclasses

from mnist_core.config.settings import TrainConfig
from mnist_ui import wording
from tests.core.checkpoints.test_weights import CARD

_MNIST = dataclasses.replace(
    CARD, dataset="mnist", test_total=10_000, test_accuracy=99.5, config=TrainConfig(dropout=0.1)
)


def test_a_line_is_shown_as_it_stands_where_markdown_would_make_it_slanted() -> None:
    assert wording.unformatted("2*16c3 p2 2*24c3") == r"2\*16c3 p2 2\*24c3"


def _with(accuracy: float, dataset: str = "mnist") -> str:
    other = dataclasses.replace(_MNIST, test_accuracy=accuracy, dataset=dataset)
    return wording.against_earlier(_MNIST, [other])


def _with_one_untested() -> str:
    other = dataclasses.replace(
        _MNIST, test_accuracy=None, test_correct=None, test_total=None, test_loss=None
    )
    return wording.against_earlier(_MNIST, [other])


def test_a_first_result_is_compared_with_nothing() -> None:
    assert "first result on MNIST" in wording.against_earlier(_MNIST, [])
    assert "first result" in _with(99.9, "digits")
    assert "first result" in _with_one_untested()


def test_a_result_is_held_against_the_best_before_it_in_images() -> None:
    worse = dataclasses.replace(_MNIST, test_accuracy=98.0)
    better = dataclasses.replace(_MNIST, test_accuracy=99.62)
    told = wording.against_earlier(_MNIST, [worse, better])
    assert told.startswith("12 images fewer than your best on MNIST so far (99.62 %).")
    assert _with(99.3).startswith("Your best yet: 20 images more than")
    assert _with(99.5).startswith("Exactly as good")


def test_only_what_keeps_to_every_condition_is_said_to_meet_the_challenge() -> None:
    assert wording.against_challenge(_MNIST).startswith("That meets the challenge")
    tuned = dataclasses.replace(_MNIST, epochs=3, epochs_before=19, origin="record", num_drawings=7)
    told = wording.against_challenge(tuned)
    assert "no entry" in told and "7 drawings" in told and "3 epochs, 22 in all" in told
    large = dataclasses.replace(_MNIST, model="27c3 p2 35c3 p2 d 34c3 max")
    assert "20,000 parameters" in wording.against_challenge(large)
    assert "from record, trained for 19 epochs, for 3 epochs, 22 in all" in wording.how_trained(
        dataclasses.replace(tuned, config=TrainConfig(seed=0))
    )


def test_a_small_difference_is_called_chance_and_a_large_one_is_not() -> None:
    assert "chance" in _with(99.45)
    assert "chance" not in _with(99.3)


def test_labels_that_read_the_same_are_told_apart() -> None:
    labels = {
        "20261128-213828-quick-5052": "quick · 98 %",
        "20261128-213816-quick-579e": "quick · 98 %",
    }
    assert wording.told_apart({**labels, "record": "record · 99 %"}) == {
        "20261128-213828-quick-5052": "quick · 98 % · 5052",
        "20261128-213816-quick-579e": "quick · 98 % · 579e",
        "record": "record · 99 %",
    }
