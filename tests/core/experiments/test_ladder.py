"""The ladder of lessons: each step one idea more, with the study that ships."""

from pathlib import Path

import pytest

from mnist_core.config.challenge import MAX_CHALLENGE_EPOCHS, MAX_CHALLENGE_PARAMETERS
from mnist_core.config.lessons import LESSONS
from mnist_core.config.recipes import RECIPES, get_recipe
from mnist_core.experiments.ladder import Rung, ladder
from mnist_core.networks.named import describe


@pytest.fixture
def rungs(tmp_path: Path) -> list[Rung]:
    return ladder(tmp_path)


def test_every_step_and_failure_was_studied_with_its_own_settings(rungs: list[Rung]) -> None:
    for rung in rungs:
        config, study = rung.lesson.recipe.config, rung.study
        assert study is not None, rung.lesson.recipe.name
        assert (study.model, study.epochs, study.dataset) == (config.model, config.epochs, "mnist")
        assert study.num_train == 60_000 and len(study.test_accuracies) >= 5


def test_each_step_changes_little_and_the_failures_stand_last(rungs: list[Rung]) -> None:
    numbers = [rung.number for rung in rungs]
    assert numbers == [*range(1, 10), None, None, None]
    assert rungs[0].changes == {}
    assert all(1 <= len(rung.changes) <= 3 for rung in rungs[1:9])


def test_a_gain_is_the_difference_of_two_means(rungs: list[Rung]) -> None:
    first, second = rungs[:2]
    assert first.study and second.study and first.gain is None
    assert second.gain == pytest.approx(second.study.mean - first.study.mean)


def test_every_step_fits_the_challenge_in_size_and_time() -> None:
    for lesson in LESSONS.values():
        config = lesson.recipe.config
        assert describe(config.model).parameters <= MAX_CHALLENGE_PARAMETERS
        assert config.epochs <= MAX_CHALLENGE_EPOCHS


def test_the_failure_of_sight_sees_ten_pixels() -> None:
    assert describe(get_recipe("sees-ten-pixels").config.model).receptive_field == 10


def test_a_lesson_is_a_recipe_that_is_known_but_not_offered() -> None:
    assert get_recipe("averaging") is LESSONS["averaging"].recipe
    assert not set(LESSONS) & set(RECIPES)
