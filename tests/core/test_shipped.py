"""What ships in models/ is as good as its card says, measured on the real test set."""

from pathlib import Path

import pytest
import torch

from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.config.challenge import MAX_CHALLENGE_EPOCHS
from mnist_core.data.datasets import load_part
from mnist_core.doubt.unseen import draw_unseen
from mnist_core.evaluation.evaluate import evaluate
from mnist_core.experiments.study import read_study, study_config
from mnist_core.files import MODELS_DIR
from mnist_core.models import count_parameters
from mnist_core.predict import Predictor
from mnist_core.runs.catalogue import find_checkpoint, list_models

_NAMES = [card.name for card in list_models()]
_IMAGES_THAT_ROUNDING_MAY_TURN = 2


def test_seed_ships() -> None:
    assert "seed" in _NAMES


@pytest.mark.mnist
@pytest.mark.parametrize("name", _NAMES)
def test_a_shipped_model_has_the_accuracy_on_its_card(name: str, mnist_dir: Path) -> None:
    model, card = load_checkpoint(find_checkpoint(name))
    found = evaluate(model, *load_part("mnist", "test", data_dir=mnist_dir))
    assert card.test_correct is not None
    assert found.total == card.test_total == 10_000
    assert abs(found.correct - card.test_correct) <= _IMAGES_THAT_ROUNDING_MAY_TURN
    assert found.accuracy == pytest.approx(card.test_accuracy, abs=0.02)


@pytest.mark.mnist
def test_the_shipped_seed_meets_the_challenge(mnist_dir: Path) -> None:
    model, card = load_checkpoint(find_checkpoint("seed"))
    found = evaluate(model, *load_part("mnist", "test", data_dir=mnist_dir))
    assert found.accuracy >= 99.40
    assert count_parameters(model) == card.parameters == 16_402
    assert card.epochs <= MAX_CHALLENGE_EPOCHS
    assert card.is_complete


@pytest.mark.parametrize("name", _NAMES)
def test_a_shipped_model_is_seed_0_of_its_study(name: str) -> None:
    _, card = load_checkpoint(find_checkpoint(name))
    config = study_config(card.recipe, {}).replace(seed=0)
    study = read_study(MODELS_DIR / f"{name}.study.json")
    assert card.config == config
    assert (card.dataset, card.watch) == (config.dataset, config.watch)
    assert card.test_accuracy == study.test_accuracies[0]
    assert len(study.test_accuracies) >= (5 if name == "draw" else 10)
    assert f"{study.mean:.3f} %" in card.note


@pytest.mark.parametrize("name", _NAMES)
def test_a_shipped_model_is_calibrated_and_knows_when_to_doubt(name: str) -> None:
    predictor = Predictor.load(name)
    assert predictor.calibration.is_fitted
    images = torch.from_numpy(draw_unseen(20, seed=9)["face"])
    with torch.inference_mode():
        _, doubts = predictor.calibration.predict(predictor.model, images)
    assert float(doubts.float().mean()) > 0.9
