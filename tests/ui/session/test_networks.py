"""What the networks read in the drawings that were kept, and what a run's read before it began."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageDraw, ImageFont

from mnist_core.config.settings import TrainConfig
from mnist_core.predict import Predictor
from mnist_core.runs.catalogue import find_checkpoint
from mnist_core.training.state import TrainState
from mnist_ui.session.networks import load_networks


def _written(text: str) -> np.ndarray:
    """Return a printed sign as a network is given it: uint8 (1, 28, 28)."""
    picture = Image.new("L", (280, 280))
    ImageDraw.Draw(picture).text((90, 50), text, fill=255, font=ImageFont.load_default(150))
    found = Predictor.load("record").predict(np.asarray(picture))
    assert found is not None
    return (found.image * 255).round().astype(np.uint8)[None]


def test_a_drawing_that_a_network_refuses_counts_as_no_digit() -> None:
    images = np.stack([_written(sign) for sign in "A37"])
    answers = load_networks().digits_of(find_checkpoint("record"), images)
    assert answers == [None, 3, 7]


def test_before_training_is_what_the_runs_own_first_weights_say() -> None:
    image = _written("4")
    networks = load_networks()
    for seed in (0, 1):
        config = TrainConfig(model="tiny", seed=seed)
        with torch.inference_mode():
            pixels = torch.from_numpy(image).view(1, 1, 28, 28).float() / 255
            expected = TrainState(config).model.eval()(pixels).softmax(1)[0].tolist()
        assert networks.before_training(config, image.tobytes()) == pytest.approx(expected)
