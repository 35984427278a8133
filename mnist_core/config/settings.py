"""What a run is told: one frozen set of settings, and the named recipes.

Each setting is described once, here, in its field: the command line, the form in the app
and the check in `TrainConfig.__post_init__` all read it from there.
Standard library only.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from mnist_core.errors import ConfigError

MODELS: Final = ("seed", "record", "compact", "tiny", "quick")
"""Names that `mnist_core.models.build_model` knows; a test keeps the two in step."""

MAX_CHALLENGE_EPOCHS: Final = 19
MAX_CHALLENGE_PARAMETERS: Final = 19_999
CHALLENGE_ACCURACY: Final = 99.4
"""The challenge: fewer than 20 epochs, fewer than 20,000 parameters, at least 99.4 %."""

NUM_VALIDATION: Final = {"mnist": 5_000, "digits": 297}
"""Training images held out when a run watches validation accuracy."""


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


def _field(default: Any, label: str, help: str, group: str, **bounds: Any) -> Any:
    knob = Knob(label=label, help=help, group=group, **bounds)
    return dataclasses.field(default=default, metadata={"knob": knob})


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """All that decides a training run. Raises `ConfigError` when a value is out of range."""

    model: str = _field(
        "seed", "Network", "Which of the networks is trained.", "basics", choices=MODELS
    )
    dataset: str = _field(
        "mnist",
        "Data",
        "mnist: 70,000 digits of 28×28. digits: 1,797 small ones that come with the app.",
        "basics",
        choices=("mnist", "digits"),
    )
    watch: str = _field(
        "validation",
        "Watch",
        "validation: some training images are held out and measured after each epoch, the test"
        " set once at the end. training: train on all training images, measure some of these"
        " after each epoch and the test set once at the end. test: train on all training images"
        " and show the test accuracy after each epoch, as the challenge's author did. None"
        " chooses an epoch.",
        "basics",
        choices=("validation", "training", "test"),
    )
    epochs: int = _field(
        18,
        "Epochs",
        "How many times the network sees every training image. The challenge allows 19.",
        "basics",
        minimum=1,
        maximum=100,
        step=1,
    )
    batch_size: int = _field(
        64,
        "Batch size",
        "Images per step. Small batches learn more per epoch, large ones run faster.",
        "basics",
        minimum=8,
        maximum=1024,
        step=1,
        unit="images",
    )
    seed: int = _field(
        0,
        "Seed",
        "Start of all randomness: the same seed gives the same weights.",
        "basics",
        minimum=0,
        maximum=2**31 - 1,
        step=1,
    )
    learning_rate: float = _field(
        0.1,
        "Learning rate",
        "Size of the steps at its highest.",
        "optimiser",
        minimum=0.0001,
        maximum=2.0,
        step=0.005,
    )
    schedule: str = _field(
        "one-cycle",
        "Schedule",
        "constant: the learning rate never changes. one-cycle: it rises in a line and falls in"
        " half a cosine, almost to zero by the last step (Smith and Topin, 2017).",
        "optimiser",
        choices=("one-cycle", "constant"),
    )
    warmup: float = _field(
        0.2,
        "Warm-up",
        "Share of the steps in which the one-cycle learning rate rises.",
        "optimiser",
        minimum=0.0,
        maximum=0.9,
        step=0.05,
    )
    momentum: float = _field(
        0.9,
        "Momentum",
        "How much of the last step is carried into the next.",
        "optimiser",
        minimum=0.0,
        maximum=0.99,
        step=0.01,
    )
    nesterov: bool = _field(
        True,
        "Nesterov momentum",
        "Look ahead along the momentum before each step.",
        "optimiser",
    )
    weight_decay: float = _field(
        0.0,
        "Weight decay",
        "Pull of the convolutions' weights towards zero.",
        "optimiser",
        minimum=0.0,
        maximum=0.1,
        step=0.0001,
    )
    ema_decay: float = _field(
        0.0,
        "Weight averaging",
        "Decay of the running average of the weights, per step; the averaged weights are the"
        " result. 0 switches it off.",
        "optimiser",
        minimum=0.0,
        maximum=0.9999,
        step=0.001,
    )
    label_smoothing: float = _field(
        0.0,
        "Label smoothing",
        "Share of the target that is spread over all ten digits.",
        "regularisation",
        minimum=0.0,
        maximum=0.5,
        step=0.01,
    )
    dropout: float = _field(
        0.1,
        "Dropout",
        "Share of the channels that are silenced at random in each training step.",
        "regularisation",
        minimum=0.0,
        maximum=0.9,
        step=0.01,
    )
    rotation: float = _field(
        0.0,
        "Rotation",
        "Turn each training image at random by up to this angle.",
        "augmentation",
        minimum=0.0,
        maximum=45.0,
        step=1.0,
        unit="°",
    )
    shift: float = _field(
        0.0,
        "Shift",
        "Move each training image at random by up to this much.",
        "augmentation",
        minimum=0.0,
        maximum=6.0,
        step=0.25,
        unit="pixels",
    )
    scale: float = _field(
        0.0,
        "Scale",
        "Stretch or shrink each training image at random by up to this share.",
        "augmentation",
        minimum=0.0,
        maximum=0.5,
        step=0.01,
    )
    shear: float = _field(
        0.0,
        "Shear",
        "Slant each training image at random by up to this angle.",
        "augmentation",
        minimum=0.0,
        maximum=45.0,
        step=1.0,
        unit="°",
    )
    elastic: float = _field(
        0.0,
        "Elastic",
        "Bend each training image smoothly by about this much (Simard et al., 2003).",
        "augmentation",
        minimum=0.0,
        maximum=4.0,
        step=0.1,
        unit="pixels",
    )
    thickness: float = _field(
        0.0,
        "Stroke thickness",
        "How strongly strokes are thickened or thinned at random.",
        "augmentation",
        minimum=0.0,
        maximum=1.0,
        step=0.05,
    )
    threads: int = _field(
        1,
        "Threads",
        "Processor threads. More are quicker only on an idle machine: they wait for each other."
        " The same number is needed to repeat a result bit for bit.",
        "machine",
        minimum=1,
        maximum=64,
        step=1,
    )
    device: str = _field(
        "auto",
        "Device",
        "auto takes a GPU if there is one.",
        "machine",
        choices=("auto", "cpu", "cuda"),
    )

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(field, getattr(self, field.name))

    def to_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "TrainConfig":
        """Build from a mapping; raises `ConfigError` for an unknown name or a bad value."""
        names = {field.name for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - names)
        if unknown:
            raise ConfigError(
                f"Unknown setting {unknown[0]!r}; known are {', '.join(sorted(names))}."
            )
        return cls(**values)

    def replace(self, **changes: Any) -> "TrainConfig":
        return dataclasses.replace(self, **changes)


def knobs() -> dict[str, Knob]:
    """Return every setting's description by name, in order of definition."""
    return {field.name: field.metadata["knob"] for field in dataclasses.fields(TrainConfig)}


