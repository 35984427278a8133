"""What a search begins with: the choices that lead to the recipe's own network and settings.

So whatever it finds is compared with what is known, and that guides its proposals from the start.
"""

from dataclasses import dataclass, field
from typing import Any

from mnist_core.errors import ConfigError
from mnist_core.networks.named import describe
from mnist_core.networks.words import Word
from mnist_core.search.space import SETTINGS, Space, propose_line


def first_choices(space: Space, max_parameters: int) -> dict[str, Any]:
    """Return the choices by which `space.propose` comes to what the recipe has, by name.

    Left out is what is not to be chosen there: a setting that lies between two choices, a network
    of another build, or one with more than `max_parameters`.
    """
    start = space.start
    chooser = _Known()
    for name in SETTINGS:
        if name not in space.fixed:
            chooser.values[name] = getattr(start, name)
            SETTINGS[name](chooser)
    if space.network is None and describe(start.model).parameters <= max_parameters:
        return chooser.found | choices_of(start.model)
    return chooser.found


def choices_of(name_or_line: str) -> dict[str, Any]:
    """Return the choices by which `propose_line` comes to this network; empty where none do."""
    network = describe(name_or_line)
    chooser = _Known(_read([layer.word for layer in network.layers]))
    try:
        proposed = describe(propose_line(chooser)).line
    except (KeyError, ConfigError):  # it is of another build, and was read as what it is not
        return {}
    return chooser.found if proposed == network.line and chooser.found == chooser.values else {}


@dataclass
class _Known:
    """Chooses what is wanted; `found` is as much of it as is among the choices."""

    values: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())
    found: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())

    def suggest_categorical(self, name: str, choices: tuple[Any, ...]) -> Any:
        return self._choose(name, self.values[name] in choices)

    def suggest_int(self, name: str, low: int, high: int) -> int:
        return self._choose(name, low <= self.values[name] <= high)

    def suggest_float(
        self, name: str, low: float, high: float, *, log: bool = False, step: float | None = None
    ) -> float:
        value = self.values[name]
        num_steps = 0.0 if step is None else (value - low) / step
        is_choice = low <= value <= high and abs(num_steps - round(num_steps)) < 1e-6
        return self._choose(name, is_choice)

    def _choose(self, name: str, is_choice: bool) -> Any:
        if is_choice:
            self.found[name] = self.values[name]
        return self.values[name]


def _read(words: list[Word]) -> dict[str, Any]:
    """Return the choices that a network's words look like; the caller sees whether they are."""
    first, *others = words
    halvings = ["s2"] if first.stride == 2 else []
    stages: list[list[Word]] = [[]] if halvings else []
    for word in others:
        if word.is_pool:
            halvings.append(str(word))
            stages.append([])
        elif word.is_convolution and stages:
            stages[-1].append(word)
    choices: dict[str, Any] = {
        "stages": len(stages),
        "width_0": first.channels,
        "kernel_0": first.kernel,
        "padding_0": "" if first.is_padded else "v",
        "end": str(words[-1]),
    }
    for number, halving in enumerate(halvings):
        choices[f"halving_{number + 1 if number else 0}"] = halving
    for number, blocks in enumerate(filter(None, stages), start=1):
        last = blocks[-1]
        choices |= {
            f"width_{number}": last.channels,
            f"layers_{number}": sum(word.repeats for word in blocks),
            f"groups_{number}": last.groups,
            f"padding_{number}": "" if last.is_padded else "v",
            f"again_{number}": last.repeats > 1,
        }
    return choices
