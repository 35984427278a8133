"""What the page knows besides the line: networks measured, a visitor's own runs, speeds.

Gathered once for each run of the whole page, never at a keystroke. Needs no torch.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mnist_core.checkpoints.card import Card, read_card
from mnist_core.data.mnist import usual_dataset
from mnist_core.errors import MnistError
from mnist_core.experiments.study import Study, list_studies
from mnist_core.networks.named import describe
from mnist_core.runs.catalogue import list_models
from mnist_core.runs.run import Run
from mnist_ui import wording
from mnist_ui.charts.compared import Entry, compare
from mnist_ui.pages.model.examples import Example, examples
from mnist_ui.session.visitors import own_runs
from mnist_ui.widgets.expected_speed import known_speeds

_NUM_RUNS: Final = 50
_NUM_LINES: Final = 5


@dataclass(frozen=True, kw_only=True)
class Known:
    """`own` are test accuracies (percent, on MNIST) by network; `problems` say
    which studies cannot be read.

    `dataset` is what a run would train on: MNIST where it is at hand.
    """

    entries: list[Entry]
    studies: list[Study]
    examples: dict[str, Example]
    own: Mapping[str, list[float]]
    speeds: Mapping[str, float]
    dataset: str
    problems: list[str]


def gather() -> Known:
    """Return what is known to the visitor who looks at the page."""
    runs = [run for run in own_runs()[:_NUM_RUNS] if run.is_readable() and run.kind == "training"]
    results = _results(runs)
    own: defaultdict[str, list[float]] = defaultdict(list)
    for model, card in results:
        if card is not None and card.dataset == "mnist" and card.test_accuracy is not None:
            own[model].append(card.test_accuracy)
    lines: dict[str, str] = {}
    for model, card in results:
        lines.setdefault(model, _say(card))
    beginnings = examples(list(lines.items()), _NUM_LINES)
    problems: list[str] = []
    studies = list_studies(problems=problems)
    return Known(
        entries=compare(list_models(), studies),  # `choose_network` tells of models
        studies=studies,
        examples=beginnings,
        own=own,
        speeds=known_speeds(runs),
        dataset=usual_dataset(),
        problems=problems,
    )


def _results(runs: list[Run]) -> list[tuple[str, Card | None]]:
    """Return each run's network, and its card if there is one yet."""
    found: list[tuple[str, Card | None]] = []
    for run in runs:
        model = run.config.model
        try:
            describe(model)
        except MnistError:  # a network of another version
            continue
        try:
            found.append((model, read_card(run.checkpoint_path)))
        except MnistError:  # no epoch is over yet
            found.append((model, None))
    return found


def _say(card: Card | None) -> str:
    if card is None:
        return "You began to train it; no epoch is over yet."
    return f"You trained it: {wording.accuracy(card)}."
