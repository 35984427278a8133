"""What a run began from, where that was not random weights. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The weights a run began from, kept in its run.json.

    `name`: of a shipped network, or a run. `epochs`: of training behind those weights, which the
    run itself does not count. `num_drawings`: a person's own among the images that they, or the
    run, are trained on.
    """

    name: str
    epochs: int
    num_drawings: int = 0


def read_origin(about: Mapping[str, Any]) -> Origin | None:
    """Return what run.json says of it; None for random weights, and for runs of version 0.3."""
    values = about.get("origin")
    return None if values is None else Origin(**values)
