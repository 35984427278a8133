"""The Evaluate page as Streamlit runs it, and what it draws."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mnist_core import files
from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.config.settings import TrainConfig
from mnist_core.data import drawings
from mnist_core.data.datasets import load_part
from mnist_core.data.label_errors import LABEL_ERRORS
from mnist_core.evaluation.evaluate import Evaluation, evaluate
from mnist_core.evaluation.metrics import PairedCounts, reliability
from mnist_core.runs.catalogue import find_checkpoint
from mnist_core.runs.folder import create_run
from mnist_core.runs.run import Run
from mnist_core.training.worker import perform
from mnist_ui.pages.evaluate import charts, gallery, words
from mnist_ui.session.shared import Shared
from tests.ui.opening import html_of, page, run

_SECTIONS = (
    "Confusion",
    "Each digit",
    "Worst mistakes",
    "Certainty",
    "No digit?",
    "Distortions",
    "Against another",
)


@pytest.fixture(autouse=True)
def own_models(
    ready_app: Shared, tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A copy of what ships, in which reports may be kept, and an empty folder of drawings.

    MNIST is not there.
    """
    folder = tmp_path / "models"
    folder.mkdir()
    for path in files.MODELS_DIR.glob("seed.*"):
        if path.is_file():
            shutil.copy(path, folder / path.name)
    monkeypatch.setattr(files, "MODELS_DIR", folder)
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("MNIST_DRAWINGS_DIR", str(tmp_path / "drawings"))
    return folder


def _open(section: str = "Confusion", **state: object) -> AppTest:
    at = page("evaluate")
    at.session_state["evaluation_section"] = section
    for name, value in state.items():
        at.session_state[name] = value
    return run(at)


def _train(runs_dir: Path, **changes: object) -> Run:
    config = TrainConfig(dataset="digits", epochs=1, threads=1).replace(**changes)
    run = create_run(config, recipe="seed", folder=runs_dir)
    list(perform(run))
    return run


def _of_the_small_set() -> Evaluation:
    model, _ = load_checkpoint(find_checkpoint("seed"))
    return evaluate(model, *load_part("digits", "test"))


def test_without_mnist_it_says_how_to_get_it_and_measures_on_the_small_set() -> None:
    at = _open()
    assert any(button.label.startswith("Fetch MNIST") for button in at.button)
    found = _of_the_small_set()
    assert f"{found.accuracy:.2f} %" in html_of(at)
    assert f"{found.correct} of 300 read right" in html_of(at)
    assert "95 % interval" in html_of(at)


@pytest.mark.parametrize("section", _SECTIONS)
def test_every_section_shows_itself_and_no_other(section: str) -> None:
    marks = {
        "Confusion": "confusion",
        "Each digit": "precision",
        "Worst mistakes": "The worst first",
        "Certainty": "Expected calibration error",
        "No digit?": "<th>hatching</th>",
        "Distortions": "Rotate, shift",
        "Against another": "There is no second network yet",
    }
    at = _open(section)
    text = " ".join([
        html_of(at),
        *(element.value for element in (*at.caption, *at.markdown, *at.info)),
        *("confusion" for box in at.selectbox if box.key == "cell_truth"),
    ])  # fmt: skip
    assert [name for name, mark in marks.items() if mark in text] == [section]


def test_a_cell_chosen_by_name_shows_all_its_images_and_only_those() -> None:
    found = _of_the_small_set()
    at = _open(cell_truth=1, cell_answer=1)
    right = found.confusion[1][1]
    assert any(f"{right} images of a 1 were read right." in c.value for c in at.caption)
    assert html_of(at).count("<b>a 1</b>") == min(right, 24)
    wrong = next(
        (i, j) for i in range(10) for j in range(10) if i != j and found.confusion[i][j] > 0
    )
    at.selectbox(key="cell_truth").set_value(wrong[0])
    at.selectbox(key="cell_answer").set_value(wrong[1])
    at.run()
    count = found.confusion[wrong[0]][wrong[1]]
    assert html_of(at).count(f"<b>a {wrong[0]} read as {wrong[1]}</b>") == count
    assert html_of(at).count("<b>a ") == count


def test_the_worst_mistake_comes_first() -> None:
    found = _of_the_small_set()
    _, labels = load_part("digits", "test")
    losses = found.losses * (found.answers != labels)
    told = re.findall(r"no\. (\d+)", html_of(_open("Worst mistakes")))
    assert len(told) == found.total - found.correct
    assert told[0] == str(int(losses.argmax()))


def test_a_report_is_kept_beside_the_checkpoint(own_models: Path) -> None:
    _open()
    assert (own_models / "seed.evaluation" / "digits-test.npz").is_file()


def test_images_it_was_trained_on_are_not_passed_off_as_new(runs_dir: Path) -> None:
    run = _train(runs_dir, watch="test")
    at = _open(network=run.id, evaluated_images="digits-validation")
    assert any("trained on these very images" in warning.value for warning in at.warning)
    fair = _train(runs_dir, watch="validation")
    at = _open(network=fair.id, evaluated_images="digits-validation")
    assert not at.warning


