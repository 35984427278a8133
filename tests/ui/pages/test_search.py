"""Search: what the page says in each state, and what its figures draw."""

import dataclasses
import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mnist_core.config.recipes import get_recipe
from mnist_core.experiments.executor import Here
from mnist_core.search import launcher
from mnist_core.search.driver import run_search
from mnist_core.search.folder import Asked, Search, begin_search
from mnist_core.search.results import Found, Trial
from mnist_ui.pages.search import charts, words
from mnist_ui.pages.search.parallel import axes_for, parallel
from mnist_ui.pages.search.table import best_html
from mnist_ui.pages.search.words import Shown
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared, close_shared
from tests.ui.opening import html_of, no_driver, page, run

_ASKED = Asked(
    max_parameters=4_000,
    trials=3,
    epochs=1,
    seeds=1,
    dataset="digits",
    recipe="tiny",
    network="8c5 p2 8c3 max",
    at_once=3,
)
_NOON = datetime(2026, 11, 28, 12)


def _trial(number: int, loss: float, **changes: Any) -> Trial:
    facts: dict[str, Any] = {
        "number": number,
        "state": "finished",
        "config": get_recipe("tiny").config.replace(model="8c5 p2 8c3 max", dropout=0.08),
        "parameters": 1_000 + 100 * number,
        "losses": (loss, loss),
        "accuracies": (100 - 30 * loss,) * 2,
        "curve": (90.0, 98.0),
        "choices": {"dropout": 0.08, "stages": 1, "learning_rate": 0.1 * (number + 1)},
        "begun": _NOON,
        "ended": _NOON + timedelta(seconds=60),
    }
    return Trial(**facts | changes)


def _found(*trials: Trial, **more: Any) -> Found:
    return Found(trials=trials, **more)


def _search(folder: Path, asked: Asked = _ASKED, name: str = "one") -> Search:
    search = begin_search(name, asked, folder)
    here = Here(jobs=1)
    for _ in run_search(search, here):
        pass
    here.close()
    return search


def test_no_smaller_network_of_the_front_is_as_accurate() -> None:
    found = _found(_trial(0, 0.05), _trial(1, 0.06), _trial(2, 0.03), _trial(3, 0.03))
    assert [trial.number for trial in found.front] == [0, 2]
    figure = charts.error_by_parameters([Shown(name="one", found=found, recipe="tiny")])
    (front,) = (trace for trace in figure.data if trace.name == "one")
    assert list(front.x) == [1_000, 1_200] and list(front.y) == pytest.approx([1.5, 0.9])


def test_the_recipe_itself_is_marked_and_named() -> None:
    itself = _trial(0, 0.05, config=get_recipe("tiny").config.replace(epochs=5, watch="training"))
    found = _found(itself, _trial(1, 0.04))
    shown = Shown(name="one", found=found, recipe="tiny")
    assert shown.start is itself
    figure = charts.error_by_parameters([shown])
    (cross,) = (trace for trace in figure.data if trace.marker.symbol == "x-thin")
    assert list(cross.x) == [1_000] and list(cross.y) == pytest.approx([1.5])
    texts = [text for trace in figure.data if trace.ids for text in trace.text]
    assert ["the recipe itself" in text for text in texts] == [True, False]
    assert best_html("one", found, _ASKED).count("the recipe itself") == 1
    assert "The recipe “tiny” itself: 1.50 %." in words.describe([shown])
    other = Shown(name="one", found=found, recipe="compact")
    assert other.start is None and "itself" not in words.describe([other])


def test_the_best_of_one_network_are_told_apart_by_their_settings() -> None:
    found = _found(_trial(0, 0.05))
    assert "<td>dropout 0.08</td>" in best_html("one", found, _ASKED)
    html = best_html("one", found, dataclasses.replace(_ASKED, network=None))
    assert "<code>8c5 p2 8c3 max</code>" in html and "dropout" not in html


