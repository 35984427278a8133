"""The Model page while a network is designed: what a line comes to, without torch or a browser."""

import dataclasses
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_core.checkpoints.card import read_card, write_card
from mnist_core.config.recipes import get_recipe
from mnist_core.errors import ConfigError
from mnist_core.experiments.study import list_studies
from mnist_core.files import MODELS_DIR
from mnist_core.networks.named import LINES, describe
from mnist_core.networks.words import Kind, Token, read_word
from mnist_core.runs.folder import create_run
from mnist_ui.charts import compared
from mnist_ui.pages.model.examples import FAILURES, examples
from mnist_ui.pages.model.history import Design
from mnist_ui.pages.model.message import message_html
from mnist_ui.pages.model.planned import nearest, planned_conditions, recipe_for
from mnist_ui.pages.model.size_picture import size_picture
from mnist_ui.session.shared import Shared, shared
from tests.ui.opening import html_of, page, run


@pytest.fixture(autouse=True)
def torch_never_comes(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Shared, "_load", lambda _: None)
    st.cache_resource.clear()
    yield
    shared().launcher.close()
    st.cache_resource.clear()


def _opened(line: str | None = None) -> AppTest:
    at = page("model")
    if line is not None:
        at.query_params["line"] = line
    return run(at)


def _typed(at: AppTest, line: str) -> str:
    """Type a line; return what the page shows then."""
    at.text_input(key="line").set_value(line)
    return html_of(run(at))


def test_the_address_names_the_line() -> None:
    at = _opened("8c5 p2 24c3 mean")
    assert at.text_input(key="line").value == "8c5 p2 24c3 mean"
    assert "<code>24c3</code>" in html_of(at)


def test_every_kind_of_word_is_told_beside_the_line() -> None:
    told = re.findall(r"^- `(.*)` (.+)$", _opened().markdown[0].value, re.MULTILINE)
    assert {read_word(Token(text, 1, 0, 0)).kind for text, _ in told} == set(Kind)
    assert ("b2", "blurred maximum of 2×2: half as high and wide") in told


def test_a_line_is_answered_with_its_table_and_its_conditions() -> None:
    html = _typed(_opened(), "16c5 p2 2*16c3 p2 d 2*32c3 max")
    assert "This is <b>record</b>: 19,386 parameters" in html
    assert "24 × 24" not in html.split('aria-label="Layers of this line"')[0]
    assert "28 × 28 pixels" in html and html.count("<code>16c3</code></td>") == 2
    assert html.count('<li class="met">') == 4 and html.count('<li class="open">') == 1


def test_a_name_is_a_line_too() -> None:
    at = _opened()
    assert "3,146 parameters" in _typed(at, "tiny")
    assert at.session_state["parts_line"] == LINES["tiny"]


def test_a_mistake_is_marked_and_the_last_network_stays_in_grey() -> None:
    at = _opened()
    html = _typed(at, "8c5 p2 16k3 max")
    assert "8c5 p2 <mark>16k3</mark> max" in html
    assert "Did you mean <code>16c3</code>" in html
    assert html.count('class="stale"') == 3 and "3,146" in html
    assert at.button(key="train_this").disabled
    assert 'class="stale"' not in _typed(at, "8c5 p2 16c3 max")
    assert not at.button(key="train_this").disabled


def test_what_is_missing_at_the_end_has_a_mark_of_its_own() -> None:
    assert "16c3<mark class='gap'>" in message_html(Design.begin("16c3"))


def test_markup_in_a_line_is_shown_as_it_stands() -> None:
    html = _typed(_opened(), "8c5 <img/src=x> max")
    assert "<img" not in html and "&lt;img/src=x&gt;" in html


@pytest.mark.parametrize("line", ["", "   ", "8k5 max", "x" * 5000])
def test_a_page_opened_on_no_network_says_how_to_begin(line: str) -> None:
    at = _opened(line)
    assert 'class="line-note' in html_of(at)
    assert at.button(key="train_this").disabled
    assert "3,146" in _typed(at, "tiny")


def test_what_the_challenge_asks_besides_is_told_with_its_cure() -> None:
    html = message_html(Design.begin("16c5 p2 24c3 max"))
    assert "An answer sees 10×10 of 28×28 pixels" in html and "No dropout" in html


