"""A run's folder: what is in it, where the run stands, and how it is told what to do.

    runs/20261122-210841-seed-3f2a/
        run.json             its kind, settings, recipe, owner and time of creation
        events.jsonl         what it says, one line an event, one writer
        control.json         what it is told
        run.lock             held by the process that trains, for as long as it lives
        model.safetensors    the weights so far, with their card model.json
        state.safetensors    what training is resumed from: weights, momentum, step, …
        log.txt              what the process printed
        label.json           the name and the note a person gave it
        start.safetensors    of fine-tuning: the weights it starts from; for runs that grow from
                             an epoch of another see `mnist_core.checkpoints.epochs`
        strokes.gz           the pen digits it trains on besides, as they were given
        queued, launched, dispatched   empty files: it waits, a process has it, a cluster has it

A run is a process of its own. It lives as long as it holds its lock, which the operating system
releases however it ends. Knows nothing of torch.
"""

import math
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from filelock import FileLock

from mnist_core.checkpoints.origin import Origin
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import MnistError, RecordError, RunError
from mnist_core.files import EVERYONE, age, is_locked, last_changed
from mnist_core.runs.control import (
    About,
    Control,
    Kind,
    Label,
    problems_with,
    read_about,
    read_config,
    read_control,
    read_label,
    write_told,
)
from mnist_core.runs.events import Failed, Finished, Found, Paused
from mnist_core.runs.log import open_events, read_last_event
from mnist_core.strokes.files import StrokeFacts

State = Literal["waiting", "running", "paused", "finished", "stopped", "failed", "lost"]

SECONDS_TO_START: Final = 60.0
"""A run that no process has begun so long after it was made, or handed to one, is lost."""
_QUEUED, _CLAIMED, _LOCK = "queued", "launched", "run.lock"


