"""How one setting is described, in the field of a dataclass, and checked by what stands there.

Standard library only.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any

from mnist_core.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Knob:
    """How one setting is named, explained and bounded, for people and for checks."""

    label: str
    help: str
    group: str
    minimum: float | None = None
    maximum: float | None = None
    step: float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    is_open: bool = False
    """Whether other texts than the choices may be given; the settings check them."""


def described(default: Any, label: str, help: str, group: str, **bounds: Any) -> Any:
    """Return a dataclass field with that default, and the rest as its `Knob`."""
    knob = Knob(label=label, help=help, group=group, **bounds)
    return dataclasses.field(default=default, metadata={"knob": knob})


def check(field: "dataclasses.Field[Any]", value: Any) -> None:
    """Raise `ConfigError` unless the value has the field's type and lies within its bounds."""
    knob: Knob = field.metadata["knob"]
    expected = type(field.default)
    # JSON has no difference between 1 and 1.0, and True counts as an int in Python.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = is_number if expected is float else type(value) is expected
    if not fits:
        raise ConfigError(
            f"{knob.label} ({field.name}) must be {expected.__name__}, not {value!r}."
        )
    if knob.choices and not knob.is_open and value not in knob.choices:
        raise ConfigError(
            f"{knob.label} ({field.name}) must be one of {', '.join(knob.choices)}, not {value!r}."
        )
    if knob.minimum is None or knob.maximum is None:
        return
    if not knob.minimum <= value <= knob.maximum:
        raise ConfigError(
            f"{knob.label} ({field.name}) must lie between {knob.minimum:g} and"
            f" {knob.maximum:g}, not {value!r}."
        )
