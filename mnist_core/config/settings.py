"""What a run is told: one frozen set of settings, and the named recipes.

Each setting is described once, here, in its field: the command line, the form in the app
and the check in `TrainConfig.__post_init__` all read it from there.
Standard library only.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from mnist_core.config.knob import Knob, check, described
from mnist_core.networks.named import LINES, call

SET_BY_STUDY: Final = ("watch", "seed", "threads")
"""Settings that a study sets itself: all seeds, on all training images, one thread each."""


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All that decides a training run. Raises `ConfigError` when a value is out of range."""

    model: str = described(
        "seed",
        "Network",
        "Which network is trained: a name, or a line such as 8c5 p2 8c3 p2 d 2*12c3 max.",
        "basics",
        choices=tuple(LINES),
        is_open=True,
    )
    dataset: str = described(
        "mnist",
        "Data",
        "mnist: 70,000 digits of 28×28. digits: 1,797 small ones that come with the app.",
        "basics",
        choices=("mnist", "digits"),
    )
    watch: str = described(
        "validation",
        "Watch",
        "validation: some training images are held out and measured after each epoch, the test"
        " set once at the end. training: train on all training images, measure some of these"
        " after each epoch and the test set once at the end. test: train on all training images"
        " and show the test accuracy after each epoch, as the challenge's author did. The"
        " weights after the last epoch are the result, whatever was watched.",
        "basics",
        choices=("validation", "training", "test"),
    )
    epochs: int = described(
        18,
        "Epochs",
        "How many times the network sees every training image. The challenge allows 19.",
        "basics",
        minimum=1,
        maximum=100,
        step=1,
    )
    batch_size: int = described(
        64,
        "Batch size",
        "Images per step. Small batches learn more per epoch, large ones run faster.",
        "basics",
        minimum=8,
        maximum=1024,
        step=1,
        unit="images",
    )
    seed: int = described(
        0,
        "Seed",
        "Start of all randomness: the same seed gives the same weights.",
        "basics",
        minimum=0,
        maximum=2**31 - 1,
        step=1,
    )
    learning_rate: float = described(
        0.1,
        "Learning rate",
        "How far a step moves the weights along the gradient, where the schedule is highest.",
        "optimiser",
        minimum=0.0001,
        maximum=2.0,
        step=0.005,
    )
    schedule: str = described(
        "one-cycle",
        "Schedule",
        "constant: the learning rate never changes. one-cycle: it rises in a line and falls in"
        " half a cosine, almost to zero by the last step (Smith and Topin, 2017).",
        "optimiser",
        choices=("one-cycle", "constant"),
    )
    warmup: float = described(
        0.2,
        "Warm-up",
        "Share of the steps in which the one-cycle learning rate rises.",
        "optimiser",
        minimum=0.0,
        maximum=0.9,
        step=0.05,
    )
    momentum: float = described(
        0.9,
        "Momentum",
        "How much of the last step is carried into the next.",
        "optimiser",
        minimum=0.0,
        maximum=0.99,
        step=0.01,
    )
    nesterov: bool = described(
        True,
        "Nesterov momentum",
        "Momentum that looks ahead: the step is found for where the weights are about to be, not"
        " where they are.",
        "optimiser",
    )
    weight_decay: float = described(
        0.0,
        "Weight decay",
        "Pull of the convolutions' weights towards zero.",
        "optimiser",
        minimum=0.0,
        maximum=0.1,
        step=0.0001,
    )
    ema_decay: float = described(
        0.0,
        "Weight averaging",
        "Decay of the running average of the weights, per step; the averaged weights are the"
        " result. 0 switches it off.",
        "optimiser",
        minimum=0.0,
        maximum=0.9999,
        step=0.001,
    )
    label_smoothing: float = described(
        0.0,
        "Label smoothing",
        "Share of the target that is spread over all ten digits, so that the network is never"
        " taught to be entirely sure.",
        "regularisation",
        minimum=0.0,
        maximum=0.5,
        step=0.01,
    )
    dropout: float = described(
        0.1,
        "Dropout",
        "Share of the channels that are silenced at random in each training step.",
        "regularisation",
        minimum=0.0,
        maximum=0.9,
        step=0.01,
    )
    rotation: float = described(
        0.0,
        "Rotation",
        "Turn each training image at random by up to this angle.",
        "augmentation",
        minimum=0.0,
        maximum=45.0,
        step=1.0,
        unit="°",
    )
    shift: float = described(
        0.0,
        "Shift",
        "Move each training image at random by up to this much.",
        "augmentation",
        minimum=0.0,
        maximum=6.0,
        step=0.25,
        unit="pixels",
    )
    scale: float = described(
        0.0,
        "Scale",
        "Stretch or shrink each training image at random by up to this share.",
        "augmentation",
        minimum=0.0,
        maximum=0.5,
        step=0.01,
    )
    shear: float = described(
        0.0,
        "Shear",
        "Slant each training image at random by up to this angle.",
        "augmentation",
        minimum=0.0,
        maximum=45.0,
        step=1.0,
        unit="°",
    )
    elastic: float = described(
        0.0,
        "Elastic",
        "Bend each training image smoothly by about this much (Simard et al., 2003).",
        "augmentation",
        minimum=0.0,
        maximum=4.0,
        step=0.1,
        unit="pixels",
    )
    thickness: float = described(
        0.0,
        "Stroke thickness",
        "How strongly strokes are thickened or thinned at random.",
        "augmentation",
        minimum=0.0,
        maximum=1.0,
        step=0.05,
    )
    ease_epochs: int = described(
        0,
        "Ease off",
        "Last epochs in which the distortions above become weaker, to none in the very last. 0:"
        " they stay as strong to the end.",
        "data",
        minimum=0,
        maximum=100,
        step=1,
        unit="epochs",
    )
    stroke_renders: int = described(
        0,
        "Pen digits",
        "How many times an epoch every digit of a file of pen strokes is drawn, each time by"
        " another hand and with another pen, and trained on beside the data set. 0: none are.",
        "data",
        minimum=0,
        maximum=10,
        step=1,
        unit="times",
    )
    threads: int = described(
        1,
        "Threads",
        "Processor threads. More are quicker only on an idle machine: they wait for each other."
        " The same number is needed to repeat a result bit for bit.",
        "machine",
        minimum=1,
        maximum=64,
        step=1,
    )
    device: str = described(
        "auto",
        "Device",
        "auto takes a GPU if there is one.",
        "machine",
        choices=("auto", "cpu", "cuda"),
    )

    def __post_init__(self) -> None:
        for field in _fields():
            check(field, getattr(self, field.name))
        object.__setattr__(self, "model", call(self.model))

    def to_json(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in _fields()}

    def replace(self, **changes: Any) -> "TrainConfig":
        return dataclasses.replace(self, **changes)


@cache
def knobs() -> Mapping[str, Knob]:
    """Return every setting's description by name, in order of definition."""
    return MappingProxyType({field.name: field.metadata["knob"] for field in _fields()})


@cache
def _fields() -> "tuple[dataclasses.Field[Any], ...]":
    return dataclasses.fields(TrainConfig)


def changed_settings(config: TrainConfig, recipe: TrainConfig) -> dict[str, Any]:
    """Return the settings of `config` that differ from `recipe`."""
    theirs = recipe.to_json()
    return {name: value for name, value in config.to_json().items() if value != theirs[name]}
