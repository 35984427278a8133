"""What a run has said so far, sorted for those who draw it. Knows nothing of torch."""

import math
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mnist_core.errors import RecordError
from mnist_core.files import last_changed
from mnist_core.runs.changes import Change, Changes
from mnist_core.runs.events import (
    Epoch,
    Event,
    Failed,
    Finished,
    LearningRateChanged,
    LearningRateFound,
    Paused,
    Preparing,
    Started,
    Step,
    decode,
)
from mnist_core.runs.log import EventReader, open_events
from mnist_core.runs.run import Run

SMOOTHING_WINDOW: Final = 0.5
"""Epochs of losses that a point of their smoothed course is drawn from."""

_FEWEST_SMOOTHED: Final = 7
_SMALLEST_LOSS: Final = 1e-9
_HIGHEST: Final = 700.0
"""Of a loss's logarithm: beyond it there is no number."""

_OF_CHANGES: Final = tuple(
    f'{{"event":"{kind}"'.encode()
    for kind in ("started", "paused", "resumed", "learningratechanged", "finished")
)
"""How a line begins that tells of a change; `encode` writes the event's name first."""


@dataclass
class History:
    """What a run has said so far, sorted for those who draw it.

    `num_skipped` counts the lines that could not be read.
    """

    preparing: Preparing | None = None
    started: Started | None = None
    steps: list[Step] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    paused: Paused | None = None
    learning_rates: list[LearningRateChanged] = field(default_factory=list)
    finished: Finished | None = None
    learning_rate_found: LearningRateFound | None = None
    failed: Failed | None = None
    num_skipped: int = 0
    _changes: Changes = field(default_factory=Changes)

    @property
    def changes(self) -> list[Change]:
        """What was done to it while it trained, in order."""
        return self._changes.found

    def extend(self, events: Iterable[Event]) -> None:
        for event in events:
            self._changes.extend([event])
            match event:
                case Preparing():
                    self.preparing = event
                case Started():
                    self._go_on_from(event)
                case Step():
                    self.steps.append(event)
                case Epoch():
                    # Far from its folder a run that goes on cannot see that it has told this one.
                    if all(epoch.step != event.step for epoch in self.epochs[-1:]):
                        self.epochs.append(event)
                case Paused():
                    self.paused = event
                case LearningRateChanged():
                    self.learning_rates.append(event)
                case LearningRateFound():
                    self.learning_rate_found = event
                case Finished():
                    self.finished, self.preparing = event, None
                case Failed():
                    self.failed = event
                case _:
                    pass

    def _go_on_from(self, started: Started) -> None:
        # A run that goes on from its last saved state repeats steps a killed process had made.
        self.started, self.finished, self.failed, self.paused = started, None, None, None
        self.preparing = None
        self.steps = [step for step in self.steps if step.step <= started.first_step]
        self.epochs = [epoch for epoch in self.epochs if epoch.step <= started.first_step]

    @property
    def num_steps_done(self) -> int:
        last_epoch = self.epochs[-1].step if self.epochs else 0
        last_step = self.steps[-1].step if self.steps else 0
        first = self.started.first_step if self.started else 0
        # Not every step is told, but that of a pause is.
        last_pause = self.paused.step if self.paused else 0
        return max(last_epoch, last_step, first, last_pause)

    @property
    def fraction_done(self) -> float:
        return self.num_steps_done / self.started.num_steps if self.started else 0.0

    @property
    def seconds(self) -> float:
        last = [records[-1].seconds for records in (self.steps, self.epochs) if records]
        return max(last, default=0.0)

    @property
    def seconds_left(self) -> float | None:
        """Return the training time to come at this process's own pace, or None if unknown."""
        if self.started is None or self.finished is not None:
            return None
        here = [step for step in self.steps[-50:] if step.step > self.started.first_step]
        if len(here) < 2 or here[-1].step == here[0].step:
            return None
        pace = (here[-1].seconds - here[0].seconds) / (here[-1].step - here[0].step)
        return pace * (self.started.num_steps - self.num_steps_done)


def read_history(run: Run) -> History:
    """Return all that the run has said so far; raises `RecordError` where that cannot be read."""
    history, reader = History(), EventReader(run)
    history.extend(reader.read())
    history.num_skipped = reader.num_skipped
    return history


def read_changes(run: Run) -> tuple[Change, ...]:
    """Return what was done to the run while it trained, kept until it says something new.

    Raises `RecordError` where what it said cannot be read.
    """
    return _read_changes(run.events_path, last_changed(run.events_path))


@lru_cache(maxsize=512)
def _read_changes(path: Path, modified: int) -> tuple[Change, ...]:
    changes = Changes()
    try:
        with open_events(path) as file:
            # Steps and epochs are most of the file, and say nothing of this.
            lines = [line for line in file if line.startswith(_OF_CHANGES) and line.endswith(b"\n")]
    except FileNotFoundError:
        return ()
    for line in lines:
        with suppress(RecordError):
            if (event := decode(line)) is not None:
                changes.extend([event])
    return tuple(changes.found)


def smooth_loss(
    epochs: Sequence[float],
    losses: Sequence[float],
    *,
    window: float = SMOOTHING_WINDOW,
    at: Sequence[int] | None = None,
) -> list[float]:
    """Return the course of the losses, at the places `at` among them (default: at all).

    Each value is that of a line fitted to the logarithm of the losses around it, the near ones
    counting most, so that about half of them lie on each side of it, where they fall steeply too
    (local regression: Cleveland, "Robust locally weighted regression", 1979). `window`: in epochs,
    so that runs with other batches compare; it is wider where it would hold fewer than seven.
    """
    x = np.asarray(epochs, float)
    y = np.log(np.maximum(np.asarray(losses, float), _SMALLEST_LOSS))
    course: list[float] = []
    for place in range(len(x)) if at is None else at:
        around = _around(x, place, window)
        near = x[around] - x[place]
        width = max(window / 2, float(np.abs(near).max())) * 1.001
        weights = (1 - (np.abs(near) / width) ** 3) ** 3
        height = _line_at_zero(near, y[around], weights)
        course.append(math.exp(min(max(height, -_HIGHEST), _HIGHEST)))
    return course


def _around(x: NDArray[np.float64], place: int, window: float) -> slice:
    """Return where `x` lies within half the window of a place, and seven places at the least."""
    first = int(np.searchsorted(x, x[place] - window / 2))
    last = int(np.searchsorted(x, x[place] + window / 2, side="right"))
    least = min(_FEWEST_SMOOTHED, len(x))
    nearest = min(max(place - least // 2, 0), len(x) - least)
    return slice(min(first, nearest), max(last, nearest + least))


def _line_at_zero(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    """Return the height at x = 0 of the line fitted to weighted points; their mean if at one x."""
    total = weights.sum()
    mean_x, mean_y = weights @ x / total, weights @ y / total
    spread = weights @ (x - mean_x) ** 2
    slope = weights @ ((x - mean_x) * (y - mean_y)) / spread if spread > 0 else 0.0
    return float(mean_y - slope * mean_x)


def smooth(values: Sequence[float], weight: float) -> list[float]:
    """Return the exponential moving average, with its bias towards the start at zero corrected.

    The first value is the first of `values`; `weight` in [0, 1) is the share of the past
    (Kingma and Ba, "Adam", 2015, section 3, on the bias of such averages).
    """
    smoothed: list[float] = []
    average, past = 0.0, 1.0
    for value in values:
        average = weight * average + (1 - weight) * value
        past *= weight
        smoothed.append(average / (1 - past))
    return smoothed
