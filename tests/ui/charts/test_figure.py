import math
import tomllib
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go
import pytest
from msgspec import structs

from mnist_core.files import PROJECT_DIR
from mnist_core.runs.changes import Change
from mnist_core.runs.events import Epoch, Mistake, Step
from mnist_core.runs.history import History
from mnist_ui import wording
from mnist_ui.charts import figure as figures
from mnist_ui.charts.colors import CSS_VARIABLES, DIGIT_COLORS
from mnist_ui.charts.confusion import confusion_matrix
from mnist_ui.charts.thin import thin
from mnist_ui.pages.explain import charts as explain_charts
from mnist_ui.pages.runs import comparison
from mnist_ui.pages.train import charts, what_it_learned


def _step(number: int, loss: float = 1.0) -> Step:
    return Step(
        step=number,
        epoch=number / 100,
        loss=loss,
        learning_rate=0.1,
        gradient_norm=2.0,
        images_per_second=5_000.0,
        seconds=number / 50,
    )


def _epoch(number: int, accuracy: float) -> Epoch:
    return Epoch(
        epoch=number,
        step=100 * number,
        train_loss=0.1,
        train_accuracy=accuracy - 1,
        watch_loss=0.1,
        watch_accuracy=accuracy,
        seconds=number,
        probe=tuple(0.91 if digit == 7 else 0.01 for digit in range(10)),
    )


def test_thinning_keeps_first_last_extremes_and_epochs() -> None:
    values = np.sin(np.arange(20_000) / 500).tolist()
    values[7_777], values[12_345] = 9.0, -9.0
    kept = thin(values, keep=[4_321])
    assert len(kept) <= 300
    assert {0, 19_999, 7_777, 12_345, 4_321} <= set(kept)
    assert kept == sorted(kept)


def test_a_short_curve_is_not_thinned() -> None:
    assert thin([1.0, 2.0, 3.0]) == [0, 1, 2]


def test_a_growing_curve_keeps_the_points_it_had_until_buckets_double() -> None:
    values = np.random.default_rng(0).normal(size=4_000).tolist()
    before, after = set(thin(values[:3_000])), set(thin(values[:3_100]))
    assert len(before & after) >= 0.97 * len(before)


def test_99_3_and_99_5_are_further_apart_than_a_lines_width() -> None:
    figure = charts.accuracy_by_epoch([_epoch(1, 60.0)], watched="test", num_epochs=3, run="a")
    low, high = figure.layout.yaxis.range
    share = (figures.error_height(99.5) - figures.error_height(99.3)) / (high - low)
    assert share > 0.03
    assert low < figures.error_height(60.0) < figures.error_height(99.4) < high


def test_hovering_over_an_accuracy_tells_it_exactly() -> None:
    epochs = [_epoch(1, 98.76), _epoch(2, 100.0)]
    figure = charts.accuracy_by_epoch(epochs, watched="test", num_epochs=3, run="a")
    assert list(figure.data[1].customdata) == [98.76, 100.0]
    assert all(math.isfinite(y) for y in figure.data[1].y)


def test_what_was_done_to_a_run_is_marked_on_its_curves_with_a_hover() -> None:
    changes = [Change(step=15, epoch=1.5, what="learning rate 0.02", alters_result=True)]
    steps, epochs = [_step(n) for n in range(30)], [_epoch(1, 90.0), _epoch(2, 95.0)]
    history = History(steps=steps, epochs=epochs)
    history.changes.extend(changes)
    for figure in (
        charts.loss_by_step(steps, epochs, run="a", changes=changes),
        charts.course_by_step(steps, "learning_rate", name="x", run="a", changes=changes),
        charts.accuracy_by_epoch(epochs, watched="test", num_epochs=2, run="a", changes=changes),
        charts.probe_by_epoch(epochs, num_epochs=2, run="a", changes=changes),
        comparison.accuracies_of({"one": history}),
        comparison.losses_of({"one": history}),
    ):
        (mark,) = (trace for trace in figure.data if trace.yaxis == "y2")
        assert mark.x[0] == mark.x[1] == 1.5
        assert mark.text[0] == "learning rate 0.02 from epoch 1.5 on"
        assert "%{text}" in mark.hovertemplate


def test_the_loss_is_smoothed_on_all_points_before_it_is_thinned() -> None:
    steps = [_step(n, loss=1.0 if n % 2 else 3.0) for n in range(1, 5_001)]
    figure = charts.loss_by_step(steps, [], run="a", window=3.0)
    raw, smoothed = figure.data
    assert len(smoothed.x) <= 301
    assert set(raw.y) == {1.0, 3.0}
    assert smoothed.y[150] == pytest.approx(3**0.5, abs=0.01)


def test_a_figure_keeps_its_zoom_as_long_as_it_shows_the_same_run() -> None:
    first = charts.loss_by_step([_step(1)], [], run="a")
    later = charts.loss_by_step([_step(1), _step(2)], [_epoch(1, 98.0)], run="a")
    other = charts.loss_by_step([_step(1)], [], run="b")
    assert first.layout.uirevision == later.layout.uirevision != other.layout.uirevision


def test_the_likeliest_digit_is_the_highlighted_bar() -> None:
    probabilities = [0.05] * 10
    probabilities[3] = 0.55
    figure = explain_charts.probability_bars(probabilities)
    colors = figure.data[0].marker.color
    assert len(set(colors)) == 2
    assert colors[3] != colors[4]
    assert figure.data[0].text[3] == "55.0 %"


