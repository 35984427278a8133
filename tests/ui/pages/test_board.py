"""Board: one's best runs among the known ones, and the ranks of a class."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.errors import ConfigError
from mnist_core.experiments.board import Board, Standing
from mnist_core.experiments.entries import Entry
from mnist_ui.charts.compared import compare
from mnist_ui.pages.board.charts import board_figure, describe
from mnist_ui.pages.board.tables import best_html, ranks_html
from mnist_ui.session.settings import settings
from tests.core.experiments.finished_runs import finish_run
from tests.ui.opening import html_of, page, run


def _entry(**changes: Any) -> Entry:
    facts: dict[str, Any] = {
        "run": "20261124-180000-seed-0000",
        "owner": "a" * 32,
        "model": "8c5 p2 d 2*12c3 max",
        "parameters": 3_100,
        "epochs": 19,
        "correct": 9_912,
        "created": datetime(2026, 11, 24, tzinfo=UTC),
    }
    return Entry(**facts | changes)


def test_a_class_shows_ones_best_run_of_fewer_parameters_beside_the_best_known() -> None:
    html = best_html([_entry(correct=9_950, parameters=8_000), _entry()], compare([], []))
    large, middle, small = html.split("<tr>")[2:]
    assert "99.50 %" in large and "99.58 %" in large and "published, large" in large
    assert "99.12 %" in middle and "99.48 %" in middle
    assert "99.12 %" in small and "99.07 %" not in small, "4,862 parameters are too many"


def test_a_nickname_is_text_and_neither_owner_nor_run_is_told() -> None:
    standing = Standing(number=1, nickname="<b>x</b>", entry=_entry())
    html = ranks_html([standing], 3_500, "b" * 32)
    assert "&lt;b&gt;x&lt;/b&gt;" in html and "<b>x</b>" not in html
    figure = board_figure(compare([], []), [], [standing])
    assert figure.data[-1].customdata[0].startswith("&lt;b&gt;x&lt;/b&gt;: 99.12 %")
    told = html + str(figure.to_plotly_json()) + describe(compare([], []), [], [standing])
    assert standing.entry.owner not in told and standing.entry.run not in told


def test_a_row_leads_to_the_networks_line_and_to_training_it() -> None:
    html = ranks_html([Standing(number=1, nickname="Anne", entry=_entry())], 3_500, "a" * 32)
    assert 'href="model?line=8c5%20p2%20d%202%2A12c3%20max"' in html
    assert 'href="train?model=8c5%20p2%20d%202%2A12c3%20max"' in html
    assert "(you)" in html


def test_ones_own_runs_are_points_and_what_is_below_the_axis_stands_at_its_edge() -> None:
    figure = board_figure(compare([], []), [_entry(correct=8_000, parameters=50)], [])
    point = figure.data[-1]
    assert point.name == "yours" and point.y[0] == figure.layout.yaxis.range[0]
    assert figure.layout.xaxis.range[0] < 1.7 < figure.layout.xaxis.range[1]
    assert "80.00 %, 50 parameters" in point.customdata[0]


def test_the_page_shows_ones_best_runs_and_says_why_another_does_not_count(runs_dir: Path) -> None:
    finish_run(runs_dir, "compact", correct=9_941)
    large = finish_run(runs_dir, "26c3 p2 35c3 p2 d 35c3 max", correct=9_999)
    at = run(page("board"))
    html = html_of(at)
    assert html.count("99.41 %") == 2 and "none yet" in html and "99.99" not in html
    assert "Nobody yet" not in html, "there is no board on one's own machine"
    (told,) = (text.value for text in at.markdown if "20,001" in text.value)
    assert large.id in told.replace("\\", "")


@pytest.fixture
def is_public(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MNIST_PUBLIC", "1")
    monkeypatch.setenv("MNIST_BOARD", "1")
    settings.cache_clear()
    yield
    settings.cache_clear()


def _owner(at: AppTest) -> str:
    return hashlib.sha256(str(at.session_state["visitor"]).encode()).hexdigest()[:32]


def _put_up(at: AppTest, nickname: str) -> None:
    at.text_input(key="nickname").set_value(nickname)
    at.button(key="put_up_now").click()
    run(at)


@pytest.mark.usefixtures("is_public")
def test_a_visitor_puts_their_run_up_and_takes_it_off(runs_dir: Path) -> None:
    at = run(page("board"))
    assert any("A run of yours can stand here" in info.value for info in at.info)
    finish_run(runs_dir, "compact", correct=9_941, owner=_owner(at))
    finish_run(runs_dir, "tiny", correct=9_999, owner="somebody-else")
    run(at)
    assert len(at.selectbox(key="run_to_put_up").options) == 1
    _put_up(at, "Anne")
    html = html_of(at)
    assert html.count("Anne <small>(you)") == 2 and _owner(at) not in html
    at.button(key="take_off_8000").click()
    run(at)
    assert "Anne <small>" not in html_of(at) and Board(runs_dir).places() == []


@pytest.mark.usefixtures("is_public")
def test_an_unfit_nickname_is_refused_with_the_reason(runs_dir: Path) -> None:
    at = run(page("board"))
    finish_run(runs_dir, owner=_owner(at))
    other = finish_run(runs_dir, owner="b" * 32)
    Board(runs_dir).put_up(other, owner="b" * 32, nickname="Bob")
    run(at)
    for nickname, reason in (("", "Choose a nickname"), ("bob", "Somebody else")):
        _put_up(at, nickname)
        assert any(reason in error.value for error in at.error)
    assert len(Board(runs_dir).places()) == 1


@pytest.mark.usefixtures("is_public")
def test_a_damaged_board_is_told_and_the_rest_of_the_page_stands(runs_dir: Path) -> None:
    runs_dir.mkdir()
    (runs_dir / "board.json").write_text("{")
    at = run(page("board"))
    assert any("--clear" in error.value for error in at.error)
    assert "best that ships" in html_of(at)


def test_a_board_needs_visitors_that_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_BOARD", "1")
    settings.cache_clear()
    with pytest.raises(ConfigError, match="MNIST_PUBLIC=1"):
        settings()
    settings.cache_clear()
