"""Which of a visitor's own runs trained a step of the ladder. Needs no torch."""

from collections import defaultdict
from collections.abc import Iterable

from mnist_core.checkpoints.card import read_card
from mnist_core.config.lessons import LESSONS
from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import MnistError
from mnist_core.runs.run import Run


def own_accuracies(runs: Iterable[Run]) -> dict[str, list[float]]:
    """Return the test accuracies (percent) of the runs with a step's settings, by its name.

    A run with another seed, on other images held out, or on another machine is still the step's.
    """
    names = [*LESSONS, "record"]
    by_config = {_essence(get_recipe(name).config): name for name in names}
    found: defaultdict[str, list[float]] = defaultdict(list)
    for run in runs:
        if not run.is_readable() or run.kind != "training":
            continue
        name = by_config.get(_essence(run.config))
        if name is None:
            continue
        try:
            accuracy = read_card(run.checkpoint_path).test_accuracy
        except MnistError:
            continue
        if accuracy is not None:
            found[name].append(accuracy)
    return dict(found)


def _essence(config: TrainConfig) -> TrainConfig:
    return config.replace(seed=0, watch="training", threads=1, device="auto")