def test_without_a_drawing_no_bar_stands_out() -> None:
    figure = explain_charts.probability_bars(None)
    assert set(figure.data[0].x) == {0.0}
    assert len(set(figure.data[0].marker.color)) == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "> 99.9 %"), (0.0, "< 0.1 %"), (0.123, "12.3 %"), (0.9996, "> 99.9 %")],
)
def test_no_probability_is_told_as_certain(value: float, text: str) -> None:
    assert wording.format_probability(value) == text


def test_right_answers_are_pale_in_the_confusion_and_every_count_is_told() -> None:
    counts = [[100 if i == j else 0 for j in range(10)] for i in range(10)]
    counts[4][9] = 7
    figure = confusion_matrix(counts, run="a")
    z = np.array(figure.data[0].z)
    assert z[4, 9] > 0
    assert np.diag(z).sum() == 0
    assert figure.data[0].text[4][9] == "7"
    assert figure.data[0].text[4][4] == "100"


def test_the_probes_likeliest_digit_is_named_first() -> None:
    figure = charts.probe_by_epoch([_epoch(1, 98.0), _epoch(2, 99.0)], num_epochs=2, run="a")
    named = [trace for trace in figure.data if trace.showlegend]
    assert len(figure.data) == 10
    assert "7" in {trace.name for trace in named}
    assert len(named) == 4


def test_a_mistake_is_told_with_truth_and_answer() -> None:

    mistake = Mistake(image=bytes(784), truth=4, answer=9)
    html = what_it_learned.mistakes_html([mistake])
    assert "4, read as <b>9</b>" in html
    assert html.count("data:image/png;base64,") == 1


def test_every_color_of_a_figure_is_one_that_the_theme_replaces() -> None:
    figure = charts.accuracy_by_epoch([_epoch(1, 98.0)], watched="test", num_epochs=2, run="a")
    used = {trace.line.color for trace in figure.data}
    assert used <= set(CSS_VARIABLES)


def test_the_colors_are_those_of_the_light_theme() -> None:
    import tomllib

    from mnist_core import files

    config = files.PROJECT_DIR / ".streamlit" / "config.toml"
    light = tomllib.loads(config.read_text(encoding="utf-8"))["theme"]["light"]
    for color, variable in CSS_VARIABLES.items():
        words = variable.removeprefix("--st-").split("-")
        name = words[0] + "".join(word.capitalize() for word in words[1:])
        assert light[name].lower() == color.lower(), name


def test_a_short_run_has_all_its_epochs_in_view_and_a_long_one_room_that_doubles() -> None:
    def last_in_view(num_done: int, num_epochs: int) -> float:
        epochs = [_epoch(number, 98.0) for number in range(1, num_done + 1)]
        figure = charts.accuracy_by_epoch(epochs, watched="test", num_epochs=num_epochs, run="a")
        return float(figure.layout.xaxis.range[1])

    assert last_in_view(1, 19) == 19.5
    assert [last_in_view(done, 100) for done in (1, 20, 21, 40, 41, 81)] == [
        20.5, 20.5, 40.5, 40.5, 80.5, 100.5,
    ]  # fmt: skip


def _contrast(color: str, ground: str) -> float:
    """Return the contrast of two colours as WCAG 2 counts it."""

    def luminance(text: str) -> float:
        parts = [int(text[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(color), luminance(ground)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_digits_colour_is_its_own_and_seen_in_both_themes() -> None:
    assert len(set(DIGIT_COLORS)) == 10
    themes = tomllib.loads((PROJECT_DIR / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    for theme in ("light", "dark"):
        ground = themes[theme]["backgroundColor"]
        assert min(_contrast(color, ground) for color in DIGIT_COLORS) >= 3


def test_a_digit_keeps_its_colour_whatever_place_it_has() -> None:
    told = [_epoch(1, 90.0), _epoch(2, 95.0)]
    turned = [structs.replace(one, probe=tuple(reversed(one.probe))) for one in told]
    amounts, shares = [0.0, 1.0], np.array([told[0].probe, turned[0].probe], np.float32)
    for figure in (
        charts.probe_by_epoch(told, num_epochs=2, run="a"),
        charts.probe_by_epoch(turned, num_epochs=2, run="a"),
        explain_charts.sweep_curves(amounts, shares, 0.0, answer=2, unit="", knob="rotation"),
    ):
        assert {trace.name: trace.line.color for trace in figure.data} == {
            str(digit): DIGIT_COLORS[digit] for digit in range(10)
        }


@pytest.mark.parametrize("height", [120, 180, 260, 400])
@pytest.mark.parametrize("lowest", [5.0, 60.0, 97.0, 99.2])
def test_the_labels_of_accuracies_keep_apart_however_low_the_chart(
    height: int, lowest: float
) -> None:
    figure = go.Figure()
    figures.accuracy_axis(figure, lowest=lowest, height=height)
    low, high = figure.layout.yaxis.range
    places = [(height - 75) * (at - low) / (high - low) for at in figure.layout.yaxis.tickvals]
    assert figures.error_height(99.4) in figure.layout.yaxis.tickvals
    assert all(above - below >= 12 for below, above in pairwise(sorted(places)))


def test_losses_of_one_or_two_powers_of_ten_are_labelled_at_1_2_and_5_only() -> None:
    for losses, expected in (([0.07, 3.0], "D2"), ([0.2, 0.3], None), ([1e-4, 3.0], None)):
        figure = go.Figure()
        figures.loss_axis(figure, losses)
        assert figure.layout.yaxis.dtick == expected
