"""Networks drawn and held against each other; pictures that explain. No page is opened."""

import numpy as np
import pytest

from mnist_core.checkpoints.card import Card
from mnist_core.experiments.study import Study
from mnist_core.networks.notation import parse
from mnist_core.runs.catalogue import list_models
from mnist_ui.charts import compared
from mnist_ui.pages.explain import charts
from mnist_ui.pages.model.diagram import diagram_html, tell


def test_the_diagram_is_drawn_from_the_line() -> None:
    network = parse("4C5v B R 10C24v")
    assert "Conv 5×5: 4 × 24 × 24, then Batch norm, ReLU; Conv 24×24: 10 × 1 × 1" in tell(network)
    assert diagram_html(network).count('class="block"') == 3


def _study(name: str, dataset: str = "mnist") -> Study:
    return Study(
        name=name,
        recipe=name,
        dataset=dataset,
        model="seed",
        parameters=16_402,
        epochs=19,
        num_train=60_000,
        test_accuracies=(99.5, 99.6, 99.61),
        seconds=(1.0, 1.0, 1.0),
        jobs=1,
        date="2026-01-01",
        machine={},
    )


def _card() -> Card:
    return next(card for card in list_models() if card.name == "seed")


def test_a_study_takes_the_place_of_its_recipes_single_run() -> None:
    (single, *_), (studied, *_) = (
        compared.compare([_card()], studies) for studies in ([], [_study("seed")])
    )
    assert single.accuracy == _card().test_accuracy and single.singles == ()
    assert studied.accuracy == pytest.approx(99.57) and len(studied.singles) == 3
    assert "mean of 3 seeds (95 % interval 99.42 to 99.72 %)" in studied.how


def test_only_what_was_measured_on_mnist_is_compared() -> None:
    entries = compared.compare([], [_study("small", dataset="digits")])
    assert not any(entry.is_ours for entry in entries)
    assert compared.accuracy_by_parameters(entries).layout.yaxis.range[0] < -0.0


def test_the_picture_has_every_seed_and_the_challenge_ends_at_its_limits() -> None:
    figure = compared.accuracy_by_parameters(compared.compare([], [_study("seed")]))
    by_name = {trace.name: trace for trace in figure.data}
    assert len(by_name["single seeds"].x) == 3
    assert by_name["here"].error_y.array[0] > 0 and by_name["here"].error_y.arrayminus[0] > 0
    assert figure.layout.shapes[0].x1 == 20_000


def test_what_speaks_against_a_digit_is_blue_and_for_it_orange() -> None:
    image, heat = np.ones((28, 28), np.float32), np.zeros((28, 28), np.float32)
    heat[0, 0], heat[0, 1] = 1.0, -1.0
    red_first, blue_first = (charts.heat_colors(image, heat, 1.0)[0, column] for column in (0, 1))
    assert red_first[0] > red_first[2] and blue_first[2] > blue_first[0]
