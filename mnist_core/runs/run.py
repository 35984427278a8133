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
        start.safetensors    of fine-tuning: the weights it starts from
        strokes.gz           the pen digits it trains on besides, as they were given
        queued, launched     empty files: it waits for its turn, it was handed to a process

A run is a process of its own. It lives as long as it holds its lock, which the operating system
releases however the process ends. Knows nothing of torch.
"""

import base64
import dataclasses
import json
import math
import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

from filelock import FileLock, Timeout

from mnist_core.checkpoints.origin import Origin, read_origin
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError, RunError
from mnist_core.files import EVERYONE, age, last_changed, write_json
from mnist_core.runs.control import Control, read_control
from mnist_core.runs.events import Event, Failed, Finished, Found, Paused, decode

Kind = Literal["training", "lr_search", "fine_tuning", "trial"]
"""What a run does: train from random weights, look for a good learning rate, train given weights
on with a person's own drawings, or be a search's trial. The second and last leave no network."""

State = Literal["waiting", "running", "paused", "finished", "stopped", "failed", "lost"]

SECONDS_TO_START: Final = 60.0
"""A run that no process has begun so long after it was made, or handed to one, is lost."""

_QUEUED, _CLAIMED = "queued", "launched"

_LONGEST_EVENTS: Final = 65_536
"""More bytes than any two events take: an epoch's holds pictures, some 8 kB."""


@dataclass(frozen=True, kw_only=True)
class Label:
    """What a person calls a run and wants to remember of it."""

    name: str = ""
    note: str = ""


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
        try:
            return TrainConfig.from_json(self._about()["config"])
        except (ConfigError, KeyError, TypeError) as error:
            raise RunError(
                f"The run {self.id} is of another version ({error}). Train again with settings of"
                " this one; its checkpoint can still be evaluated and drawn with."
            ) from error

    def is_readable(self) -> bool:
        """Whether this version understands the run's settings and what kind it is."""
        try:
            _ = self.config, self.kind
        except RunError:
            return False
        return True

    @property
    def recipe(self) -> str:
        return str(self._about()["recipe"])

    @property
    def kind(self) -> Kind:
        match self._about().get("kind", "training"):
            case "training" if self.start_path.is_file():
                return "fine_tuning"  # up to version 0.2 only this file told
            case "training" | "lr_search" | "fine_tuning" | "trial" as kind:
                return kind
            case "sweep":
                return "lr_search"  # up to version 0.2
            case kind:
                raise RunError(f"The run {self.id} is of a kind unknown to this version: {kind}.")

    @property
    def origin(self) -> Origin | None:
        """What it began from; None for random weights, and where an old run does not say."""
        return read_origin(self._about())

    @property
    def owner(self) -> str:
        """Id of the visitor whose run it is; `EVERYONE` where they are not told apart."""
        try:
            return str(self._about().get("owner", EVERYONE))
        except RunError:
            return EVERYONE

    @property
    def probe(self) -> bytes | None:
        """The 28×28 bytes of the drawing that is classified after each epoch, if there is one."""
        found = self._about().get("probe")
        return base64.b64decode(found) if found else None

    @property
    def strokes(self) -> dict[str, Any] | None:
        """The `facts` of the pen strokes that it trains with besides; None for none."""
        return self._about().get("strokes")

    @property
    def label(self) -> Label:
        """The name and the note that a person gave the run."""
        try:
            return Label(**json.loads((self.folder / "label.json").read_text(encoding="utf-8")))
        except FileNotFoundError:
            return Label()

    def set_label(self, label: Label) -> None:
        write_json(self.folder / "label.json", dataclasses.asdict(label))

    @property
    def created(self) -> datetime:
        return datetime.fromisoformat(self._about()["created"])

    def state(self, *, is_ours: bool = False) -> State:
        """Return where the run stands, from its last event and from whether its process lives.

        `is_ours`: whoever asks holds the lock.
        """
        if not is_ours and self.lock_is_held():
            return "paused" if isinstance(self._last_event(), Paused) else "running"
        # The lock was looked at first: a process writes its last event before it lets go.
        if self.is_queued() or self._is_starting():
            return "waiting"
        last = self._last_event()
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
        return self.lock_is_held() or self._is_starting()

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
        (self.folder / _CLAIMED).unlink(missing_ok=True)

    def _is_starting(self) -> bool:
        return age(self.folder / _CLAIMED) < SECONDS_TO_START

    @property
    def control_path(self) -> Path:
        return self.folder / "control.json"

    def control(self) -> Control:
        """Return what the run was last told."""
        return read_control(self.control_path)

    def tell(self, **changes: Any) -> None:
        """Change fields of the run's `Control`; raises `ConfigError` for a bad learning rate."""
        control = dataclasses.replace(self.control(), **changes)
        write_json(self.control_path, dataclasses.asdict(control))

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
        if state not in ("stopped", "lost", "failed"):
            raise RunError(f"The run {self.id} is {state}; only a stopped or lost one can go on.")
        self.tell(stop=False, pause_at=None, is_the_end=False)

    def lock(self) -> FileLock:
        """Return the lock that the run's process holds; not yet acquired."""
        return FileLock(self.folder / "run.lock")

    def lock_is_held(self) -> bool:
        try:
            with self.lock().acquire(timeout=0):
                return False
        except Timeout:
            return True

    def _about(self) -> dict[str, Any]:
        path = self.folder / "run.json"
        try:
            return _read_about(path, last_changed(path))
        except (OSError, ValueError) as error:
            raise RunError(
                f"The run {self.id} cannot be read ({error}). Delete its folder {self.folder}"
                " or choose another run."
            ) from error

    def _last_event(self) -> Event | None:
        try:
            with self.events_path.open("rb") as file:
                file.seek(0, os.SEEK_END)
                file.seek(max(0, file.tell() - _LONGEST_EVENTS))
                lines = file.read().split(b"\n")[:-1]  # what follows the last line's end is torn
        except FileNotFoundError:
            return None
        return decode(lines[-1]) if lines else None


@lru_cache(maxsize=512)
def _read_about(path: Path, modified: int) -> dict[str, Any]:
    """Return run.json, which never changes; kept, as pages ask for it again and again."""
    return json.loads(path.read_text(encoding="utf-8"))
