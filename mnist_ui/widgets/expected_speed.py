"""How fast a network can be expected to train here: from runs and studies of it, or of others."""

from collections.abc import Iterator, Mapping
from statistics import median
from typing import Final

import streamlit as st

from mnist_core.checkpoints.card import Card, read_card
from mnist_core.errors import MnistError
from mnist_core.experiments.study import list_studies
from mnist_core.networks.named import describe
from mnist_core.runs.run import Run

_SECONDS_THAT_TELL: Final = 5
_SLOW: Final = 2_000.0
"""Images a second where nothing is known."""


def known_speeds(runs: list[Run]) -> dict[str, float]:
    """Return training images a second by network: of the newest run of it, else of its study."""
    speeds: dict[str, float] = {}
    for card in _cards_of(runs):
        if card.seconds > _SECONDS_THAT_TELL:
            speeds.setdefault(card.model, card.epochs * card.num_train / card.seconds)
    return _studied_speeds() | speeds


def expected_speed(model: str, known: Mapping[str, float]) -> float:
    """Return the images a second to expect of a network, named or as a line.

    One that was never trained is held against the known one whose work for an image is most alike,
    and takes as much longer as it has more multiply-adds.
    """
    if model in known:
        return known[model]
    if not known:
        return _SLOW
    work = describe(model).multiply_adds
    others = {name: describe(name).multiply_adds for name in known}
    alike = min(others, key=lambda name: max(work, others[name]) / min(work, others[name]))
    return known[alike] * others[alike] / work


@st.cache_data(show_spinner=False)
def _studied_speeds() -> dict[str, float]:
    return {
        study.model: study.epochs * study.num_train / median(study.seconds)
        for study in list_studies()
    }


def _cards_of(runs: list[Run]) -> Iterator[Card]:
    for run in runs:
        try:
            card = read_card(run.checkpoint_path)
            describe(card.model)
        except MnistError:  # no epoch is over, or a network of another version
            continue
        yield card