def changed_settings(config: TrainConfig, recipe: TrainConfig) -> dict[str, Any]:
    """Return the settings of `config` that differ from `recipe`."""
    theirs = recipe.to_json()
    return {name: value for name, value in config.to_json().items() if value != theirs[name]}


def _check(field: "dataclasses.Field[Any]", value: Any) -> None:
    knob: Knob = field.metadata["knob"]
    expected = type(field.default)
    # JSON has no difference between 1 and 1.0, and True counts as an int in Python.
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    fits = is_number if expected is float else type(value) is expected
    if not fits:
        raise ConfigError(
            f"{knob.label} ({field.name}) must be {expected.__name__}, not {value!r}."
        )
    if knob.choices and value not in knob.choices:
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


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """A named configuration: where a run starts from before a person changes anything."""

    name: str
    title: str
    description: str
    config: TrainConfig


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

_RECIPES: Final = (
    Recipe(
        name="quick",
        title="Quick: the challenge in half a minute",
        description=(
            "A network of 17,226 parameters whose first layer moves in strides of two, in few"
            " epochs of larger batches."
        ),
        config=_SEED.replace(
            model="quick",
            epochs=5,
            batch_size=256,
            learning_rate=0.3,
            ema_decay=0.992,
            dropout=0.02,
        ),
    ),
    Recipe(
        name="seed",
        title="Seed: the challenge’s own network",
        description=(
            "The 16,402-parameter network with a learning rate that rises and falls, light"
            " augmentation and averaged weights."
        ),
        config=_SEED,
    ),
    Recipe(
        name="record",
        title="Record: the most accurate",
        description="19,386 parameters, padded convolutions, the strongest place decides.",
        config=_SEED.replace(model="record", dropout=0.02),
    ),
    Recipe(
        name="compact",
        title="Compact: below 8,000 parameters",
        description="As record, with 7,314 parameters.",
        config=_SEED.replace(model="compact", dropout=0.02),
    ),
    Recipe(
        name="tiny",
        title="Tiny: below 3,500 parameters",
        description="As record, with 3,146 parameters: how few are enough?",
        config=_SEED.replace(model="tiny", dropout=0.02),
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
    ),
)

RECIPES: Final[dict[str, Recipe]] = {recipe.name: recipe for recipe in _RECIPES}


def get_recipe(name: str) -> Recipe:
    """Return the recipe of that name; raises `ConfigError` listing the known ones."""
    if name not in RECIPES:
        raise ConfigError(f"Unknown recipe {name!r}; known are {', '.join(RECIPES)}.")
    return RECIPES[name]
