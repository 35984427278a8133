import dataclasses
import json

import pytest

from mnist_core import records
from mnist_core.config.challenge import CHALLENGE_ACCURACY, MAX_CHALLENGE_EPOCHS
from mnist_core.config.recipes import RECIPES, get_recipe
from mnist_core.config.settings import TrainConfig, changed_settings, knobs
from mnist_core.errors import ConfigError


def test_every_setting_is_described_and_its_default_lies_in_its_bounds() -> None:
    for name, knob in knobs().items():
        assert knob.label and knob.help.endswith("."), name
    TrainConfig()  # checks every default


def test_a_config_survives_json() -> None:
    config = TrainConfig(epochs=3, learning_rate=0.02, nesterov=False, dataset="digits")
    content = records.encode(config)
    assert json.loads(content) == config.to_json()
    assert records.decode(content, TrainConfig, file="it", remedy="") == config


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"epochs": 0}, "between 1 and 100"),
        ({"epochs": 2.5}, "must be int"),
        ({"epochs": True}, "must be int"),
        ({"batch_size": 7}, "Batch size"),
        ({"learning_rate": float("nan")}, "Learning rate"),
        ({"model": "resnet"}, "Known are seed"),
        ({"nesterov": 1}, "must be bool"),
    ],
)
def test_a_bad_value_is_named_with_what_is_allowed(change: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        TrainConfig(**change)  # pyright: ignore[reportArgumentType]


def test_original_is_the_challenge_as_its_author_ran_it() -> None:
    config = get_recipe("original").config
    assert (config.model, config.epochs, config.batch_size) == ("seed", 18, 30)
    assert (config.learning_rate, config.momentum, config.schedule) == (0.01, 0.9, "constant")
    assert (config.watch, config.ema_decay, config.weight_decay) == ("test", 0.0, 0.0)
    augmentation = ("rotation", "shift", "scale", "shear", "elastic", "thickness")
    assert all(getattr(config, name) == 0 for name in augmentation)


def test_every_recipe_keeps_to_the_challenges_epochs() -> None:
    assert all(recipe.config.epochs <= MAX_CHALLENGE_EPOCHS for recipe in RECIPES.values())
    assert CHALLENGE_ACCURACY == 99.4


def test_the_changes_from_a_recipe_are_exactly_those_made() -> None:
    recipe = get_recipe("seed").config
    assert changed_settings(recipe, recipe) == {}
    assert changed_settings(recipe.replace(seed=5, epochs=2), recipe) == {"seed": 5, "epochs": 2}


def test_a_config_cannot_be_changed_in_place() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TrainConfig().epochs = 3  # pyright: ignore[reportAttributeAccessIssue]


def test_a_network_may_be_a_line_and_has_one_name() -> None:
    line = "8c5 p2 8c3 8c3 p2 d 2*12c3 max"
    assert TrainConfig(model=f"  {line} ").model == "8c5 p2 2*8c3 p2 d 2*12c3 max"
    assert TrainConfig(model="8c5  p2 8c3 p2 d 12c3 12c3 max").model == "tiny"
    assert TrainConfig(model="tiny").model == "tiny"


def test_a_line_that_is_none_is_refused_with_place_reason_and_cure() -> None:
    with pytest.raises(ConfigError, match="Place 3, `16k3`.*Did you mean `16c3`"):
        TrainConfig(model="8c5 p2 16k3 max")


def test_an_unknown_name_is_refused_with_the_known_ones_and_an_example_of_a_line() -> None:
    with pytest.raises(ConfigError, match="seed, record.*8c5 p2"):
        TrainConfig(model="resnet")
