"""How this app is set up, read once from the environment; every value has a sensible default."""

import os
from dataclasses import dataclass
from functools import cache

from mnist_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`max_running`: runs that train at a time. `max_epochs`: allowed in one run.

    `minutes_unwatched`: a run that nobody has looked at for so long stops itself; None for never.
    """

    max_running: int = 1
    max_epochs: int = 100
    minutes_unwatched: float | None = None


@cache
def settings() -> Settings:
    """Return the app's settings; raises `ConfigError` for a value that is no positive number."""
    unwatched = _number("MNIST_MINUTES_UNWATCHED", 0)
    return Settings(
        max_running=max(1, int(_number("MNIST_MAX_RUNNING", 1))),
        max_epochs=max(1, int(_number("MNIST_MAX_EPOCHS", 100))),
        minutes_unwatched=unwatched or None,
    )


def _number(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1_000_000:
        raise ConfigError(f"{name} must be a positive number, not {text!r}.")
    return value
