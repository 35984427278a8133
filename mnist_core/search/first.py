"""What a search begins with: the choices that lead to the recipe's own network and settings.

So whatever it finds is compared with what is known, and that guides its proposals from the start.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from mnist_core.errors import ConfigError
from mnist_core.networks.named import describe
from mnist_core.networks.words import Word
from mnist_core.search.space import SETTINGS, Space, propose_line


def first_choices(space: Space, max_parameters: int) -> dict[str, Any]:
    """Return the choices by which `space.propose` comes to what the recipe has, by name.

    Of a setting that is none of the choices the nearest one is taken. A network of another build,
    or with more than `max_parameters`, is left out.
    """
    start = space.start
    chooser = _Nearest()
    for name in SETTINGS:
        if name not in space.fixed:
            chooser.wanted[name] = getattr(start, name)
            SETTINGS[name](chooser)
    if space.network is None and describe(start.model).parameters <= max_parameters:
        return chooser.found | choices_of(start.model)
    return chooser.found


def choices_of(name_or_line: str) -> dict[str, Any]:
    """Return the choices by which `propose_line` comes to this network; empty where none do."""
    network = describe(name_or_line)
    chooser = _Nearest(_read([layer.word for layer in network.layers]))
    try:
        proposed = describe(propose_line(chooser)).line
    except (KeyError, ConfigError):  # it is of another build, and was read as what it is not
        return {}
    return chooser.found if proposed == network.line and chooser.found == chooser.wanted else {}


@dataclass
class _Nearest:
    """Chooses what is wanted, or what comes nearest to it; `found` is what was chosen."""

    wanted: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())
    found: dict[str, Any] = field(default_factory=lambda: dict[str, Any]())

    def suggest_categorical(self, name: str, choices: tuple[Any, ...]) -> Any:
        wanted = self.wanted[name]
        if wanted in choices:
            return self._choose(name, wanted)
        if not isinstance(wanted, int | float):
            raise KeyError(name)
        return self._choose(name, min(choices, key=lambda choice: abs(choice - wanted)))

    def suggest_int(self, name: str, low: int, high: int) -> int:
        return self._choose(name, min(max(self.wanted[name], low), high))

    def suggest_float(
        self, name: str, low: float, high: float, *, log: bool = False, step: float | None = None
    ) -> float:
        wanted = self.wanted[name]
        value = min(max(wanted, low), high)
        if step is not None:
            value = low + step * round((value - low) / step)
        return self._choose(name, wanted if math.isclose(value, wanted) else value)

    def _choose(self, name: str, value: Any) -> Any:
        self.found[name] = value
        return value


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
