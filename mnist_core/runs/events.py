"""What a run says: typed records, one JSON line each in the run's folder.

Accuracies are percent, times are seconds of training alone. Needs msgspec only.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from mnist_core.config.settings import knobs
from mnist_core.errors import RecordError
from mnist_core.images import SIDE
from mnist_core.records import (
    Count,
    Digit,
    Epochs,
    NotNegative,
    Percent,
    Positive,
    Real,
    Record,
    Share,
    Text,
    Word,
    reason_of,
)

Pixels = Annotated[bytes, Meta(min_length=SIDE * SIDE, max_length=SIDE * SIDE)]
"""An image's 28×28 bytes; base64 in JSON."""


_RATE: Final = knobs()["learning_rate"]
Rate = Annotated[float, Meta(ge=_RATE.minimum, le=_RATE.maximum)]
"""The highest learning rate of a schedule, within the bounds of that setting."""


class _Said(Record, frozen=True, kw_only=True, tag_field="event", tag=str.lower):
    """A record with the name of its class in the field `event`, which stands first."""


class Preparing(_Said, frozen=True, kw_only=True):
    """What the run is busy with besides training: fetching or reading data, calibrating.

    `fraction` of it lies in [0, 1] where it is known.
    """

    message: Text
    fraction: Share | None = None


class Started(_Said, frozen=True, kw_only=True):
    """Training begins, or goes on from `first_step` where a run was resumed."""

    parameters: Count
    num_train: Positive
    num_watch: Count
    num_steps: Positive
    steps_per_epoch: Positive
    first_step: Count
    device: Word
    threads: Positive
    versions: dict[Word, Word]


class Step(_Said, frozen=True, kw_only=True):
    """Numbers read after step `step` (counted from 1 over the whole run).

    `images_per_second` is over the steps since the last such record.
    """

    step: Positive
    epoch: NotNegative
    loss: Real
    learning_rate: NotNegative
    gradient_norm: NotNegative
    images_per_second: NotNegative
    seconds: NotNegative


class Mistake(Record, frozen=True, kw_only=True):
    """A watched image that the network misreads."""

    image: Pixels
    truth: Digit
    answer: Digit


class Epoch(_Said, frozen=True, kw_only=True):
    """An epoch is over. `watch_*` are of the images the run watches, with averaged weights.

    `train_*` are running means over the epoch's own (augmented, dropped-out) batches.
    `confusion`: 10×10 counts of the watched images, rows are the truth. `kernels`: those of the
    first convolution, (channels, height, width). `mistakes`: those most surely misread.
    `probe`: ten probabilities of the run's probe drawing, where it has one.
    """

    epoch: Positive
    step: Positive
    train_loss: Real
    train_accuracy: Percent
    watch_loss: Real
    watch_accuracy: Percent
    seconds: NotNegative
    confusion: tuple[tuple[Count, ...], ...] = ()
    kernels: tuple[tuple[tuple[Real, ...], ...], ...] = ()
    mistakes: tuple[Mistake, ...] = ()
    probe: tuple[Share, ...] = ()

    def __post_init__(self) -> None:
        if self.confusion and {len(self.confusion), *map(len, self.confusion)} != {10}:
            raise ValueError("confusion is not 10×10")
        sizes = {(len(kernel), *map(len, kernel)) for kernel in self.kernels}
        if len(sizes) > 1 or any(0 in size for size in sizes):
            raise ValueError("kernels are not all of one size")
        if len(self.probe) not in (0, 10):
            raise ValueError("probe is not of ten digits")


class Paused(_Said, frozen=True, kw_only=True):
    """The run waits after step `step`; all that going on needs is saved."""

    step: Count


class Resumed(_Said, frozen=True, kw_only=True):
    """The run goes on after a pause."""

    step: Count


class LearningRateChanged(_Said, frozen=True, kw_only=True):
    """From step `step` on, the schedule's highest learning rate is another."""

    step: Count
    learning_rate: Rate


class Finished(_Said, frozen=True, kw_only=True):
    """Training has ended after so many `epochs`, a whole number of them where it is complete.

    `test_*` are of the weights after the last step. They are None where the run was stopped:
    nobody looks at the test set before training is complete or a person says that this
    `is_the_end`. A run that was stopped tells `watch_*` of the images it watches instead.
    """

    is_complete: bool
    epochs: Epochs
    step: Count
    test_loss: Real | None
    test_accuracy: Percent | None
    test_correct: Count | None
    test_total: Positive | None
    seconds: NotNegative
    images_per_second: NotNegative
    watch_loss: Real | None = None
    watch_accuracy: Percent | None = None
    is_the_end: bool = False

    def __post_init__(self) -> None:
        test = (self.test_loss, self.test_accuracy, self.test_correct, self.test_total)
        if None in test and set(test) != {None}:
            raise ValueError("it is half measured on the test set")

    @property
    def is_over(self) -> bool:
        """Whether it can no longer go on."""
        return self.is_complete or self.is_the_end


class Failed(_Said, frozen=True, kw_only=True):
    """The run ended without a result, or with that of its last good epoch.

    `message` says what to do about it; where nobody foresaw the failure, `is_unexpected`.
    """

    message: Text
    is_unexpected: bool = False


class Tick(Record, frozen=True, kw_only=True):
    """A batch is done and nothing is to be recorded: a moment at which the run can be stopped."""


class LearningRateFound(_Said, frozen=True, kw_only=True):
    """The learning-rate finder is done and suggests this as the schedule's highest."""

    learning_rate: Rate


class Scored(_Said, frozen=True, kw_only=True):
    """A trial of a search is over: its weights after the last epoch, on the held-out images.

    `validation_accuracy` is percent, `seconds` are of training alone. The test set was not read.
    """

    parameters: Count
    epochs: Positive
    validation_loss: Real
    validation_accuracy: Percent
    seconds: NotNegative


class _Swept(LearningRateFound, frozen=True, kw_only=True, tag="swept"):
    """What versions up to 0.2 called it."""


Found = LearningRateFound | Scored
"""What a run ends with that looks for something, and leaves no network."""

_Written = (
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
)

Event = _Written | Tick

TICK: Final = Tick()

_DECODER: Final = msgspec.json.Decoder(_Written | _Swept)
_KINDS: Final = {kind.__struct_config__.tag for kind in (*_Written.__args__, _Swept)}


class _Kind(msgspec.Struct):
    event: str


_KIND_DECODER: Final = msgspec.json.Decoder(_Kind)


def encode(event: Event) -> str:
    """Return the event as one line of JSON, without the line's end."""
    return msgspec.json.encode(event).decode()


def decode(line: str | bytes) -> Event | None:
    """Return the event of one line, or None for one that this version does not know.

    Raises `RecordError` for a line that is no event.
    """
    try:
        found = _DECODER.decode(line)
    except (ValueError, RecursionError) as error:
        if _is_of_another_version(line):
            return None
        remedy = "It can be left out: the other lines stand for themselves."
        raise RecordError("A line of a run's events", reason_of(error), remedy) from error
    if isinstance(found, _Swept):
        return LearningRateFound(learning_rate=found.learning_rate)
    return found


def _is_of_another_version(line: str | bytes) -> bool:
    try:
        return _KIND_DECODER.decode(line).event not in _KINDS
    except (ValueError, RecursionError):
        return False
