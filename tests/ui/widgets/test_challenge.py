import dataclasses

from mnist_core.config.settings import TrainConfig
from mnist_ui.widgets.challenge import checklist_html, conditions
from tests.core.checkpoints.test_weights import CARD

_GOOD = dataclasses.replace(
    CARD, dataset="mnist", test_accuracy=99.4, test_total=10_000, config=TrainConfig(dropout=0.1)
)


def _met(**changes: object) -> list[bool | None]:
    card = dataclasses.replace(_GOOD, **changes)  # pyright: ignore[reportArgumentType]
    return [condition.is_met for condition in conditions(card)]


def test_a_network_that_keeps_to_everything_meets_all_five() -> None:
    assert _met() == [True] * 5


def test_20_epochs_are_one_too_many() -> None:
    assert _met(epochs=19)[1] is True
    assert _met(epochs=20)[1] is False


def test_dropout_of_zero_is_no_dropout() -> None:
    assert _met(config=TrainConfig(dropout=0.0))[3] is False


def test_what_a_network_lacks_is_named() -> None:
    def found(line: str) -> str:
        return conditions(dataclasses.replace(_GOOD, model=line))[3].found

    assert found("8C3v R p2 d 8c3 max") == "both"
    assert found("8C3v R p2 8C3 max") == "no batch normalisation, no dropout"
    assert found("8c3 p2 8c3 max") == "no dropout"


def test_a_rate_of_the_lines_own_is_dropout_whatever_the_run_said() -> None:
    assert _met(model="8c3 p2 d.1 8c3 max", config=TrainConfig(dropout=0.0))[3] is True


def test_20_000_parameters_are_one_too_many() -> None:
    assert _met(model="27c3 p2 35c3 p2 d 34c3 max")[0] is False
    assert _met(model="28c3 p2 35c3 p2 d 33c3 max")[0] is True


def test_99_39_misses() -> None:
    assert _met(test_accuracy=99.39)[4] is False


def test_an_accuracy_on_other_data_or_none_at_all_leaves_it_open() -> None:
    assert _met(dataset="digits")[4] is None
    untested = {"test_accuracy": None, "test_correct": None, "test_total": None, "test_loss": None}
    assert _met(**untested)[4] is None


def test_a_network_trained_on_a_persons_drawings_is_no_entry_however_good() -> None:
    tuned = {"origin": "record", "epochs_before": 19, "num_drawings": 7, "recipe": "fine-tune"}
    assert _met(epochs=3, **tuned)[1] is False, "22 epochs in all"
    assert _met(epochs=3, **tuned | {"epochs_before": 5}) == [True] * 5 + [False]


def test_an_old_card_that_hides_its_origin_leaves_the_epochs_open() -> None:
    assert _met(epochs=3, recipe="fine-tune")[1] is None


def test_a_missed_condition_is_said_in_words_too() -> None:
    html = checklist_html(conditions(dataclasses.replace(_GOOD, epochs=20)))
    assert html.count('aria-label="met"') == 4
    assert html.count('aria-label="missed"') == 1
