"""Choices that are worked out: those of the recipe, and those of a network that fits the limit."""

from typing import Any

import pytest
from optuna.trial import FixedTrial

from mnist_core.errors import ConfigError
from mnist_core.networks.named import LINES, describe
from mnist_core.search.choices import choices_of, choices_that_fit, first_choices
from mnist_core.search.space import Space, propose_line


@pytest.mark.parametrize("recipe", ["compact", "tiny", "record"])
def test_the_first_that_is_tried_is_the_recipe_itself(recipe: str) -> None:
    space = Space(recipe=recipe)
    proposed = space.propose(FixedTrial(first_choices(space, 20_000)))
    assert proposed == space.start


@pytest.mark.parametrize(
    "line",
    [
        "8c4s2 2*16c3 p2 d 16c3x3 max",
        "12c3v a2 d 2*16c3v mean",
        "12c5 b2 12c3x2 b2 d 20c3 20c3x2 max",
        "24c6s2v 24c3x2 a2 d 24c3 2*24c3g4 max",
        "4c5 p2 8c3 8c3x2 p2 d 8c3x2 mean",
    ],
)
def test_a_network_is_proposed_by_the_choices_that_are_found_for_it(line: str) -> None:
    assert describe(propose_line(FixedTrial(choices_of(line)))).line == line


@pytest.mark.parametrize(
    "line",
    [
        LINES["seed"],
        LINES["swift"],
        "7c3 p2 d 12c3 max",  # no such width
        "12c3 p2 d 16c3 32c3 max",  # two widths in a stage
        "12c3 p2 d 16c5 max",
        "12c3 p2 d.1 16c3 max",
        "12c3 p2 8c3 p2 8c3 p2 d 8c3 max",  # three stages
    ],
)
def test_a_network_of_another_build_is_not_proposed(line: str) -> None:
    assert choices_of(line) == {}


def test_of_what_is_no_choice_the_nearest_is_taken_and_what_is_fixed_is_left_out() -> None:
    settings: dict[str, Any] = {
        "learning_rate": 0.3,
        "batch_size": 256,
        "weight_decay": 0.0005,
        "ema_decay": 0.99,  # the recipe's .992 is between two choices
        "dropout": 0.02,
        "rotation": 7.0,
        "shift": 1.5,
        "scale": pytest.approx(0.08),  # .07
    }
    quick = Space(recipe="quick")
    assert first_choices(quick, 20_000) == settings
    proposed = quick.propose(FixedTrial(first_choices(quick, 20_000) | choices_of("tiny")))
    assert proposed.model == "tiny"
    fixed = Space(recipe="quick", network="tiny", fixed=("shift", "rotation", "scale"))
    left = {"learning_rate": 0.3, "batch_size": 256, "weight_decay": 0.0005, "ema_decay": 0.99}
    assert first_choices(fixed, 100) == left | {"dropout": 0.02}
    small = first_choices(Space(recipe="tiny", dataset="digits"), 20_000)
    assert (small["ema_decay"], small["dropout"]) == (0.99, 0.02)  # .98, and none


def test_a_network_above_the_limit_is_not_begun_with() -> None:
    space = Space(recipe="tiny")
    assert "width_0" in first_choices(space, 3_190)
    assert "width_0" not in first_choices(space, 3_189)


@pytest.mark.parametrize(
    ("line", "fitting"),
    [
        ("28c5 p2 28c3 p2 d 28c3 max", "20c5 p2 16c3 p2 d 16c3 max"),
        ("8c5 p2 8c3 p2 d 2*48c3 max", "8c5 p2 8c3 p2 d 2*20c3 max"),
        ("8c5 p2 8c3 p2 d 8c3 max", "8c5 p2 8c3 p2 d 8c3 max"),  # it does
    ],
)
def test_a_network_that_is_too_large_has_fewer_channels(line: str, fitting: str) -> None:
    others = {"learning_rate": 0.1}
    found = choices_that_fit(choices_of(line) | others, 6_999)
    assert found is not None and found["learning_rate"] == 0.1
    assert describe(propose_line(FixedTrial(found))).line == fitting
    assert describe(fitting).parameters <= 6_999


def test_what_is_no_network_becomes_one() -> None:
    choices = choices_of("12c3v p2 d 16c3v 16c3vg4 mean")
    odd = choices | {"width_1": 14}  # 14 channels are not to be had in four groups
    with pytest.raises(ConfigError):
        describe(propose_line(FixedTrial(odd)))
    found = choices_that_fit(odd, 20_000)
    assert found is not None
    assert describe(propose_line(FixedTrial(found))).line == "12c3 p2 d 2*14c3 mean"


def test_where_no_network_is_small_enough_nothing_fits() -> None:
    assert choices_that_fit(choices_of("tiny"), 300) is None
    assert choices_that_fit({"learning_rate": 0.1}, 300) is None
