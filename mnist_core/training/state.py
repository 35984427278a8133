"""Everything that training changes, and all that going on needs."""

import copy
import itertools
from collections.abc import Mapping
from typing import Final

import torch
from torch import Tensor, nn
from torch.optim.sgd import sgd
from torch.optim.swa_utils import get_ema_multi_avg_fn

from mnist_core.checkpoints.weights import in_quick_order
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError
from mnist_core.models import build_model, with_names_of_today
from mnist_core.records import Count, NotNegative, Real, Record
from mnist_core.runs.events import Epoch
from mnist_core.training.randomness import mix

_MOMENTUM: Final = "momentum_buffer"


class Numbers(Record, frozen=True, kw_only=True):
    """What training changes besides tensors; the sums are the epoch's own.

    `steps_before`: those of the run that this one grew from. `last_epoch`: what is told of the
    last epoch that is over, which is told again where the process was killed before it had.
    """

    step: Count
    seconds: NotNegative
    learning_rate: NotNegative
    epoch_loss: Real
    epoch_correct: Count
    epoch_seen: Count
    steps_before: Count = 0
    last_epoch: Epoch | None = None


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
        self.model = in_quick_order(model.to(self.device))
        self.averaged = copy.deepcopy(self.model) if config.ema_decay else None
        self._averages = [] if self.averaged is None else _floats(self.averaged)
        self._weights = _floats(self.model)
        self.descent = Descent(self.model, config)
        self.step = 0
        self.steps_before = 0  # those of the run that this one grew from
        self.last_epoch: Epoch | None = None
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
        momenta = self.descent.tensors()
        return found | {f"optimizer.{name}": value for name, value in momenta.items()}

    def numbers(self) -> Numbers:
        return Numbers(
            step=self.step,
            steps_before=self.steps_before,
            seconds=self.seconds,
            learning_rate=self.learning_rate,
            epoch_loss=float(self.epoch_loss),
            epoch_correct=int(self.epoch_correct),
            epoch_seen=self.epoch_seen,
            last_epoch=self.last_epoch,
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
        self.descent.restore(parts["optimizer"])
        self.step, self.steps_before = numbers.step, numbers.steps_before
        self.seconds = numbers.seconds
        self.learning_rate = numbers.learning_rate
        self.epoch_loss, self.epoch_correct = numbers.epoch_loss, numbers.epoch_correct
        self.epoch_seen = numbers.epoch_seen
        self.last_epoch = numbers.last_epoch


class Descent:
    """Stochastic gradient descent: changes weights by their gradients, keeps each one's momentum.

    It computes what `torch.optim.SGD(..., fused=True)` does, bit for bit, by the same function.
    Making one of torch's optimizer objects would load its compiler, which nothing here uses: one to
    two seconds and a hundred megabytes for every process that trains.
    """

    def __init__(self, model: nn.Module, config: TrainConfig) -> None:
        parameters: list[Tensor] = list(model.parameters())
        weights = [p for p in parameters if p.ndim > 1]
        others = [p for p in parameters if p.ndim <= 1]  # biases and batch norm's scales
        self._momentum = config.momentum
        self._is_nesterov = config.nesterov and config.momentum > 0
        self._groups = [(weights, config.weight_decay), (others, 0.0)]
        self._velocities: list[list[Tensor | None]] = [
            [None] * len(group) if config.momentum else [] for group, _ in self._groups
        ]

    def forget_gradients(self) -> None:
        """Begin anew with the sums of gradients."""
        for group, _ in self._groups:
            for parameter in group:
                parameter.grad = None

    @torch.no_grad()
    def step(self, learning_rate: float) -> None:
        """Change each weight by its gradient and momentum."""
        for (group, weight_decay), velocities in zip(self._groups, self._velocities, strict=True):
            sgd(
                group,
                [p.grad for p in group if p.grad is not None],
                velocities,
                fused=True,
                weight_decay=weight_decay,
                momentum=self._momentum,
                lr=learning_rate,
                dampening=0.0,
                nesterov=self._is_nesterov,
                maximize=False,
            )

    def tensors(self) -> dict[str, Tensor]:
        """Return the momenta by the number of their weight: those of matrices come first."""
        velocities = [velocity for group in self._velocities for velocity in group]
        return {
            f"{number}.{_MOMENTUM}": velocity
            for number, velocity in enumerate(velocities)
            if velocity is not None
        }

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take momenta back that `tensors` returned; raises `KeyError` where one is missing."""
        if not tensors:  # of a run that has made no step, or has no momentum
            return
        number = itertools.count()
        for (group, _), velocities in zip(self._groups, self._velocities, strict=True):
            # Steps walk weight and momentum side by side: they must lie alike in memory.
            velocities[:] = [
                torch.empty_like(weight).copy_(tensors[f"{next(number)}.{_MOMENTUM}"])
                for weight in group
            ]


def choose_device(name: str) -> torch.device:
    """Return the device for "cpu", "cuda" or "auto"; raises `ConfigError` where there is none."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("There is no GPU that torch can use here; choose the device auto or cpu.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _floats(model: nn.Module) -> list[Tensor]:
    """Return the weights and batch norm's statistics, without its counter of batches."""
    tensors = itertools.chain(model.parameters(), model.buffers())
    return [tensor.detach() for tensor in tensors if tensor.is_floating_point()]


def describe_device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
