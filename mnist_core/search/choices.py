"""Choices that are not drawn but worked out: those of the recipe, and those that fit the limit.

A search begins with the recipe's own network and settings, so that whatever it finds is compared
with what is known. And what it then proposes is often too large, the more so as it learns that
larger is better: such a network is tried with fewer channels.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mnist_core.errors import ConfigError
from mnist_core.networks.named import describe
from mnist_core.networks.words import Word
from mnist_core.search.space import SETTINGS, WIDTHS, Space, propose_line


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


def choices_that_fit(choices: Mapping[str, Any], max_parameters: int) -> dict[str, Any] | None:
    """Return the choices of a network that was refused, changed until it fits; None if none do.

    Where it is no network, groups and missing padding are given up; where it is too large, the
    stage with most channels has fewer, step by step, the later of two that are alike.
    """
    fitting = dict(choices)
    widths = sorted(name for name in fitting if name.startswith("width_"))
    while widths:
        try:
            if describe(propose_line(_Nearest(fitting))).parameters <= max_parameters:
                return fitting
        except ConfigError:
            simpler = fitting | {
                name: "" if name.startswith("padding_") else 1
                for name in fitting
                if name.startswith(("padding_", "groups_"))
            }
            if simpler == fitting:
                return None
            fitting = simpler
            continue
        widest = max(widths, key=lambda name: (fitting[name], name))
        place = WIDTHS.index(fitting[widest])
        if place == 0:
            return None
        fitting[widest] = WIDTHS[place - 1]
    return None


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
