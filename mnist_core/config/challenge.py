"""The challenge: at least 99.4 % on MNIST, with fewer than 20 epochs and 20,000 parameters.

What a network itself must be is told of its line alone, without torch.
"""

from dataclasses import dataclass
from typing import Final

from mnist_core.networks.named import describe
from mnist_core.networks.words import Kind

MAX_CHALLENGE_EPOCHS: Final = 19

MAX_CHALLENGE_PARAMETERS: Final = 19_999

CHALLENGE_ACCURACY: Final = 99.4
"""Percent of the 10,000 test images."""

SIZE_CLASSES: Final = (MAX_CHALLENGE_PARAMETERS + 1, 8_000, 3_500)
"""A network is in every class of which it has fewer parameters."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What was asked for, whether it is met (None: not known), and what was found."""

    asked: str
    is_met: bool | None
    found: str


def network_conditions(model: str, *, dropout: float) -> tuple[Condition, Condition, Condition]:
    """Hold a network against what is asked of its size, its layers and their regularisation.

    `model` is a name or a line, `dropout` the rate of the run for a `d` without a rate of its own.
    Raises `ConfigError` for an unknown name or a line that is none.
    """
    network = describe(model)
    rates = [word.rate for word in network.words if word.kind == Kind.DROPOUT]
    rate = max((dropout if own is None else own for own in rates), default=0.0)
    lacking: list[str] = []
    if not network.has_batch_norm:
        lacking.append("no batch normalisation")
    if rate == 0:
        lacking.append(f"dropout was {dropout:g}" if rates else "no dropout")
    return (
        Condition(
            asked=f"fewer than {MAX_CHALLENGE_PARAMETERS + 1:,} parameters",
            is_met=network.parameters <= MAX_CHALLENGE_PARAMETERS,
            found=f"{network.parameters:,}",
        ),
        Condition(
            asked="no fully connected layer",
            is_met=True,  # a line has no word for one
            found="convolutions to the end",
        ),
        Condition(
            asked="batch normalisation and dropout",
            is_met=not lacking,
            found=", ".join(lacking) or "both",
        ),
    )
