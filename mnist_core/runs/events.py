"""What a run says: typed records, one JSON line each in the run's folder.

Standard library only. Accuracies are percent, times are seconds of training alone.
"""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, kw_only=True)
class Preparing:
    """What the run is busy with besides training: fetching or reading data, calibrating.

    `fraction` of it lies in [0, 1] where it is known.
    """

    message: str
    fraction: float | None = None


@dataclass(frozen=True, kw_only=True)
class Started:
    """Training begins, or goes on from `first_step` where a run was resumed."""

    parameters: int
    num_train: int
    num_watch: int
    num_steps: int
    steps_per_epoch: int
    first_step: int
    device: str
    threads: int
    versions: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Step:
    """Numbers read after step `step` (counted from 1 over the whole run).

    `images_per_second` is over the steps since the last such record.
    """

    step: int
    epoch: float
    loss: float
    learning_rate: float
    gradient_norm: float
    images_per_second: float
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A watched image that the network misreads; `image` is base64 of its 28×28 bytes."""

    image: str
    truth: int
    answer: int


@dataclass(frozen=True, kw_only=True)
class Epoch:
    """An epoch is over. `watch_*` are of the images the run watches, with averaged weights.

    `train_*` are running means over the epoch's own (augmented, dropped-out) batches.
    `confusion`: 10×10 counts of the watched images, rows are the truth. `kernels`: those of the
    first convolution, (channels, height, width). `mistakes`: those most surely misread.
    `probe`: ten probabilities of the run's probe drawing, where it has one.
    """

    epoch: int
    step: int
    train_loss: float
    train_accuracy: float
    watch_loss: float
    watch_accuracy: float
    seconds: float
    confusion: tuple[tuple[int, ...], ...] = ()
    kernels: tuple[tuple[tuple[float, ...], ...], ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    probe: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Paused:
    """The run waits after step `step`; all that going on needs is saved."""

    step: int


@dataclass(frozen=True, kw_only=True)
class Resumed:
    """The run goes on after a pause."""

    step: int


@dataclass(frozen=True, kw_only=True)
class LearningRateChanged:
    """From step `step` on, the schedule's highest learning rate is another."""

    step: int
    learning_rate: float


@dataclass(frozen=True, kw_only=True)
class Finished:
    """Training has ended after so many `epochs`, a whole number of them where it is complete.

    `test_*` are of the weights after the last step. They are None where the run was stopped:
    nobody looks at the test set before training is complete or a person says that this
    `is_the_end`. A run that was stopped tells `watch_*` of the images it watches instead.
    """

    is_complete: bool
    epochs: float
    step: int
    test_loss: float | None
    test_accuracy: float | None
    test_correct: int | None
    test_total: int | None
    seconds: float
    images_per_second: float
    watch_loss: float | None = None
    watch_accuracy: float | None = None
    is_the_end: bool = False

    @property
    def is_over(self) -> bool:
        """Whether it can no longer go on."""
        return self.is_complete or self.is_the_end


@dataclass(frozen=True, kw_only=True)
class Failed:
    """The run ended without a result, or with that of its last good epoch.

    `message` says what to do about it; where nobody foresaw the failure, `is_unexpected`.
    """

    message: str
    is_unexpected: bool = False


@dataclass(frozen=True)
class Tick:
    """A batch is done and nothing is to be recorded: a moment at which the run can be stopped."""


@dataclass(frozen=True, kw_only=True)
class LearningRateFound:
    """The learning-rate finder is done and suggests this as the schedule's highest."""

    learning_rate: float


@dataclass(frozen=True, kw_only=True)
class Scored:
    """A trial of a search is over: its weights after the last epoch, on the held-out images.

    `validation_accuracy` is percent, `seconds` are of training alone. The test set was not read.
    """

    parameters: int
    epochs: int
    validation_loss: float
    validation_accuracy: float
    seconds: float


Found = LearningRateFound | Scored
"""What a run ends with that looks for something, and leaves no network."""

Event = (
    Preparing
    | Started
    | Step
    | Epoch
    | Paused
    | Resumed
    | LearningRateChanged
    | Finished
    | LearningRateFound
    | Scored
    | Failed
    | Tick
)

TICK: Final = Tick()

_BY_NAME: Final[dict[str, type[Any]]] = {
    kind.__name__.lower(): kind
    for kind in (
        Preparing,
        Started,
        Step,
        Epoch,
        Paused,
        Resumed,
        LearningRateChanged,
        Finished,
        LearningRateFound,
        Scored,
        Failed,
    )
} | {"swept": LearningRateFound}  # what versions up to 0.2 called it


def encode(event: Event) -> str:
    """Return the event as one line of JSON, without the line's end."""
    record = {"event": type(event).__name__.lower(), **dataclasses.asdict(event)}
    return json.dumps(record, separators=(",", ":"))


def decode(line: str | bytes) -> Event | None:
    """Return the event of one line, or None for one that this version does not know."""
    record = json.loads(line)
    kind = _BY_NAME.get(record.pop("event", ""))
    if kind is Epoch:
        record["mistakes"] = tuple(Mistake(**values) for values in record.get("mistakes", ()))
        for name in ("confusion", "kernels", "probe"):
            record[name] = _to_tuples(record.get(name, ()))
    return None if kind is None else kind(**record)


def _to_tuples(value: Any) -> Any:
    return tuple(map(_to_tuples, value)) if isinstance(value, list | tuple) else value
