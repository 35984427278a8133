"""What a run is told while it trains."""

import json
from dataclasses import dataclass
from pathlib import Path

from mnist_core.config.settings import TrainConfig


@dataclass(frozen=True, kw_only=True)
class Control:
    """What a run is told; it looks after every batch.

    `pause_at`: wait as soon as so many steps are done; None to go on. `learning_rate`: the
    schedule's highest from now on; None for the run's own. `is_the_end`: it was stopped and will
    not go on, so the test set is to be measured.
    """

    stop: bool = False
    pause_at: int | None = None
    learning_rate: float | None = None
    is_the_end: bool = False

    def __post_init__(self) -> None:
        if self.learning_rate is not None:
            TrainConfig(learning_rate=self.learning_rate)  # raises where it is out of bounds


def read_control(path: Path) -> Control:
    """Return what the file says; the default where nothing was told yet."""
    try:
        return Control(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Control()


class ControlReader:
    """Tells the run's process what it was told, reading the file only when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int] | None = None
        self._control = Control()

    def read(self) -> Control:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            return self._control
        if (status.st_mtime_ns, status.st_ino) != self._seen:
            self._control = read_control(self._path)
            self._seen = status.st_mtime_ns, status.st_ino
        return self._control
