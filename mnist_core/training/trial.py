"""One trial of a search: trained, measured on the images held out, and nothing kept of it."""

from collections.abc import Iterator

from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import Digits
from mnist_core.models import count_parameters
from mnist_core.runs.events import Epoch, Event, Scored
from mnist_core.training.loop import train
from mnist_core.training.state import TrainState


def score(config: TrainConfig, digits: Digits) -> Iterator[Event]:
    """Train as a run does, up to the last epoch's measurement; yields its events, then `Scored`.

    `digits` are `load_for_search`'s: their test part is empty, and the loop is left before it
    would be measured. Ends with `Failed` where training does.
    """
    state = TrainState(config)
    for event in train(state, digits):
        yield event
        if isinstance(event, Epoch) and event.epoch == config.epochs:
            yield Scored(
                parameters=count_parameters(state.model),
                epochs=event.epoch,
                validation_loss=event.watch_loss,
                validation_accuracy=event.watch_accuracy,
                seconds=state.seconds,
            )
            return
