"""The ladder of lessons: from a plain network to the challenge, one idea of the field a step.

Each step changes one thing of the step before; the last takes what a search found. What each is
worth was measured: five seeds, all training images, the test set once a run (`study --recipe
NAME`, in `models/lessons/`). The settings were fixed before any of them was measured.
Standard library only.
"""

from dataclasses import dataclass
from typing import Any, Final

from mnist_core.config.recipe import Recipe
from mnist_core.config.settings import TrainConfig


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """One step of the ladder, or a failure that teaches; `why` is one paragraph."""

    recipe: Recipe
    why: str
    is_failure: bool = False


_PLAIN: Final = TrainConfig(
    model="8C5 R p2 16C5 R p2 10C7v",
    epochs=8,
    batch_size=64,
    learning_rate=0.02,
    schedule="constant",
    weight_decay=0.0005,
)
_WITH_BATCH_NORM: Final = _PLAIN.replace(model="8c5 p2 16c5 p2 10C7v")
_WITH_POOLING: Final = _WITH_BATCH_NORM.replace(model="8c5 p2 16c5 p2 max")
_DEEPER: Final = _WITH_POOLING.replace(model="8c5 p2 2*16c3 p2 2*24c3 max")
_AUGMENTED: Final = _DEEPER.replace(rotation=10.0, shift=2.0, scale=0.1)
_FALLING: Final = _AUGMENTED.replace(schedule="one-cycle", learning_rate=0.1)
_AVERAGED: Final = _FALLING.replace(ema_decay=0.998)
_WITH_DROPOUT: Final = _AVERAGED.replace(model="8c5 p2 2*16c3 p2 d 2*24c3 max", dropout=0.02)


def _lesson(name: str, title: str, config: TrainConfig, why: str, **more: Any) -> Lesson:
    recipe = Recipe(
        name=name,
        title=title,
        description=f"A step of the ladder: {title}.",
        config=config,
        on_small_set=_on_small_set(config),
    )
    return Lesson(recipe=recipe, why=why, **more)


def _on_small_set(config: TrainConfig) -> dict[str, Any]:
    averaged = {"ema_decay": 0.98} if config.ema_decay else {}
    return {"epochs": 12, "batch_size": 32} | averaged


_LESSONS: Final = (
    _lesson(
        "plain",
        "A plain network",
        _PLAIN,
        "Two convolutions with ReLU and pooling, then one large kernel that weighs all 7×7 places"
        " for each digit, trained by gradient descent at a rate that never changes. That last layer"
        " holds two thirds of the parameters. It learns fast, then gets stuck.",
    ),
    _lesson(
        "batch-norm",
        "Batch normalisation",
        _WITH_BATCH_NORM,
        "Each channel is shifted and scaled to mean 0 and variance 1 over the batch before its ReLU"
        " (Ioffe and Szegedy, 2015), so that layers no longer chase each other’s changing scale. At"
        " the same small rate nothing is gained by it yet; what it gives is that step 6 can be"
        " trained at five times the rate, at which the network without it collapsed (below).",
    ),
    _lesson(
        "global-pooling",
        "Global pooling for the large last layer",
        _WITH_POOLING,
        "Keep only the greatest value of each channel, wherever it stands, and weigh those sixteen"
        " numbers (Lin, Chen and Yan, 2013): 170 parameters in place of 7,850. Alone it costs"
        " accuracy, for each value comes from a window smaller than the digit. But the budget is"
        " free again.",
    ),
    _lesson(
        "receptive-field",
        "See the whole digit",
        _DEEPER,
        "Spend what was saved on depth: four 3×3 layers in place of one 5×5. An answer now sees"
        " the whole image, where it saw 16×16 pixels; and more layers of ReLU between"
        " pixel and answer can say more with the same number of weights.",
    ),
    _lesson(
        "augmentation",
        "Augmentation",
        _AUGMENTED,
        "Turn each image by up to 10°, move it by up to 2 pixels, stretch it by up to a tenth,"
        " anew in each epoch. It is still the same digit, but never the same image, so the network"
        " cannot learn the 60,000 by heart. It learns more slowly and generalises better.",
    ),
    _lesson(
        "falling-rate",
        "A learning rate that rises and falls",
        _FALLING,
        "At a constant rate the weights keep jumping around a good place. One-cycle (Smith and"
        " Topin, 2017) warms up to a five times higher rate and then falls to almost nothing:"
        " large steps to get there, small ones to settle.",
    ),
    _lesson(
        "averaging",
        "Averaged weights",
        _AVERAGED,
        "Keep a running average of the weights beside those that are trained, and answer with it"
        " (Polyak and Juditsky, 1992). It lies nearer to the middle of the valley than any single"
        " step, at no cost in parameters.",
    ),
    _lesson(
        "dropout",
        "Dropout",
        _WITH_DROPOUT,
        "Silence whole channels at random in training (Srivastava et al., 2014), so that none"
        " relies on another. The challenge asks for it. In so small a network that already sees"
        " every image distorted there is little left to regularise: here only one channel in"
        " fifty.",
    ),
)

_FAILURES: Final = (
    _lesson(
        "rate-too-high",
        "A rate too high",
        _PLAIN.replace(learning_rate=0.06),
        "The plain network with steps three times as long: they jump over what they should reach,"
        " and many a channel ends below zero for every image, where ReLU passes nothing on and no"
        " gradient comes back. With steps five or 25 times as long some runs soon answered one"
        " digit to all images, and were ended. With batch normalisation five times is no problem,"
        " once the rate falls towards the end (step 6).",
        is_failure=True,
    ),
    _lesson(
        "without-batch-norm",
        "No batch normalisation",
        _WITH_DROPOUT.replace(
            model="8C5 p2 R 16C3 R 16C3 p2 R d 24C3 R 24C3 R max", learning_rate=0.03
        ),
        "The last step without its batch norms. At the same rate of 0.1 the first seed collapsed in"
        " its third epoch: what the layers hand on drifts in scale, and the rate that was right"
        " with them is too high without. At a third of that rate, as here, it comes close.",
        is_failure=True,
    ),
    _lesson(
        "sees-ten-pixels",
        "A receptive field of 10",
        _WITH_DROPOUT.replace(model="16c5 p2 d 48c3 max"),
        "All tricks of the ladder and as many channels, but an answer is the greatest of what"
        " windows of 10×10 pixels say. A loop or a corner fits into one; how they stand to each"
        " other does not.",
        is_failure=True,
    ),
)

LESSONS: Final[dict[str, Lesson]] = {
    lesson.recipe.name: lesson for lesson in (*_LESSONS, *_FAILURES)
}
"""The steps in order, then the failures. The ladder ends with the recipe `record`."""