@dataclass(frozen=True)
class Run:
    """One run's folder. Cheap to make; every answer is read from the disk when asked."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def events_path(self) -> Path:
        return self.folder / "events.jsonl"

    @property
    def checkpoint_path(self) -> Path:
        return self.folder / "model.safetensors"

    @property
    def state_path(self) -> Path:
        return self.folder / "state.safetensors"

    @property
    def start_path(self) -> Path:
        return self.folder / "start.safetensors"

    @property
    def log_path(self) -> Path:
        return self.folder / "log.txt"

    @property
    def config(self) -> TrainConfig:
        return read_config(self._about_path, last_changed(self._about_path))

    def is_readable(self) -> bool:
        """Whether this version understands the run's settings, and what it said can be read."""
        try:
            self.check()
        except MnistError:
            return False
        return True

    def check(self) -> None:
        """Raise `RecordError` where nothing can be done with the run: it says which file is bad."""
        _ = self.config
        with suppress(FileNotFoundError), open_events(self.events_path):
            pass

    @property
    def problems(self) -> list[str]:
        """What of the run cannot be read and does not matter much: its label, what it is told."""
        return problems_with(self.label_path, self.control_path)

    @property
    def recipe(self) -> str:
        return self.about.recipe

    @property
    def kind(self) -> Kind:
        match self.about.kind:
            case "training" if self.start_path.is_file():
                return "fine_tuning"  # up to version 0.2 only this file told
            case "sweep":
                return "lr_search"  # up to version 0.2
            case kind:
                return kind

    @property
    def origin(self) -> Origin | None:
        """What it began from; None for random weights, and where an old run does not say."""
        return self.about.origin

    @property
    def owner(self) -> str:
        """Id of the visitor whose run it is; `EVERYONE` where they are not told apart."""
        try:
            return self.about.owner
        except RecordError:
            return EVERYONE

    @property
    def probe(self) -> bytes | None:
        """The 28×28 bytes of the drawing that is classified after each epoch, if there is one."""
        return self.about.probe

    @property
    def strokes(self) -> StrokeFacts | None:
        """What tells of the pen strokes that it trains with besides; None for none."""
        return self.about.strokes

    @property
    def label(self) -> Label:
        """The name and the note that a person gave the run; `problems` tells of a damaged one."""
        try:
            return read_label(self.label_path)
        except RecordError:
            return Label()

    def set_label(self, label: Label) -> None:
        """Name the run; raises `RunError` where that cannot be written."""
        write_told(self.label_path, label)

    @property
    def created(self) -> datetime:
        return self.about.created

    def state(self, *, is_ours: bool = False) -> State:
        """Return where the run stands, from its last event and from whether its process lives.

        `is_ours`: whoever asks holds the lock.
        """
        if not is_ours and self.lock_is_held():
            return "paused" if isinstance(read_last_event(self.events_path), Paused) else "running"
        # The lock was looked at first: a process writes its last event before it lets go.
        if self.is_queued() or self.is_starting():
            return "waiting"
        last = read_last_event(self.events_path)
        if isinstance(last, Finished):
            return "finished" if last.is_over else "stopped"
        if isinstance(last, Found):
            return "finished"
        if isinstance(last, Failed):
            return "failed"
        is_new = last is None and age(self.folder / "run.json") < SECONDS_TO_START
        return "waiting" if is_new and not (self.folder / _CLAIMED).exists() else "lost"

    def is_queued(self) -> bool:
        """Whether the run waits for its turn (`mnist_core.runs.launcher`)."""
        return (self.folder / _QUEUED).exists()

    def queued_since(self) -> float:
        """Return when the run was queued, in seconds of the clock; infinite if it is not."""
        try:
            return (self.folder / _QUEUED).stat().st_mtime
        except FileNotFoundError:
            return math.inf

    def is_active(self) -> bool:
        """Whether a process trains the run, or has been told to and is about to."""
        return self.lock_is_held() or self.is_starting()

    def enqueue(self) -> None:
        (self.folder / _QUEUED).touch()

    def claim(self) -> bool:
        """Take the run out of the queue; True for the one process that did."""
        try:
            os.utime(self.folder / _QUEUED)  # its age is from now on that of the claim
            (self.folder / _QUEUED).rename(self.folder / _CLAIMED)
        except FileNotFoundError:
            return False
        return True

    def give_back(self, queued_since: float) -> None:
        """Put a claimed run that could not be started back into the queue, to its old place."""
        os.utime(self.folder / _CLAIMED, (queued_since, queued_since))
        (self.folder / _CLAIMED).rename(self.folder / _QUEUED)

    def unclaim(self) -> None:
        """Take back the claim: the process holds the lock by now, or the run was withdrawn."""
        with suppress(OSError):
            (self.folder / _CLAIMED).unlink()

    def is_starting(self) -> bool:
        """Whether a process has been told to train the run, and has not begun yet."""
        return age(self.folder / _CLAIMED) < SECONDS_TO_START

    @property
    def label_path(self) -> Path:
        return self.folder / "label.json"

    @property
    def control_path(self) -> Path:
        return self.folder / "control.json"

    def control(self) -> Control:
        """Return what the run was last told; `problems` tells of what cannot be understood."""
        try:
            return read_control(self.control_path)
        except RecordError:
            return Control()

    def tell(self, **changes: Any) -> None:
        """Change fields of the run's `Control`; raises `ConfigError` for a bad learning rate.

        Raises `RunError` where that cannot be written.
        """
        write_told(self.control_path, msgspec.structs.replace(self.control(), **changes))

    def stop(self) -> None:
        """Ask the run to end after the batch it is at, keeping what was reached."""
        self.tell(stop=True)

    def pause(self) -> None:
        """Ask the run to wait after the batch it is at."""
        self.tell(pause_at=0)

    def resume(self) -> None:
        """Let a paused run go on."""
        self.tell(pause_at=None)

    def make_one_step(self, steps_done: int) -> None:
        """Let a run that paused after `steps_done` make one step and pause again."""
        self.tell(pause_at=steps_done + 1)

    def change_learning_rate(self, learning_rate: float) -> None:
        """Set the schedule's highest learning rate from the next batch on."""
        self.tell(learning_rate=learning_rate)

    def prepare_to_resume(self) -> None:
        """Forget a stop asked for earlier; raises `RunError` if there is nothing to go on with."""
        state = self.state()
        # Where nobody has been handed it, whoever made it was killed before it began.
        is_left = state == "waiting" and not (self.is_queued() or self.is_starting())
        if state not in ("stopped", "lost", "failed") and not is_left:
            raise RunError(f"The run {self.id} is {state}; only a stopped or lost one can go on.")
        self.tell(stop=False, pause_at=None, is_the_end=False)

    def lock(self) -> FileLock:
        """Return the lock that the run's process holds; not yet acquired."""
        return FileLock(self.folder / _LOCK)

    def lock_is_held(self) -> bool:
        """Whether a process trains the run."""
        return is_locked(self.folder / _LOCK)

    @property
    def _about_path(self) -> Path:
        return self.folder / "run.json"

    @property
    def about(self) -> About:
        """All that its run.json says; raises `RecordError`."""
        return read_about(self._about_path, last_changed(self._about_path))