def test_steps_are_undone_and_done_again() -> None:
    at = _opened()
    _typed(at, "8c3 max")
    at.button(key="undo_line").click()
    run(at)
    assert at.text_input(key="line").value == LINES["tiny"]
    assert at.button(key="undo_line").disabled
    at.button(key="redo_line").click()
    run(at)
    assert at.text_input(key="line").value == "8c3 max"
    at.button(key="clear_line").click()
    run(at)
    assert "An empty line" in html_of(at)


def test_a_new_line_after_an_undo_leaves_nothing_to_redo() -> None:
    design = Design.begin("8c3 max")
    design.change("8c5 max")
    design.undo()
    design.change("8c7 max")
    design.redo()
    assert design.line == "8c7 max" and design.past == ["8c3 max"]


def test_an_example_is_told_of() -> None:
    at = _opened()
    _typed(at, LINES["swift"])
    assert any("strides of two" in caption.value for caption in at.caption)
    _typed(at, "8c3 p2 max")
    assert any("A network of your own" in caption.value for caption in at.caption)


def test_the_two_failures_fail_at_what_they_say() -> None:
    narrow, large = (describe(example.line) for example in FAILURES)
    assert narrow.receptive_field == 10
    assert 28_000 < large.parameters < 32_000 and not large.has_batch_norm
    assert f"{large.parameters:,} parameters" in FAILURES[1].why


def test_the_lines_of_ones_own_runs_are_chips(runs_dir: Path) -> None:
    line = "8c5 p2 2*8c3 p2 d 12c3 max"
    config = get_recipe("tiny").config.replace(model=line)
    trained = create_run(config, recipe="tiny", folder=runs_dir)
    card = read_card(MODELS_DIR / "tiny.safetensors")
    write_card(trained.checkpoint_path, dataclasses.replace(card, model=line, test_accuracy=99.12))
    at = _opened()
    _typed(at, line)
    assert any("You trained it" in c.value and "99\\.12 %" in c.value for c in at.caption)
    assert "your run of it: 99.12 %" in html_of(at)


def test_a_named_network_is_no_chip_of_ones_own_and_no_line_comes_twice() -> None:
    own = [("tiny", ""), (FAILURES[0].line, "mine"), *((f"{n}c3 max", "") for n in range(1, 9))]
    found = examples(own, 3)
    assert len(found) == 6 + 3 + 1
    assert found[FAILURES[0].line].why == "mine"


def test_train_this_opens_the_form_on_the_line() -> None:
    at = _opened()
    _typed(at, "8c5  p2 24c3 d max")
    at.button(key="train_this").click()
    at.run()
    assert at.session_state["recipe"] == "record"
    assert at.session_state["settings_to_start_with"]["model"] == "8c5 p2 24c3 d max"


def test_the_recipe_is_the_networks_own_if_it_has_a_name() -> None:
    assert [recipe_for(name).name for name in ("swift", "seed", "8c3 max")] == [
        *("quick", "seed", "record")
    ]


def test_too_many_parameters_and_no_dropout_are_known_before_training() -> None:
    line = "32c5 p2 3*32c3 max"
    found = describe(line)
    conditions = planned_conditions(line, recipe_for(line), found.parameters, list_studies(), [])
    assert [condition.is_met for condition in conditions] == [False, True, False, True, None]
    assert "record (19,386)" in conditions[4].found


def test_the_studies_beside_a_network_are_the_next_smaller_and_larger() -> None:
    studies = list_studies()
    assert [study.name for study in nearest(5_000, studies)] == ["tiny", "compact"]
    assert [study.name for study in nearest(100, studies)] == ["tiny"]
    assert nearest(5_000, []) == []


def test_the_picture_has_a_line_at_its_size_and_its_runs_on_it() -> None:
    entries = compared.compare([], list_studies())
    figure = size_picture(entries, 150_000, [99.3])
    assert figure.layout.shapes[-1].x0 == 150_000
    assert 10 ** figure.layout.xaxis.range[1] > 150_000
    assert figure.data[-1].name == "yours" and list(figure.data[-1].x) == [150_000]
    assert len(size_picture(entries, 150_000, []).data) == len(figure.data) - 1


def test_a_line_that_is_far_too_long_is_kept_in_part() -> None:
    design = Design.begin("")
    design.change("8c3 " * 10_000)
    assert len(design.line) == 2_000
    assert isinstance(design.problem, ConfigError)
