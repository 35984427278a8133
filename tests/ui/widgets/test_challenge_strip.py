"""The strip on Draw and Train: what the challenge asks for, and how far one has come."""

from pathlib import Path

import pytest

from mnist_core.experiments.entries import entry_of
from mnist_ui.widgets.challenge_strip import strip_html
from tests.core.experiments.finished_runs import finish_run
from tests.ui.opening import html_of, page, run


def _strip(folder: Path, correct: int) -> str:
    return strip_html(entry_of(finish_run(folder, correct=correct)))


def test_without_a_run_the_five_conditions_are_told_and_none_is_marked() -> None:
    html = strip_html(None)
    assert html.count("<li>") == 5 and 'aria-label="met"' not in html
    assert "No run of yours" in html


def test_the_best_run_is_held_against_the_accuracy_in_images(tmp_path: Path) -> None:
    missed = _strip(tmp_path, 9_939)
    assert missed.count('aria-label="met"') == 4 and missed.count('aria-label="missed"') == 1
    assert "<b>99.39 %</b> with 3,146 parameters in 19 epochs, 1 image short" in missed
    met = _strip(tmp_path, 9_940)
    assert met.count('aria-label="met"') == 5 and "which meets it" in met


@pytest.mark.usefixtures("own_app")
@pytest.mark.parametrize("name", ["draw", "train"])
def test_the_page_opens_with_the_best_run_that_counts(name: str, runs_dir: Path) -> None:
    finish_run(runs_dir, "record", correct=9_951)
    finish_run(runs_dir, "record", correct=9_999, epochs=30)
    finish_run(runs_dir, "tiny", correct=9_998, kind="fine_tuning")
    at = run(page(name))
    assert "Your best: <b>99.51 %</b>" in html_of(at)
    assert at.button(key="take_the_challenge").label == "Take it →"