def test_two_networks_are_compared_on_the_same_images(runs_dir: Path) -> None:
    run = _train(runs_dir)
    at = _open("Against another", network="seed", compared_network=run.id)
    numbers = [int(n.replace(",", "")) for n in re.findall(r"<td[^>]*>([\d,]+)</td>", html_of(at))]
    assert len(numbers) == 4 and sum(numbers) == 300
    assert numbers[0] + numbers[1] == _of_the_small_set().correct
    assert any("seed is better" in markdown.value for markdown in at.markdown)


def test_robustness_is_measured_when_asked_for_and_then_there_at_once() -> None:
    at = _open("Distortions")
    next(button for button in at.button if button.label == "Measure it").click()
    at.run()
    assert not at.exception
    assert html_of(at).count('class="examples"') == 4
    again = _open("Distortions")
    assert not any(button.label == "Measure it" for button in again.button)
    assert html_of(again).count('class="examples"') == 4


def test_own_drawings_are_a_set_too_and_leave_no_report(own_models: Path) -> None:
    stroke = np.zeros((280, 280), np.uint8)
    stroke[60:220, 130:150] = 255
    drawings.keep(stroke, 1)
    drawings.keep(stroke, 7)
    at = _open(evaluated_images="drawings")
    assert "1 of 2 read right" in html_of(at)
    assert not (own_models / "seed.evaluation" / "drawings.npz").exists()


def test_a_network_that_cannot_be_read_is_told(own_models: Path) -> None:
    (own_models / "seed.safetensors").write_bytes(b"nothing")
    at = _open()
    assert any("not a whole safetensors file" in error.value for error in at.error)


def test_worst_mistakes_mark_the_labels_in_doubt(
    mnist_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DATA_DIR", str(mnist_dir))
    model, _ = load_checkpoint(find_checkpoint("seed"))
    part = load_part("mnist", "test", data_dir=mnist_dir)
    wrong = (evaluate(model, *part).answers != part[1]).nonzero()[:, 0].tolist()
    doubted = sum(index in LABEL_ERRORS for index in wrong)
    at = _open("Worst mistakes")
    assert any(f"{doubted} of the {len(wrong)} are among" in c.value for c in at.caption)
    while more := [button for button in at.button if button.label.startswith("Show more")]:
        more[0].click()
        at.run()
    assert html_of(at).count("Label in doubt") == doubted
    assert html_of(at).count("<b>a ") == len(wrong)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        (947, "Label in doubt: 5 of 5 people saw a 9, none a 8."),
        (1901, "Label in doubt: 3 of 5 people saw a 4, 2 a 9."),
        (2654, "Label in doubt: 3 of 5 people saw neither a 6 nor a 1."),
        (2130, "Label in doubt: only 2 of 5 people saw a 4."),
    ],
)
def test_a_doubt_is_told_by_its_votes(index: int, expected: str) -> None:
    assert words.doubt_words(LABEL_ERRORS[index]) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((90, 9, 1, 0), "A is better"),
        ((90, 1, 9, 0), "B is better"),
        ((90, 5, 4, 1), "may well be chance"),
        ((90, 5, 5, 0), "A draw"),
        ((90, 0, 0, 10), "the very same images"),
    ],
)
def test_a_comparison_says_who_is_better_only_where_chance_does_not(
    counts: tuple[int, int, int, int], expected: str
) -> None:
    both, only_first, only_second, neither = counts
    paired = PairedCounts(
        both=both, only_first=only_first, only_second=only_second, neither=neither
    )
    assert expected in words.comparison_words(paired, "A", "B")


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [(0.99, "too sure"), (0.9, "as sure as it should be"), (0.6, "too modest")],
)
def test_a_network_is_too_sure_or_too_modest_only_beyond_chance(
    confidence: float, expected: str
) -> None:
    """Of 200 answers 180 are right: 85 to 93.4 % in all likelihood."""
    bins = reliability(np.full(200, confidence, np.float32), np.arange(200) < 180)
    assert expected in words.calibration_words(bins)


def test_a_name_cannot_bring_markup_into_the_page() -> None:
    counts = PairedCounts(both=1, only_first=0, only_second=0, neither=0)
    assert "<script" not in gallery.paired_html(counts, "<script>", "b")


def test_the_frame_stands_around_the_cell_that_is_chosen() -> None:
    counts = [[0] * 10 for _ in range(10)]
    figure = charts.confusion_with_choice(counts, truth=4, answer=9, uirevision="a")
    (frame,) = figure.layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (8.5, 9.5, 3.5, 4.5)


def test_the_reliability_diagram_has_a_point_for_each_degree_of_certainty() -> None:
    confidences = np.array([0.99, 0.98, 0.5, 0.5], np.float32)
    bins = reliability(confidences, np.array([True, True, True, False]))
    points = charts.reliability_diagram(bins, uirevision="a").data[1]
    assert [round(y) for y in points.y] == [50, 100]
    assert min(points.error_y.array) >= 0 and min(points.error_y.arrayminus) >= 0
