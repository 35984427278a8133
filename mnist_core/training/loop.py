"""The training loop: a generator of events over a state that its consumer may save or stop.

Between any two events nothing is half done: the consumer may save the state and go away, and a
run that goes on from it equals, bit for bit, one that never stopped. For that, all randomness
is a function of (seed, purpose, position), never of what was drawn before.

B images a batch, (B, 1, 28, 28); an epoch is one permutation of the training images, a batch a
slice of it; augmentation is applied to chunks of several batches.
"""

import base64
import copy
import hashlib
import itertools
import math
import platform
import time
from collections.abc import Iterator
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from mnist_core.config.settings import TrainConfig
from mnist_core.data.augment import augment
from mnist_core.data.datasets import Digits
from mnist_core.errors import ConfigError
from mnist_core.evaluation.evaluate import Evaluation, evaluate
from mnist_core.models import build_model, count_parameters
from mnist_core.runs.events import TICK, Epoch, Event, Failed, Finished, Mistake, Started, Step

_CHUNK: Final = 2048
"""Images augmented at a time: enough to be quick, little enough to stay near the processor."""

_STEPS_PER_REPORT: Final = 10
_NUM_MISTAKES: Final = 6

_NUM_STEPS_TO_LEARN: Final = 300
"""A network that still gives every image the same answer after so many steps has collapsed."""


