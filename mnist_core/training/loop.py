"""The training loop: a generator of events over a state that its consumer may save or stop.

Between any two events nothing is half done: the consumer may save the state and go away, and a
run that goes on from it equals, bit for bit, one that never stopped. For that, all randomness
is a function of (seed, purpose, position), never of what was drawn before.

B images a batch, (B, 1, 28, 28); an epoch is one permutation of the training images, a batch a
slice of it; augmentation is applied to chunks of several batches.
"""

import math
import platform
import time
from collections.abc import Iterator
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import Digits
from mnist_core.evaluation.evaluate import Evaluation, evaluate
from mnist_core.models import count_parameters
from mnist_core.runs.events import TICK, Epoch, Event, Failed, Finished, Mistake, Started, Step
from mnist_core.strokes.redrawn import Redrawn
from mnist_core.training.batches import batches, epoch_size
from mnist_core.training.randomness import mix, seed_dropout
from mnist_core.training.state import TrainState, describe_device

_STEPS_PER_REPORT: Final = 10
_NUM_MISTAKES: Final = 6

_NUM_STEPS_TO_LEARN: Final = 300
"""A network that still gives every image the same answer after so many steps has collapsed."""


def train(
    state: TrainState,
    digits: Digits,
    probe: Tensor | None = None,
    strokes: Redrawn | None = None,
) -> Iterator[Event]:
    """Train from where `state` stands to the end of its configuration, or to a requested stop.

    Yields after every batch (mostly `Tick`), so that the consumer can act within one: set
    `state.stop_is_requested` to end early with the result so far, or wait as long as it likes.
    The test set is measured when training is complete, or where `state.is_the_end`.
    Ends with `Finished`, or with `Failed` when the loss is no longer a number or the network
    has collapsed; the state is then unfit to be saved. `probe` (1, 1, 28, 28) uint8 is an image
    to be classified after each epoch; `strokes` are drawn as often as the configuration says and
    trained on beside the data set. Reseeds torch's global generators, which dropout draws from.
    """
    config = state.config
    images, labels = (tensor.to(state.device) for tensor in digits.train)
    num_images = epoch_size(len(images), config, strokes)
    steps_per_epoch = -(-num_images // config.batch_size)
    num_steps = config.epochs * steps_per_epoch
    if not state.is_the_end:
        num_watch = len(digits.watch[0])
        yield started_event(state, num_images, num_watch=num_watch, num_steps=num_steps)
    coming = batches(images, labels, config, state.step, strokes)
    reported_step, reported_seconds = state.step, state.seconds
    while True:
        if state.epoch_seen == num_images:
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
        gradient_norm = _gradient_norm(state.model)
        if not math.isfinite(loss.item() + gradient_norm):
            yield Failed(message=_not_a_number(state, steps_per_epoch))
            return
        yield Step(
            step=state.step,
            epoch=state.step / steps_per_epoch,
            loss=loss.item(),
            learning_rate=learning_rate,
            gradient_norm=gradient_norm,
            images_per_second=_pace(state, reported_step, reported_seconds),
            seconds=state.seconds,
        )
        reported_step, reported_seconds = state.step, state.seconds
    yield _end(state, digits, num_images, num_steps)


def _pace(state: TrainState, step: int, seconds: float) -> float:
    """Return the images a second since that step, at so many seconds of training."""
    return (state.step - step) * state.config.batch_size / (state.seconds - seconds)


def started_event(state: TrainState, num_train: int, *, num_watch: int, num_steps: int) -> Started:
    """Return the event that begins a run of `num_steps` steps on `num_train` images."""
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


def versions() -> dict[str, str]:
    """Return what the weights depend on besides the configuration and the machine."""
    return {"python": platform.python_version(), "torch": str(torch.__version__)}


def train_step(state: TrainState, images: Tensor, labels: Tensor, learning_rate: float) -> Tensor:
    """Make one step of gradient descent; return the batch's loss, still on its device."""
    config = state.config
    if state.draws_dropout:
        seed_dropout(mix(config.seed, "dropout", state.step), state.device)
    state.descent.forget_gradients()
    logits = state.model(images)
    loss = F.cross_entropy(logits, labels, label_smoothing=config.label_smoothing)
    loss.backward()
    state.descent.step(learning_rate)
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
    state.last_epoch = event
    state.begin_epoch()
    return event


def _end(state: TrainState, digits: Digits, epoch_size: int, num_steps: int) -> Finished | Failed:
    """Measure the weights as they are; return the event that ends the run.

    The test set waits until nothing can be chosen by it any more; until then the images that are
    watched stand in for it.
    """
    steps_per_epoch = -(-epoch_size // state.config.batch_size)
    is_complete = state.step == num_steps
    is_over = is_complete or state.is_the_end
    tested = evaluate(state.result, *digits.test) if is_over else None
    watched = None if is_complete else evaluate(state.result, *digits.watch)
    if not all(math.isfinite(found.loss) for found in (tested, watched) if found):
        return Failed(message=_not_a_number(state, steps_per_epoch))
    num_epochs_here = state.step // steps_per_epoch - state.steps_before // steps_per_epoch
    num_images = num_epochs_here * epoch_size + state.epoch_seen
    return Finished(
        is_complete=is_complete,
        is_the_end=state.is_the_end and not is_complete,
        epochs=_count_epochs(state.step, steps_per_epoch),
        step=state.step,
        test_loss=tested.loss if tested else None,
        test_accuracy=tested.accuracy if tested else None,
        test_correct=tested.correct if tested else None,
        test_total=tested.total if tested else None,
        seconds=state.seconds,
        images_per_second=num_images / max(state.seconds, 1e-9),
        watch_loss=watched.loss if watched else None,
        watch_accuracy=watched.accuracy if watched else None,
    )


def _count_epochs(step: int, steps_per_epoch: int) -> float:
    """Return the epochs of so many steps, a whole number only where the last one is over."""
    whole, more = divmod(step, steps_per_epoch)
    return round(step / steps_per_epoch, 4) if more else whole


def _first_kernels(model: nn.Module) -> tuple[tuple[tuple[float, ...], ...], ...]:
    first = next(layer for layer in model.modules() if isinstance(layer, nn.Conv2d))
    kernels = first.weight.detach()[:, 0].cpu().tolist()
    return tuple(tuple(tuple(round(x, 4) for x in row) for row in kernel) for kernel in kernels)


def _worst_mistakes(watched: Evaluation, images: Tensor, labels: Tensor) -> tuple[Mistake, ...]:
    wrong = (watched.answers != labels).nonzero()[:, 0]
    worst = wrong[watched.losses[wrong].argsort(descending=True)[:_NUM_MISTAKES]]
    return tuple(
        Mistake(
            image=images[index].numpy().tobytes(),
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


def _gradient_norm(model: nn.Module) -> float:
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    return torch.nn.utils.get_total_norm(gradients).item()
