"""The Explain and the Model page as Streamlit runs them, without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.opening import html_of, page, run

pytestmark = pytest.mark.usefixtures("ready_app", "runs_dir")


def _explain() -> AppTest:
    at = page("explain")
    at.session_state["network"] = "seed"
    return at


def test_without_a_drawing_the_page_explains_one_that_is_hard_to_read() -> None:
    at = run(_explain())
    html = html_of(at)
    assert 'data-digit="4"' in html
    assert "For a 4, the answer" in html and "For a 9 (" in html
    assert any("Draw a digit on the Draw page" in caption.value for caption in at.caption)


def test_what_spoke_for_any_other_digit_can_be_asked() -> None:
    at = run(_explain())
    at.session_state["explain_other"] = 7
    assert "For a 7 (" in html_of(run(at))


def test_a_turned_digit_is_read_anew_and_one_button_turns_it_back() -> None:
    at = run(_explain())
    at.slider(key="whatif_rotation").set_value(180.0)
    html = html_of(run(at))
    assert "read as <b>6</b>" in html
    assert 'data-digit="4"' in html  # what the page explains is still the digit as it was drawn
    next(button for button in at.button if button.label.startswith("Back")).click()
    assert "read as <b>4</b>" in html_of(run(at)).split('class="changed"')[1].split("</figure>")[0]


def test_another_image_is_explained_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path))
    at = run(_explain())
    at.session_state["explain_other"] = 2
    at.selectbox(key="explain_source").set_value("a test digit")
    at = run(at)
    assert any("the small set" in number.label for number in at.number_input)
    digit = html_of(at).split('data-digit="')[1][0]
    assert f"For a {digit}, the answer" in html_of(at)
    assert "For a 2 (" not in html_of(at) or digit == "2"


def test_a_unit_of_the_last_layer_sees_the_whole_image() -> None:
    at = run(_explain())
    at.selectbox(key="unit_layer").set_value("Conv2d-12")
    html = html_of(run(at))
    assert "what it sees: 28 × 28 pixels" in html
    assert html.count('alt="from map ') == 32


def test_every_layer_but_the_idle_dropout_shows_its_maps() -> None:
    html = html_of(run(_explain())).split('class="feature-maps"')[1]
    assert html.count('class="maps"') == 11
    assert "Dropout2d" not in html


def test_what_was_found_out_is_kept_for_a_few_images_only() -> None:
    at = run(_explain())
    at.selectbox(key="explain_source").set_value("a test digit")
    run(at)
    for number in range(8):
        at.number_input(key="explain_number").set_value(number)
        run(at)
    assert len(at.session_state["explained"]) <= 12


def test_the_model_page_tells_what_each_layer_costs_and_compares_the_networks() -> None:
    at = page("model")
    at.session_state["network"] = "seed"
    html = html_of(run(at))
    assert "331,776<" in html and "625,504<" in html
    assert 'role="img" aria-label="The network, from image to answer.' in html
    assert "watched in every epoch" in html