class TrainState:
    """Everything that training changes; `tensors` and `numbers` are all that going on needs."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.device = choose_device(config.device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_mix(config.seed, "weights"))
            model = build_model(config.model, dropout=config.dropout)
        self.model = model.to(self.device).to(memory_format=torch.channels_last)  # pyright: ignore
        self.averaged = copy.deepcopy(self.model) if config.ema_decay else None
        self._averages = [] if self.averaged is None else _floats(self.averaged)
        self._weights = _floats(self.model)
        self.optimizer = _make_optimizer(self.model, config)
        self.step = 0
        self.seconds = 0.0
        self.learning_rate = config.learning_rate  # the schedule's highest; may be changed
        self.stop_is_requested = False
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
        """The network that counts: the averaged one where weights are averaged."""
        return self.model if self.averaged is None else self.averaged

    def tensors(self) -> dict[str, Tensor]:
        found = {f"model.{name}": value for name, value in self.model.state_dict().items()}
        if self.averaged is not None:
            averaged = self.averaged.state_dict()
            found |= {f"averaged.{name}": value for name, value in averaged.items()}
        for index, values in self.optimizer.state_dict()["state"].items():
            found |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
        return found

    def numbers(self) -> dict[str, float | int]:
        return {
            "step": self.step,
            "seconds": self.seconds,
            "learning_rate": self.learning_rate,
            "epoch_loss": float(self.epoch_loss),
            "epoch_correct": int(self.epoch_correct),
            "epoch_seen": self.epoch_seen,
        }

    def restore(self, tensors: dict[str, Tensor], numbers: dict[str, float | int]) -> None:
        """Go back to what `tensors()` and `numbers()` returned; the configuration is the same."""
        parts: dict[str, dict[str, Tensor]] = {"model": {}, "averaged": {}, "optimizer": {}}
        for name, value in tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = value
        self.model.load_state_dict(parts["model"])
        if self.averaged is not None:
            self.averaged.load_state_dict(parts["averaged"])
        weights = [p for group in self.optimizer.param_groups for p in group["params"]]
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in parts["optimizer"].items():
            index, _, key = name.partition(".")
            # Fused steps walk weight and momentum side by side: they must lie alike in memory.
            alike = torch.empty_like(weights[int(index)]).copy_(value)
            state.setdefault(int(index), {})[key] = alike
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})
        for name, number in numbers.items():
            setattr(self, name, number)


def train(state: TrainState, digits: Digits, probe: Tensor | None = None) -> Iterator[Event]:
    """Train from where `state` stands to the end of its configuration, or to a requested stop.

    Yields after every batch (mostly `Tick`), so that the consumer can act within one: set
    `state.stop_is_requested` to end early with the result so far, or wait as long as it likes.
    Ends with `Finished`, or with `Failed` when the loss is no longer a number or the network
    has collapsed; the state is then unfit to be saved. `probe` (1, 1, 28, 28) uint8 is an image
    to be classified after each epoch. Reseeds torch's global generators, which dropout draws from.
    """
    config = state.config
    images, labels = (tensor.to(state.device) for tensor in digits.train)
    steps_per_epoch = -(-len(images) // config.batch_size)
    num_steps = config.epochs * steps_per_epoch
    yield first_word(state, len(images), num_watch=len(digits.watch[0]), num_steps=num_steps)
    coming = batches(images, labels, config, state.step)
    reported_step, reported_seconds = state.step, state.seconds
    while True:
        if state.epoch_seen == len(images):
            event = _end_epoch(state, digits, probe, state.step // steps_per_epoch)
            yield event
            if isinstance(event, Failed):
                return
            continue
        if state.step == num_steps or state.stop_is_requested:
            break
        share = share_of_learning_rate(state.step, num_steps, config)
        learning_rate = state.learning_rate * share
        started = time.perf_counter()
        loss = train_step(state, *next(coming), learning_rate)
        state.seconds += time.perf_counter() - started
        # The first step is told at once, so that a person sees that something happens.
        is_told = state.step % _STEPS_PER_REPORT == 0 or state.step in (1, num_steps)
        if not is_told and not state.reports_each_step:
            yield TICK
            continue
        if not loss.isfinite():
            yield Failed(message=_not_a_number(state, steps_per_epoch))
            return
        num_images = (state.step - reported_step) * config.batch_size
        yield Step(
            step=state.step,
            epoch=state.step / steps_per_epoch,
            loss=loss.item(),
            learning_rate=learning_rate,
            gradient_norm=_gradient_norm(state.model),
            images_per_second=num_images / (state.seconds - reported_seconds),
            seconds=state.seconds,
        )
        reported_step, reported_seconds = state.step, state.seconds
    tested = evaluate(state.result, *digits.test)
    if not math.isfinite(tested.loss):
        yield Failed(message=_not_a_number(state, steps_per_epoch))
        return
    num_images = state.step // steps_per_epoch * len(images) + state.epoch_seen
    yield Finished(
        is_complete=state.step == num_steps,
        epochs=state.step // steps_per_epoch,
        step=state.step,
        test_loss=tested.loss,
        test_accuracy=tested.accuracy,
        test_correct=tested.correct,
        test_total=tested.total,
        seconds=state.seconds,
        images_per_second=num_images / max(state.seconds, 1e-9),
    )


def first_word(state: TrainState, num_train: int, *, num_watch: int, num_steps: int) -> Started:
    """Return the first word of a run that trains on `num_train` images for `num_steps` steps."""
    return Started(
        parameters=count_parameters(state.model),
        num_train=num_train,
        num_watch=num_watch,
        num_steps=num_steps,
        steps_per_epoch=-(-num_train // state.config.batch_size),
        first_step=state.step,
        device=describe_device(state.device),
        threads=torch.get_num_threads(),
        versions=versions(),
    )


def share_of_learning_rate(step: int, num_steps: int, config: TrainConfig) -> float:
    """Return the share in (0, 1] of the highest learning rate at step `step`, counted from 0."""
    if config.schedule == "constant":
        return 1.0
    num_rising = config.warmup * num_steps
    if step < num_rising:
        return (step + 1) / (num_rising + 1)
    fallen = (step - num_rising) / (num_steps - num_rising)
    return (1 + math.cos(math.pi * fallen)) / 2


def choose_device(name: str) -> torch.device:
    """Return the device for "cpu", "cuda" or "auto"; raises `ConfigError` where there is none."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("There is no GPU that torch can use here; choose the device auto or cpu.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def versions() -> dict[str, str]:
    """Return what the weights depend on besides the configuration and the machine."""
    return {"python": platform.python_version(), "torch": str(torch.__version__)}


def train_step(state: TrainState, images: Tensor, labels: Tensor, learning_rate: float) -> Tensor:
    """Make one step of gradient descent; return the batch's loss, still on its device."""
    config = state.config
    if config.dropout:
        _seed_dropout(_mix(config.seed, "dropout", state.step), state.device)
    for group in state.optimizer.param_groups:
        group["lr"] = learning_rate
    state.optimizer.zero_grad()
    logits = state.model(images)
    loss = F.cross_entropy(logits, labels, label_smoothing=config.label_smoothing)
    loss.backward()
    state.optimizer.step()
    state.step += 1
    state.average()
    state.epoch_loss += loss.detach() * len(images)
    state.epoch_correct += (logits.detach().argmax(1) == labels).sum()
    state.epoch_seen += len(images)
    return loss.detach()


