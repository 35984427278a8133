"""The challenge's conditions, each met or not by one checkpoint. Pure functions."""

from mnist_core.checkpoints.card import Card
from mnist_core.config.challenge import (
    CHALLENGE_ACCURACY,
    MAX_CHALLENGE_EPOCHS,
    Condition,
    network_conditions,
)
from mnist_ui.wording import all_epochs, measured_on, own_drawings


def conditions(card: Card) -> list[Condition]:
    """Hold a checkpoint against the challenge."""
    size, layers, regularisation = network_conditions(card.model, dropout=card.config.dropout)
    return [
        size,
        Condition(
            asked=f"fewer than {MAX_CHALLENGE_EPOCHS + 1} epochs",
            is_met=None if card.hides_its_origin else card.total_epochs <= MAX_CHALLENGE_EPOCHS,
            found=_epochs(card),
        ),
        layers,
        regularisation,
        _accuracy(card),
        *_images(card),
    ]


def _epochs(card: Card) -> str:
    if not card.origin:
        return all_epochs(card) if card.hides_its_origin else f"{card.epochs:g}"
    return f"{card.total_epochs:g}: {card.epochs_before:g} of {card.origin}, {card.epochs:g} more"


def _images(card: Card) -> list[Condition]:
    """Return a condition of its own where a person's drawings were trained on: no entry then."""
    if not card.is_fine_tuned:
        return []
    found = f"{own_drawings(card)} too, which may be like test images: no entry"
    asked = "trained on MNIST’s training images alone"
    return [Condition(asked=asked, is_met=False, found=found)]


def _accuracy(card: Card) -> Condition:
    asked = f"at least {CHALLENGE_ACCURACY} % on MNIST’s test images"
    if card.test_accuracy is None:
        return Condition(asked=asked, is_met=None, found="not measured yet")
    found = f"{card.test_accuracy:.2f} % on {measured_on(card)}"
    if card.dataset != "mnist":
        return Condition(asked=asked, is_met=None, found=f"{found}; not on MNIST")
    return Condition(asked=asked, is_met=card.test_accuracy >= CHALLENGE_ACCURACY, found=found)


def checklist_html(found: list[Condition]) -> str:
    """Return the conditions as a list with a tick or a cross, which is also said in words."""
    items = "".join(
        f'<li class="{_word(c.is_met)}"><span class="mark" aria-label="{_word(c.is_met)}">'
        f"{_mark(c.is_met)}</span><span>{c.asked}</span><b>{c.found}</b></li>"
        for c in found
    )
    return f'<ul class="checklist">{items}</ul>'


def _word(is_met: bool | None) -> str:
    return "open" if is_met is None else "met" if is_met else "missed"


def _mark(is_met: bool | None) -> str:
    return "–" if is_met is None else "✓" if is_met else "✗"