def test_every_trial_is_a_point_that_tells_which_it_is() -> None:
    found = _found(
        *(_trial(number, 0.05 + 0.001 * number) for number in range(8)),
        _trial(8, 0.2, state="pruned", losses=(0.2,)),
        under_way=(_trial(9, 0.04, state="under way"),),
    )
    figure = charts.error_by_parameters(
        [Shown(name="one", found=found, recipe="tiny", chosen=found.trials[3])]
    )
    points = [point for trace in figure.data if trace.ids for point in trace.ids]
    assert sorted(points) == [f"one/{number}" for number in range(10)]
    ages = [age for trace in figure.data if trace.ids for age in trace.marker.color]
    assert min(ages) == 0 and max(ages) == 1
    (ring,) = (t for t in figure.data if t.marker.symbol == "circle-open" and not t.ids)
    assert list(ring.x) == [1_300]


def test_what_is_worse_than_the_axis_reaches_stands_at_its_edge() -> None:
    found = _found(*(_trial(number, 0.05) for number in range(20)), _trial(20, 2.3))
    figure = charts.error_by_parameters([Shown(name="one", found=found, recipe="tiny")])
    assert max(y for trace in figure.data for y in trace.y) < 10


def test_a_network_that_misreads_nothing_has_a_place_on_the_logarithmic_axis() -> None:
    found = _found(_trial(0, 0.0), _trial(1, 0.03))
    shown = [Shown(name="one", found=found, recipe="tiny")]
    assert all(y > 0 for trace in charts.error_by_parameters(shown).data for y in trace.y)
    assert words.describe(shown).endswith("1,000 parameters, 0.00 %.")
    parallel(shown, ["learning_rate"])


def test_the_best_so_far_never_rises_and_leaves_out_what_was_given_up() -> None:
    found = _found(
        _trial(0, 0.05), _trial(1, 0.01, state="pruned"), _trial(2, 0.07), _trial(3, 0.04)
    )
    figure = charts.best_so_far([Shown(name="one", found=found, recipe="tiny")])
    assert list(figure.data[1].x) == [1, 4, 4] and list(figure.data[1].y) == [0.05, 0.04, 0.04]


def test_thousands_of_trials_are_thinned_and_the_front_stays() -> None:
    trials = [_trial(number, 0.05 + 0.00001 * (number % 977)) for number in range(4_000)]
    found = _found(*trials)
    figure = charts.error_by_parameters([Shown(name="one", found=found, recipe="tiny")])
    drawn = {point for trace in figure.data if trace.ids for point in trace.ids}
    assert len(drawn) < 2_000
    assert {f"one/{trial.number}" for trial in [*found.front, *found.best]} <= drawn


def test_an_axis_of_parallel_coordinates_has_a_place_for_what_was_not_chosen() -> None:
    with_second = {"dropout": 0.1, "stages": 2, "halving_2": "p2", "learning_rate": 0.3}
    other = {"dropout": 0.1, "stages": 2, "halving_2": "a2", "learning_rate": 0.01}
    trials = [
        _trial(0, 0.05),
        _trial(1, 0.04, choices=with_second),
        _trial(2, 0.06, choices=other),
    ]
    axes = {axis.name: axis for axis in axes_for(trials, ["halving_2", "learning_rate", "dropout"])}
    assert list(axes) == ["halving_2", "learning_rate", "dropout", "parameters", "error"]
    assert axes["halving_2"].height(trials[0]) < 0
    heights = [axes["learning_rate"].height(trial) for trial in trials]
    assert sorted(heights) == pytest.approx([0.0, 0.677, 1.0], abs=0.01)
    assert (axes["halving_2"].marks()[-1][1]) == "–"
    figure = parallel(
        [Shown(name="one", found=_found(*trials), recipe="tiny", chosen=trials[0])], list(axes)[:3]
    )
    assert figure.data[-1].name == "#0" and set(figure.data[-1].ids) == {"one/0"}


def test_how_long_it_may_take_is_told_by_the_speed_of_late() -> None:
    asked = Asked(max_parameters=8_000, trials=20, seeds=2, at_once=2)
    assert words.seconds_left(asked, _found(), _NOON) is None
    under_way = _found(under_way=(_trial(0, 0.05, state="under way", losses=(0.05,), ended=None),))
    # One run in 30 s; 20 networks have 40.
    now = _NOON + timedelta(seconds=30)
    assert words.seconds_left(asked, under_way, now) == pytest.approx(30 * 39)
    # Four runs in 60 s; 18 networks are left.
    told = _found(_trial(0, 0.05), _trial(1, 0.05))
    assert words.seconds_left(asked, told, _NOON) == pytest.approx(15 * 36)
    assert words.fraction_done(asked, told) == pytest.approx(0.1)


