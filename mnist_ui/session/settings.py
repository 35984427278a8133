"""How this app is set up, read once from the environment; every value has a sensible default."""

import os
from dataclasses import dataclass
from functools import cache

from mnist_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`max_running`: runs that train at a time, in the folder of runs, whoever started them.

    `max_queued`, `max_queued_address`, `max_queued_total`: runs that wait, of one visitor, from one
    network address, of all. `max_epochs`, `max_batch_size`, `max_threads`, `max_minutes`: allowed
    in one run, the last in one search too; None for any time. `max_trials`: networks that one
    search may try.
    `minutes_unwatched`: a run that nobody has looked at for so long stops itself; None for never.
    `hosts`: names under which the app is served besides this machine's own. `proxy_header`: in
    which a proxy in front of the app says where a visitor comes from; empty for no proxy.
    `is_public`: visitors see their own runs and drawings only. Not by default: the app listens on
    its own machine only, whose owner wants to find their runs from any browser.
    `has_board`: visitors may put their runs on one board, which all of them see.
    """

    max_running: int = 1
    max_queued: int = 20
    max_queued_address: int = 40
    max_queued_total: int = 100
    max_epochs: int = 100
    max_batch_size: int = 1024
    max_threads: int = 64
    max_trials: int = 1000
    max_minutes: float | None = None
    minutes_unwatched: float | None = None
    hosts: tuple[str, ...] = ()
    proxy_header: str = ""
    is_public: bool = False
    has_board: bool = False


@cache
def settings() -> Settings:
    """Return the app's settings; raises `ConfigError` for a value that is no positive number.

    And for a board where visitors are not told apart.
    """
    is_public = bool(_number("MNIST_PUBLIC", 0))
    has_board = bool(_number("MNIST_BOARD", 0))
    if has_board and not is_public:
        raise ConfigError("MNIST_BOARD needs visitors that are told apart: set MNIST_PUBLIC=1 too.")
    most_threads = (os.cpu_count() or 1) if is_public else Settings.max_threads
    return Settings(
        max_running=max(0, int(_number("MNIST_MAX_RUNNING", 1))),
        max_queued=max(1, int(_number("MNIST_MAX_QUEUED", 20))),
        max_queued_address=max(1, int(_number("MNIST_MAX_QUEUED_ADDRESS", 40))),
        max_queued_total=max(1, int(_number("MNIST_MAX_QUEUED_TOTAL", 100))),
        max_epochs=max(1, int(_number("MNIST_MAX_EPOCHS", 100))),
        max_batch_size=max(1, int(_number("MNIST_MAX_BATCH_SIZE", 1024))),
        max_threads=max(1, int(_number("MNIST_MAX_THREADS", most_threads))),
        max_trials=max(1, int(_number("MNIST_MAX_TRIALS", 1000))),
        max_minutes=_number("MNIST_MAX_MINUTES", 0) or None,
        minutes_unwatched=_number("MNIST_MINUTES_UNWATCHED", 0) or None,
        hosts=_names("MNIST_HOSTS"),
        proxy_header=os.environ.get("MNIST_PROXY_HEADER", "").strip(),
        is_public=is_public,
        has_board=has_board,
    )


def _names(name: str) -> tuple[str, ...]:
    parts = (part.strip().lower().rstrip(".") for part in os.environ.get(name, "").split(","))
    found = tuple(filter(None, parts))
    for one in found:
        if "/" in one or ":" in one.removeprefix("["):
            raise ConfigError(
                f"{name} must be names with commas between them, such as lab.example.org, without"
                f" a port or a path, not {one!r}."
            )
    return found


def _number(name: str, default: float) -> float:
    text = os.environ.get(name) or str(default)
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1_000_000:
        raise ConfigError(f"{name} must be a number that is not negative, not {text!r}.")
    return value
