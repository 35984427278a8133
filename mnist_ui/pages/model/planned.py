"""The challenge's conditions for a network that is not trained yet: what is known, and what is not.

Pure functions; needs no torch.
"""

from collections.abc import Sequence

from mnist_core.config.challenge import (
    CHALLENGE_ACCURACY,
    MAX_CHALLENGE_EPOCHS,
    Condition,
    network_conditions,
)
from mnist_core.config.recipes import RECIPES, Recipe, get_recipe
from mnist_core.experiments.study import Study

_USUAL: str = "record"


def recipe_for(model: str) -> Recipe:
    """Return the recipe to train a network with: the first that trains it, else the usual one."""
    own = (recipe for recipe in RECIPES.values() if recipe.config.model == model)
    return next(own, get_recipe(_USUAL))


def planned_conditions(
    model: str, recipe: Recipe, parameters: int, studies: Sequence[Study], own: Sequence[float]
) -> list[Condition]:
    """Hold a network, named or as a line, against the challenge before it is trained.

    `own` are the test accuracies (percent, on MNIST) of the visitor's runs of it.
    """
    size, layers, regularisation = network_conditions(model, dropout=recipe.config.dropout)
    epochs = recipe.config.epochs
    return [
        size,
        layers,
        regularisation,
        Condition(
            asked=f"fewer than {MAX_CHALLENGE_EPOCHS + 1} epochs",
            is_met=epochs <= MAX_CHALLENGE_EPOCHS,
            found=f"{epochs}, as the recipe “{recipe.name}” has it",
        ),
        Condition(
            asked=f"at least {CHALLENGE_ACCURACY} % on MNIST’s test images",
            is_met=None,
            found=_accuracy(parameters, studies, own),
        ),
    ]


def _accuracy(parameters: int, studies: Sequence[Study], own: Sequence[float]) -> str:
    found: list[str] = []
    if own:
        runs = "your run" if len(own) == 1 else f"your {len(own)} runs"
        found.append(f"{runs} of it: {', '.join(f'{a:.2f} %' for a in own[:3])}")
    else:
        found.append("known after training")
    beside = [f"{s.name} ({s.parameters:,}): {s.mean:.2f} %" for s in nearest(parameters, studies)]
    if beside:
        found.append(f"networks of about this size: {', '.join(beside)}")
    return "; ".join(found)


def nearest(parameters: int, studies: Sequence[Study]) -> list[Study]:
    """Return the studies, on MNIST, of the next smaller and the next larger network."""
    known = sorted((s for s in studies if s.dataset == "mnist"), key=lambda s: s.parameters)
    smaller = [study for study in known if study.parameters <= parameters]
    larger = [study for study in known if study.parameters > parameters]
    return [*smaller[-1:], *larger[:1]]
