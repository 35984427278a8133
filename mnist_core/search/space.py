"""What a search chooses from: lines of the notation, and settings of the recipe.

A network is proposed stage by stage: a first convolution, then one or two halvings with one to
three convolutions after each, and an end. Most proposals for a tight limit are too large; that is
found by arithmetic, before anything is trained.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError
from mnist_core.networks.named import describe

BATCH_SIZES: Final = (32, 64, 128, 256)
WIDTHS: Final = (4, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48)


class Chooser(Protocol):
    """What proposes values by name: an Optuna trial, or a test's own."""

    def suggest_categorical(self, name: str, choices: tuple[Any, ...]) -> Any: ...
    def suggest_int(self, name: str, low: int, high: int) -> int: ...
    def suggest_float(
        self, name: str, low: float, high: float, *, log: bool = False, step: float | None = None
    ) -> float: ...


SETTINGS: Final[Mapping[str, Callable[[Chooser], Any]]] = {
    "learning_rate": lambda c: _short(c.suggest_float("learning_rate", 0.02, 0.6, log=True)),
    "batch_size": lambda c: c.suggest_categorical("batch_size", BATCH_SIZES),
    "weight_decay": lambda c: _short(c.suggest_float("weight_decay", 1e-5, 3e-3, log=True)),
    "ema_decay": lambda c: c.suggest_categorical("ema_decay", (0.0, 0.99, 0.995, 0.998, 0.999)),
    "dropout": lambda c: c.suggest_float("dropout", 0.02, 0.2, step=0.02),
    "rotation": lambda c: c.suggest_float("rotation", 0.0, 15.0, step=1.0),
    "shift": lambda c: c.suggest_float("shift", 0.0, 3.0, step=0.25),
    "scale": lambda c: c.suggest_float("scale", 0.0, 0.2, step=0.02),
}
"""The recipe's dimensions, each by the name of its setting."""


def _short(value: float) -> float:
    """Return the value with the three digits that matter, for people to read and to type."""
    return float(f"{value:.3g}")


@dataclass(frozen=True, kw_only=True)
class Space:
    """What is searched over: networks unless `network` is one, and the settings not in `fixed`.

    What is not searched over stays as in the recipe called `recipe` on that data set.
    """

    recipe: str
    dataset: str = "mnist"
    network: str | None = None
    fixed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.fixed) - set(SETTINGS)):
            raise ConfigError(
                f"{unknown[0]!r} is no setting that is searched over; those are"
                f" {', '.join(SETTINGS)}."
            )
        if get_recipe(self.recipe).config.stroke_renders:
            raise ConfigError(
                f"The recipe {self.recipe!r} trains on pen strokes, which a search does without;"
                " choose another."
            )
        if self.network is not None:
            describe(self.network)

    @property
    def start(self) -> TrainConfig:
        """The recipe's own settings and network, or the network that is fixed."""
        config = get_recipe(self.recipe).config_on(self.dataset)
        return config if self.network is None else config.replace(model=self.network)

    def propose(self, chooser: Chooser) -> TrainConfig:
        """Return what is to be tried next; raises `ConfigError` for a line that is no network."""
        searched = {name for name in SETTINGS if name not in self.fixed}
        changes = {name: SETTINGS[name](chooser) for name in SETTINGS if name in searched}
        changes["model"] = self.network or propose_line(chooser)
        return self.start.replace(**changes)


def propose_line(chooser: Chooser) -> str:
    """Return a line of the notation; it may be too large, or no network at all."""
    num_stages = chooser.suggest_int("stages", 1, 2)
    width = chooser.suggest_categorical("width_0", WIDTHS)
    words = _first(chooser, width)
    for number in range(1, num_stages + 1):
        if number > 1:
            words.append(chooser.suggest_categorical(f"halving_{number}", ("p2", "a2", "b2")))
        if number == num_stages:
            words.append("d")
        width_before, width = width, chooser.suggest_categorical(f"width_{number}", WIDTHS)
        words += _stage(chooser, number, width_before, width)
    words.append(chooser.suggest_categorical("end", ("max", "mean")))
    return " ".join(words)


def _first(chooser: Chooser, width: int) -> list[str]:
    kernel = chooser.suggest_int("kernel_0", 3, 6)
    halving = chooser.suggest_categorical("halving_0", ("p2", "a2", "b2", "s2"))
    padding = chooser.suggest_categorical("padding_0", ("", "v"))
    if halving == "s2":
        return [f"{width}c{kernel}s2{padding}"]
    return [f"{width}c{kernel}{padding}", halving]


def _stage(chooser: Chooser, number: int, width_before: int, width: int) -> list[str]:
    """Return the words of one stage's convolutions.

    The same kernel again and again stands for all of them where the width stays, for all but the
    first where it does not.
    """
    count = chooser.suggest_int(f"layers_{number}", 1, 3)
    groups = chooser.suggest_categorical(f"groups_{number}", (1, 2, 4))
    padding = chooser.suggest_categorical(f"padding_{number}", ("", "v"))
    is_again = chooser.suggest_categorical(f"again_{number}", (False, True)) and not padding
    first, more = f"{width}c3{padding}", f"{width}c3{padding}g{groups}"
    if is_again and width == width_before:
        return [f"{first}x{count}"]
    if count == 1:
        return [first]
    return [first, f"{more}x{count - 1}" if is_again else f"{count - 1}*{more}"]
