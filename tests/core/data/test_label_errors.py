from pathlib import Path

from mnist_core.data.datasets import load_part
from mnist_core.data.label_errors import LABEL_ERRORS


def test_there_are_fifteen_doubtful_labels_of_which_ten_have_another_digit() -> None:
    """The paper counts 15 errors; in 10 of them at least three people agreed on another digit."""
    assert len(LABEL_ERRORS) == 15
    assert sum(found.corrected is not None for found in LABEL_ERRORS.values()) == 10


def test_five_people_looked_at_each_and_fewer_than_three_saw_the_given_label() -> None:
    for index, found in LABEL_ERRORS.items():
        assert index == found.index and found.guessed != found.given
        assert found.votes_given + found.votes_guessed + found.votes_neither == 5
        assert found.votes_given < 3


def test_the_given_labels_are_those_of_mnists_test_set(mnist_dir: Path) -> None:
    _, labels = load_part("mnist", "test", data_dir=mnist_dir)
    assert {index: int(labels[index]) for index in LABEL_ERRORS} == {
        index: found.given for index, found in LABEL_ERRORS.items()
    }
