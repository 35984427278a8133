"""The steps of training are those of torch's own optimizer, without what making one loads."""

import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F

from mnist_core.config.settings import TrainConfig
from mnist_core.files import PROJECT_DIR
from mnist_core.models import build_model
from mnist_core.training.state import Descent

_TRAINED_WITHOUT = """
import sys
from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import load_data
from mnist_core.training.loop import train
from mnist_core.training.state import TrainState
config = TrainConfig(dataset="digits", epochs=1, batch_size=600, ema_decay=0.9, threads=1)
list(train(TrainState(config), load_data("digits")))
print([name for name in ("torch._dynamo", "triton", "sympy") if name in sys.modules])
"""


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"nesterov": False, "momentum": 0.5},
        {"nesterov": False, "momentum": 0.0},
        {"weight_decay": 0.01},
    ],
)
def test_each_step_is_that_of_torchs_optimizer_bit_for_bit(changes: dict[str, float]) -> None:
    config = TrainConfig(**changes)  # pyright: ignore[reportArgumentType]
    torch.manual_seed(0)
    ours = build_model("tiny")
    theirs = build_model("tiny")
    theirs.load_state_dict(ours.state_dict())
    descent = Descent(ours, config)
    matrices = [p for p in theirs.parameters() if p.ndim > 1]
    others = [p for p in theirs.parameters() if p.ndim <= 1]
    optimizer = torch.optim.SGD(
        [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others}],
        lr=0.1,
        momentum=config.momentum,
        nesterov=config.nesterov and config.momentum > 0,
        fused=True,
    )
    for step in range(4):
        images, labels = torch.rand(8, 1, 28, 28), torch.randint(10, (8,))
        rate = 0.1 / (step + 1)
        optimizer.param_groups[0]["lr"] = optimizer.param_groups[1]["lr"] = rate
        for model in (ours, theirs):
            model.zero_grad()
            torch.manual_seed(step)  # of dropout
            F.cross_entropy(model(images), labels).backward()
        descent.step(rate)
        optimizer.step()
        descent.forget_gradients()
        assert all(parameter.grad is None for parameter in ours.parameters())
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            assert torch.equal(one, other)


def test_no_compiler_is_loaded_to_train() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _TRAINED_WITHOUT],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"
