import pytest
import torch
from torch import nn

from mnist_core.config.challenge import MAX_CHALLENGE_PARAMETERS
from mnist_core.errors import ConfigError
from mnist_core.models import MODELS, build_model, count_parameters


@pytest.mark.parametrize("name", MODELS)
def test_every_network_gives_ten_logits_an_image(name: str) -> None:
    model = build_model(name).eval()
    logits = model(torch.rand(3, 1, 28, 28))
    assert logits.shape == (3, 10)
    assert logits.isfinite().all()


@pytest.mark.parametrize("name", MODELS)
def test_every_network_keeps_to_the_challenge(name: str) -> None:
    model = build_model(name)
    assert count_parameters(model) <= MAX_CHALLENGE_PARAMETERS
    assert not [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    assert [layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d)]


def test_seed_has_16402_parameters() -> None:
    assert count_parameters(build_model("seed")) == 16_402


def test_seed_normalises_its_input_itself() -> None:
    model = build_model("seed").eval()
    seen: list[torch.Tensor] = []
    first = next(layer for layer in model.modules() if isinstance(layer, nn.Conv2d))
    first.register_forward_pre_hook(lambda layer, inputs: seen.append(inputs[0]))
    model(torch.full((1, 1, 28, 28), 0.1307))
    assert seen[0].abs().max() < 1e-6


def test_dropout_acts_in_training_only() -> None:
    model = build_model("seed", dropout=0.5)
    images = torch.rand(2, 1, 28, 28)
    assert not torch.equal(model(images), model(images))
    model.eval()
    assert torch.equal(model(images), model(images))


def test_an_unknown_network_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="seed"):
        build_model("resnet")
