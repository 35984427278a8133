"""The named recipes: where a run starts from before a person changes anything."""

import shlex
from typing import Final

from mnist_core.config.lessons import LESSONS
from mnist_core.config.recipe import Recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError, did_you_mean

_SEED: Final = TrainConfig(
    epochs=19,
    batch_size=64,
    learning_rate=0.1,
    weight_decay=0.0005,
    ema_decay=0.998,
    rotation=10.0,
    shift=2.0,
    scale=0.1,
)

_ON_SMALL_SET: Final = {
    "epochs": 19,
    "batch_size": 32,
    "learning_rate": 0.1,
    "ema_decay": 0.98,
    "rotation": 10.0,
    "shift": 2.0,
    "scale": 0.1,
    "shear": 10.0,
    "thickness": 1.0,
}
"""Its few writers had one pen: slanting, thickening and thinning teach how others write."""

_RECIPES: Final = (
    Recipe(
        name="quick",
        title="Quick: the challenge in seconds",
        description=(
            "A network of 17,498 parameters whose first layer moves in strides of two, in few"
            " epochs of larger batches, with lighter augmentation and none in the last."
        ),
        config=_SEED.replace(
            model="swift",
            epochs=5,
            batch_size=256,
            learning_rate=0.3,
            ema_decay=0.992,
            dropout=0.02,
            rotation=7.0,
            shift=1.5,
            scale=0.07,
            ease_epochs=1,
        ),
        on_small_set=_ON_SMALL_SET,
    ),
    Recipe(
        name="seed",
        title="Seed: the challenge’s own network",
        description=(
            "The 16,402-parameter network with a learning rate that rises and falls, light"
            " augmentation, eased off at the end, and averaged weights."
        ),
        config=_SEED.replace(ease_epochs=3),
        on_small_set=_ON_SMALL_SET | {"ease_epochs": 0},
    ),
    Recipe(
        name="record",
        title="Record: close to 20,000 parameters",
        description="19,386 parameters: padded convolutions and global max pooling.",
        config=_SEED.replace(model="record", dropout=0.02),
        on_small_set=_ON_SMALL_SET,
    ),
    Recipe(
        name="compact",
        title="Compact: below 8,000 parameters",
        description=(
            "7,758 parameters: two kernels are used twice, two more layers for hardly more"
            " parameters. Augmentation is eased off at the end."
        ),
        config=_SEED.replace(model="compact-twice", dropout=0.02, ease_epochs=3),
        on_small_set=_ON_SMALL_SET | {"ease_epochs": 0},
    ),
    Recipe(
        name="tiny",
        title="Tiny: below 3,500 parameters",
        description=(
            "3,190 parameters: how few are enough? Two kernels are used three times each, and the"
            " pools blur, so that a digit may move. Augmentation is eased off at the end."
        ),
        config=_SEED.replace(model="tiny-thrice", dropout=0.02, ease_epochs=3),
        on_small_set=_ON_SMALL_SET | {"dropout": 0.0, "ease_epochs": 0},
    ),
    Recipe(
        name="draw",
        title="Draw: reads what people draw",
        description=(
            "As record, and trained on pen strokes beside MNIST: each digit drawn afresh every"
            " epoch by other hands. Needs a file of strokes, or drawings you kept."
        ),
        config=_SEED.replace(model="record", dropout=0.02, stroke_renders=3, ease_epochs=6),
        on_small_set=_ON_SMALL_SET | {"ease_epochs": 4},
    ),
    Recipe(
        name="original",
        title="Original: as the author ran it",
        description=(
            "The challenge’s own network with constant SGD at 0.01, batches of 30 and no"
            " augmentation, on all 60,000 images, watching the test set. It peaked at 99.36 %."
        ),
        config=TrainConfig(
            watch="test",
            epochs=18,
            batch_size=30,
            learning_rate=0.01,
            schedule="constant",
            nesterov=False,
        ),
        on_small_set={"batch_size": 16},
    ),
)

RECIPES: Final[dict[str, Recipe]] = {recipe.name: recipe for recipe in _RECIPES}
"""The recipes that are offered; `get_recipe` knows those of the lessons, too."""


def get_recipe(name: str) -> Recipe:
    """Return the recipe or lesson of that name; raises `ConfigError` listing the known ones."""
    if (recipe := find_recipe(name)) is None:
        known = [*RECIPES, *LESSONS]
        raise ConfigError(
            f"Unknown recipe {name!r}.{did_you_mean(name, known)} Known are {', '.join(known)}."
        )
    return recipe


def find_recipe(name: str) -> Recipe | None:
    """Return the recipe or lesson of that name; None if this version knows none."""
    lesson = LESSONS.get(name)
    return RECIPES.get(name) or (lesson.recipe if lesson else None)


def repeat_command(recipe: str, config: TrainConfig, command: str = "train") -> str:
    """Return the command that trains with these settings, or, of its name, that studies them.

    Of a recipe that this version does not know, every setting that differs from the first recipe's
    is in the command.
    """
    known = find_recipe(recipe) or next(iter(RECIPES.values()))
    words = ["python", "-m", "mnist_core", command, "--recipe", known.name]
    for name, value in known.changes_in(config).items():
        option = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{option}" if value else f"--no-{option}")
        else:
            words += [f"--{option}", str(value)]
    if config.stroke_renders:
        words += ["--strokes", "FILE"]
    return shlex.join(words)
