"""What ships in models/ is as good as its card says, measured on the real test set."""

from pathlib import Path

import pytest

from mnist_core.cards import list_models
from mnist_core.checkpoint import load_checkpoint
from mnist_core.config import MAX_CHALLENGE_EPOCHS, RECIPES, TrainConfig
from mnist_core.data import load_part
from mnist_core.evaluate import evaluate
from mnist_core.models import count_parameters

_NAMES = [card.name for card in list_models()]
_IMAGES_THAT_ROUNDING_MAY_TURN = 2


def test_seed_ships() -> None:
    assert "seed" in _NAMES


@pytest.mark.mnist
@pytest.mark.parametrize("name", _NAMES)
def test_a_shipped_model_has_the_accuracy_on_its_card(name: str, mnist_dir: Path) -> None:
    model, card = load_checkpoint(name)
    found = evaluate(model, *load_part("mnist", "test", data_dir=mnist_dir))
    assert card.test_correct is not None
    assert found.total == card.test_total == 10_000
    assert abs(found.correct - card.test_correct) <= _IMAGES_THAT_ROUNDING_MAY_TURN
    assert found.accuracy == pytest.approx(card.test_accuracy, abs=0.02)


@pytest.mark.mnist
def test_the_shipped_seed_meets_the_challenge(mnist_dir: Path) -> None:
    model, card = load_checkpoint("seed")
    found = evaluate(model, *load_part("mnist", "test", data_dir=mnist_dir))
    assert found.accuracy >= 99.40
    assert count_parameters(model) == card.parameters == 16_402
    assert card.epochs <= MAX_CHALLENGE_EPOCHS
    assert card.is_complete


@pytest.mark.parametrize("name", _NAMES)
def test_a_shipped_model_was_trained_by_the_recipe_on_its_card(name: str) -> None:
    _, card = load_checkpoint(name)
    recipe = RECIPES[card.recipe].config
    assert TrainConfig.from_json(card.config) == recipe.replace(seed=0)
    assert (card.dataset, card.watch) == (recipe.dataset, recipe.watch)