def test_what_a_person_reads_is_no_name_of_a_variable() -> None:
    assert words.choice("width_1") == "stage 1: channels"
    assert words.choice("kernel_0") == "first: kernel"
    assert words.choice("ema_decay") == "weight averaging"
    assert words.settings(_trial(0, 0.05), "tiny") == [("Dropout", "0.08")]
    assert "<b>" not in best_html("<b>x</b>", _found(_trial(0, 0.05)), _ASKED)


def test_without_optuna_the_page_says_which_command_installs_it(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_no_optuna(name: str, package: str | None = None) -> object:
        return None if name == "optuna" else found(name, package)

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", find_no_optuna)
    at = run(page("search"))
    assert [code.value for code in at.code] == ["pip install -r requirements-scale.txt"]
    assert len(at.button) == 0


@pytest.mark.usefixtures("own_app")
def test_a_finished_search_is_shown_with_the_ways_on(runs_dir: Path) -> None:
    _search(runs_dir)
    at = run(page("search"))
    html = html_of(at)
    assert 'class="pill finished"' in html and "The best of one" in html
    assert any("3 of 3 networks tried" in text.value for text in at.markdown)
    (choose,) = (box for box in at.selectbox if box.label == "A network")
    choose.select_index(0).run()
    assert not at.exception
    assert "8c5 p2 8c3 max" in html_of(at)
    labels = [button.label for button in at.button]
    assert "Open in the designer" in labels and "Train it for 19 epochs" in labels


@contextmanager
def _set_up(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Iterator[None]:
    """Let a server of its own be set up with these variables."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    close_shared()
    yield
    settings.cache_clear()
    close_shared()


def test_in_public_a_search_is_bounded_and_ones_own(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _search(runs_dir)  # of the owner of the machine, in a terminal
    limits = {"MNIST_MAX_TRIALS": "20", "MNIST_MAX_EPOCHS": "4", "MNIST_MAX_MINUTES": "1"}
    with _set_up(monkeypatch, MNIST_PUBLIC="1", **limits):
        at = run(page("search"))
        assert "Nothing has been searched for here yet" in html_of(at)
        assert at.number_input(key="search_trials").max == 20
        (epochs,) = (field for field in at.number_input if field.label == "Epochs each")
        assert epochs.max == 4
        assert any("1 min are allowed here" in info.value for info in at.info)
        assert at.button(key="start_search").disabled


def test_where_a_cluster_trains_the_page_gives_the_command(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _set_up(monkeypatch, MNIST_MAX_RUNNING="0"):
        at = run(page("search"))
        assert at.button(key="start_search").disabled
        assert any("a cluster does" in info.value for info in at.info)
        assert any(code.value.endswith("--cluster ADDRESS") for code in at.code)


def test_a_search_is_queued_once_and_another_is_refused(
    own_app: Shared, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "_start_driver", no_driver)
    at = run(page("search"))
    at.text_input(key="search_name").set_value("mine").run()
    at.button(key="start_search").click().run()
    assert not at.exception
    assert 'class="pill paused"' in html_of(at)
    assert any("under way" in info.value for info in at.info)
    assert at.button(key="start_search").disabled
    at.button(key="withdraw_search_mine").click().run()
    assert not at.exception and 'class="pill stopped"' in html_of(at)
    assert not at.button(key="start_search").disabled


@pytest.mark.usefixtures("own_app")
def test_a_failed_and_a_lost_search_say_so_and_can_go_on(runs_dir: Path) -> None:
    failed = begin_search("failed", _ASKED, runs_dir)
    failed.note_failure("None of 501 proposals fits; allow more.")
    at = run(page("search"))
    assert any("allow more" in error.value for error in at.error)
    assert any(button.label == "Go on" for button in at.button)
    failed.begin()
    run(at)
    assert any("ended without a word" in told.value for told in at.warning)


@pytest.mark.usefixtures("own_app")
def test_a_damaged_search_is_told_and_the_rest_of_the_page_stands(runs_dir: Path) -> None:
    search = begin_search("broken", _ASKED, runs_dir)
    (search.folder / "search.json").write_text("{")
    at = run(page("search"))
    assert any("cannot be read" in error.value for error in at.error), at.error
    assert any(button.label == "Start the search" for button in at.button)