def _end_epoch(
    state: TrainState, digits: Digits, probe: Tensor | None, epoch: int
) -> Epoch | Failed:
    watched = evaluate(state.result, *digits.watch)
    train_loss = float(state.epoch_loss) / state.epoch_seen
    if not math.isfinite(train_loss + watched.loss):
        return Failed(message=_not_a_number(state, state.step // epoch))
    if watched.has_one_answer and state.step >= _NUM_STEPS_TO_LEARN:
        return Failed(
            message=f"After epoch {epoch} the network gives every image the same digit: it has"
            " collapsed. Train again with a lower learning rate, or with a longer warm-up."
        )
    event = Epoch(
        epoch=epoch,
        step=state.step,
        train_loss=train_loss,
        train_accuracy=100.0 * int(state.epoch_correct) / state.epoch_seen,
        watch_loss=watched.loss,
        watch_accuracy=watched.accuracy,
        seconds=state.seconds,
        confusion=watched.confusion,
        kernels=_first_kernels(state.result),
        mistakes=_worst_mistakes(watched, *digits.watch),
        probe=() if probe is None else _probabilities(state.result, probe),
    )
    state.begin_epoch()
    return event


def _first_kernels(model: nn.Module) -> tuple[tuple[tuple[float, ...], ...], ...]:
    first = next(layer for layer in model.modules() if isinstance(layer, nn.Conv2d))
    kernels = first.weight.detach()[:, 0].cpu().tolist()
    return tuple(tuple(tuple(round(x, 4) for x in row) for row in kernel) for kernel in kernels)


def _worst_mistakes(watched: Evaluation, images: Tensor, labels: Tensor) -> tuple[Mistake, ...]:
    wrong = (watched.answers != labels).nonzero()[:, 0]
    worst = wrong[watched.losses[wrong].argsort(descending=True)[:_NUM_MISTAKES]]
    return tuple(
        Mistake(
            image=base64.b64encode(images[index].numpy().tobytes()).decode(),
            truth=int(labels[index]),
            answer=int(watched.answers[index]),
        )
        for index in worst
    )


def _probabilities(model: nn.Module, image: Tensor) -> tuple[float, ...]:
    """Return the ten probabilities of one image (1, 1, 28, 28) uint8."""
    was_training = model.training
    device = next(model.parameters()).device
    with torch.inference_mode():
        found = model.eval()(image.to(device).float() / 255).softmax(1)[0].tolist()
    model.train(was_training)
    return tuple(round(probability, 6) for probability in found)


def _not_a_number(state: TrainState, steps_per_epoch: int) -> str:
    return (
        f"In epoch {state.step / steps_per_epoch:.1f} the loss was no longer a number: the steps"
        f" were too large. Train again with a learning rate below {state.config.learning_rate:g}."
    )


def batches(
    images: Tensor, labels: Tensor, config: TrainConfig, step: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield augmented batches for ever, beginning with that of step `step` of the run."""
    size = config.batch_size
    batches_per_chunk = max(1, _CHUNK // size)
    first_epoch, first_batch = divmod(step, -(-len(images) // size))
    for epoch in itertools.count(first_epoch):
        order = torch.randperm(len(images), generator=_generator(config.seed, "order", epoch))
        chunks = order.to(images.device).split(batches_per_chunk * size)
        for index in range(first_batch // batches_per_chunk, len(chunks)):
            chosen = chunks[index]
            augmented = augment(
                images.index_select(0, chosen),
                _generator(config.seed, "augmentation", epoch, index, device=images.device),
                rotation=config.rotation,
                shift=config.shift,
                scale=config.scale,
                shear=config.shear,
                elastic=config.elastic,
                thickness=config.thickness,
            )
            cut = zip(augmented.split(size), labels[chosen].split(size), strict=True)
            skipped = max(0, first_batch - index * batches_per_chunk)
            yield from itertools.islice(cut, skipped, None)
        first_batch = 0


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


def _seed_dropout(seed: int, device: torch.device) -> None:
    """Seed what dropout draws from; `torch.manual_seed` seeds all devices, at 50 times the cost."""
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


def _floats(model: nn.Module) -> list[Tensor]:
    """Return the weights and batch norm's statistics, without its counter of batches."""
    tensors = itertools.chain(model.parameters(), model.buffers())
    return [tensor.detach() for tensor in tensors if tensor.is_floating_point()]


def _gradient_norm(model: nn.Module) -> float:
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    return torch.nn.utils.get_total_norm(gradients).item()


def _generator(
    seed: int, *purpose: str | int, device: torch.device | None = None
) -> torch.Generator:
    return torch.Generator(device or "cpu").manual_seed(_mix(seed, *purpose))


def _mix(seed: int, *purpose: str | int) -> int:
    """Return a 63-bit seed that differs for every seed, purpose and position."""
    text = "/".join(map(str, (seed, *purpose)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest()) >> 1


def describe_device(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
