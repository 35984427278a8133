"""Everything that training changes, and all that going on needs."""

import copy
import itertools

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError
from mnist_core.models import build_model, with_names_of_today
from mnist_core.records import Count, NotNegative, Real, Record
from mnist_core.training.randomness import mix


class Numbers(Record, frozen=True, kw_only=True):
    """What training changes besides tensors; the sums are the epoch's own.

    `steps_before`: those of the run that this one grew from.
    """

    step: Count
    seconds: NotNegative
    learning_rate: NotNegative
    epoch_loss: Real
    epoch_correct: Count
    epoch_seen: Count
    steps_before: Count = 0


def first_network(config: TrainConfig) -> nn.Module:
    """Return the network as a run of these settings begins with it: its seed's random weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(mix(config.seed, "weights"))
        return build_model(config.model, dropout=config.dropout)


class TrainState:
    """Everything that training changes; `tensors` and `numbers` are all that going on needs."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.device = choose_device(config.device)
        model = first_network(config)
        self.draws_dropout = any(
            isinstance(layer, nn.Dropout2d) and layer.p > 0 for layer in model.modules()
        )
        self.model = model.to(self.device).to(memory_format=torch.channels_last)  # pyright: ignore
        self.averaged = copy.deepcopy(self.model) if config.ema_decay else None
        self._averages = [] if self.averaged is None else _floats(self.averaged)
        self._weights = _floats(self.model)
        self.optimizer = _make_optimizer(self.model, config)
        self.step = 0
        self.steps_before = 0  # those of the run that this one grew from
        self.seconds = 0.0
        self.learning_rate = config.learning_rate  # the schedule's highest; may be changed
        self.stop_is_requested = False
        self.is_the_end = False
        self.reports_each_step = False
        self.begin_epoch()

    def begin_epoch(self) -> None:
        """Set the running sums of the epoch back; they are read off the device at its end."""
        self.epoch_loss: Tensor | float = 0.0
        self.epoch_correct: Tensor | int = 0
        self.epoch_seen = 0

    def average(self) -> None:
        """Move the averaged weights towards those just trained, more quickly at the start."""
        if self.averaged is None:
            return
        decay = min(self.config.ema_decay, (1 + self.step) / (10 + self.step))
        get_ema_multi_avg_fn(decay)(self._averages, self._weights, self.step)

    @property
    def result(self) -> nn.Module:
        """The network that is measured and saved: the averaged one where weights are averaged."""
        return self.model if self.averaged is None else self.averaged

    def tensors(self) -> dict[str, Tensor]:
        found = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.averaged is not None:
            averaged = self.averaged.state_dict()
            found |= {f"averaged.{name}": value for name, value in averaged.items()}
        for index, values in self.optimizer.state_dict()["state"].items():
            found |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
        return found

    def numbers(self) -> Numbers:
        return Numbers(
            step=self.step,
            steps_before=self.steps_before,
            seconds=self.seconds,
            learning_rate=self.learning_rate,
            epoch_loss=float(self.epoch_loss),
            epoch_correct=int(self.epoch_correct),
            epoch_seen=self.epoch_seen,
        )

    def restore(self, tensors: dict[str, Tensor], numbers: Numbers) -> None:
        """Go back to what `tensors()` and `numbers()` returned; the configuration is the same."""
        parts: dict[str, dict[str, Tensor]] = {"model": {}, "averaged": {}, "optimizer": {}}
        for name, value in tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = value
        for model, part in ((self.model, "model"), (self.averaged, "averaged")):
            if model is not None:
                model.load_state_dict(with_names_of_today(parts[part], self.config.model))
        weights = [p for group in self.optimizer.param_groups for p in group["params"]]
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in parts["optimizer"].items():
            index, _, key = name.partition(".")
            # Fused steps walk weight and momentum side by side: they must lie alike in memory.
            alike = torch.empty_like(weights[int(index)]).copy_(value)
            state.setdefault(int(index), {})[key] = alike
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})
        self.step, self.steps_before = numbers.step, numbers.steps_before
        self.seconds = numbers.seconds
        self.learning_rate = numbers.learning_rate
        self.epoch_loss, self.epoch_correct = numbers.epoch_loss, numbers.epoch_correct
        self.epoch_seen = numbers.epoch_seen


def choose_device(name: str) -> torch.device:
    """Return the device for "cpu", "cuda" or "auto"; raises `ConfigError` where there is none."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("There is no GPU that torch can use here; choose the device auto or cpu.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _make_optimizer(model: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    weights = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]  # biases and batch norm's scales
    return torch.optim.SGD(
        [
            {"params": weights, "weight_decay": config.weight_decay},
            {"params": others, "weight_decay": 0.0},
        ],
        lr=config.learning_rate,
        momentum=config.momentum,
        nesterov=config.nesterov and config.momentum > 0,
        fused=True,
    )


def _floats(model: nn.Module) -> list[Tensor]:
    """Return the weights and batch norm's statistics, without its counter of batches."""
    tensors = itertools.chain(model.parameters(), model.buffers())
    return [tensor.detach() for tensor in tensors if tensor.is_floating_point()]


def describe_device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
