"""A run's curves as TensorBoard event files, for those who have that tool at hand.

Needs the package `tensorboard`, which the project does not ask for otherwise.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mnist_core.errors import MnistError
from mnist_core.runs.events import Epoch, Event, Finished, Step


def write_tensorboard(events: Iterable[Event], folder: Path) -> Iterator[Event]:
    """Pass the events on, writing their numbers into `folder` as they come.

    Raises `MnistError` at once if the package is missing.
    """
    try:
        # Here: the package is asked for by nobody else, and may be missing.
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise MnistError(
            "TensorBoard's event files need its package: pip install tensorboard, or leave"
            " --tensorboard out."
        ) from error
    with SummaryWriter(str(folder)) as writer:
        for event in events:
            for name, value, step in _scalars(event):
                writer.add_scalar(name, value, step)
            yield event


def _scalars(event: Event) -> Iterator[tuple[str, float, int]]:
    match event:
        case Step():
            yield "loss/train", event.loss, event.step
            yield "learning_rate", event.learning_rate, event.step
            yield "gradient_norm", event.gradient_norm, event.step
        case Epoch():
            yield "accuracy/train", event.train_accuracy, event.step
            yield "accuracy/watched", event.watch_accuracy, event.step
            yield "loss/watched", event.watch_loss, event.step
        case Finished() if event.test_accuracy is not None:
            yield "accuracy/test", event.test_accuracy, event.step
        case _:
            pass
