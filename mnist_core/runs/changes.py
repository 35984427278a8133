"""What was done to a run while it trained: another learning rate, a pause, a stop, going on.

A run's settings do not tell it, and no command repeats it. Standard library only.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from mnist_core.runs.events import Event, Finished, LearningRateChanged, Paused, Started


@dataclass(frozen=True, kw_only=True)
class Change:
    """Something that was done after step `step`, at `epoch`, said in a few words.

    `alters_result`: whether the weights came out otherwise than without it; after a pause they
    are the same to the last bit. `until`: the last step of a run led step by step.
    """

    step: int
    epoch: float
    what: str
    alters_result: bool = False
    until: int | None = None

    @property
    def text(self) -> str:
        """What was done and when: "learning rate 0.02 from epoch 1.3 on"."""
        place = f"{self.epoch:.3g}"
        if self.alters_result:
            return f"{self.what} from epoch {place} on"
        steps = f", then led step by step to step {self.until:,}" if self.until else ""
        return f"{self.what} at epoch {place}{steps}"


class Changes:
    """Gathers a run's changes from its events, in order."""

    def __init__(self) -> None:
        self.found: list[Change] = []
        self._steps_per_epoch = 1
        self._has_begun = False

    def extend(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case Started():
                    self._start(event)
                case Paused():
                    self._pause(event.step)
                case LearningRateChanged():
                    self._change_rate(event)
                case Finished(is_complete=False, is_the_end=False):
                    self._add(event.step, "stopped")
                case _:
                    pass

    def _start(self, event: Started) -> None:
        self._steps_per_epoch = event.steps_per_epoch
        # What came after the last saved state is done anew, and its changes with it.
        self.found = [change for change in self.found if change.step <= event.first_step]
        if not event.first_step or not self._has_begun:  # or it grew from another run
            self._has_begun = True
            return
        last = self.found[-1] if self.found else None
        if last is not None and last.what == "stopped" and last.step == event.first_step:
            self.found[-1] = dataclasses.replace(last, what="stopped and gone on with")
        else:
            self._add(event.first_step, "gone on with after its process had ended")

    def _pause(self, step: int) -> None:
        last = self.found[-1] if self.found else None
        if last is not None and last.what == "paused" and step == (last.until or last.step) + 1:
            self.found[-1] = dataclasses.replace(last, until=step)
        else:
            self._add(step, "paused")

    def _change_rate(self, event: LearningRateChanged) -> None:
        what = f"learning rate {event.learning_rate:g}"
        # A run that goes on is told its rate again.
        rates = [change.what for change in self.found if change.alters_result]
        if rates[-1:] != [what]:
            self._add(event.step, what, alters_result=True)

    def _add(self, step: int, what: str, *, alters_result: bool = False) -> None:
        epoch = step / self._steps_per_epoch
        self.found.append(Change(step=step, epoch=epoch, what=what, alters_result=alters_result))


def in_words(changes: Iterable[Change]) -> str:
    """Return the changes as one line; empty where there were none."""
    return "; ".join(change.text for change in changes)
