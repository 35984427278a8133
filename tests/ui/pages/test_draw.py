"""Drawing, keeping a drawing, and taking a network along, as Streamlit runs it."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.data import drawings
from mnist_core.runs.catalogue import find_checkpoint, imported_dir
from mnist_core.runs.folder import list_runs
from mnist_core.sharing.export_network import weights_with_card
from mnist_core.strokes.files import read_strokes
from mnist_ui.components.drawing import Memory, Stroke
from mnist_ui.session.shared import Shared
from tests.ui.opening import html_of, page, run


@pytest.fixture
def own_folders(
    ready_app: Shared, runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DRAWINGS_DIR", str(tmp_path / "drawings"))
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "none"))


pytestmark = pytest.mark.usefixtures("own_folders")


def _page() -> None:
    import numpy as np
    import streamlit as st

    from mnist_ui.pages.draw.keep import ToKeep, keep_section
    from mnist_ui.session.shared import shared
    from mnist_ui.widgets.network_choice import list_networks

    drawing = np.zeros((280, 280), np.uint8)
    left = st.session_state.get("left", 130)
    drawing[60:220, left : left + 20] = 255
    if st.session_state.get("has_stray_tap", False):
        drawing[30:38, 240:248] = 255
    network = list_networks()[0]
    app = shared()
    prediction = app.networks.predictor(network.path).predict(drawing)
    assert prediction is not None
    drawn = ToKeep(drawing=drawing, image=prediction.image)
    shown = None if st.session_state.get("is_blank", False) else drawn
    keep_section(app, network, shown, lambda: shown)


def _export_import() -> None:
    from mnist_ui.widgets.export_import import export_import_section
    from mnist_ui.widgets.network_choice import list_networks

    export_import_section(list_networks()[0])


def _open() -> AppTest:
    at = AppTest.from_function(_page, default_timeout=30).run()
    assert not at.exception
    return at


_SEVEN = Stroke((80, 70, 200, 70, 130, 225), 22)
_STRAY_TAP = Stroke((30, 250), 8)


def _steps_of(*strokes: Stroke, **choices: str) -> list[str]:
    """Return the pictures from the drawing to what the network saw."""
    at = page("draw")
    memory = at.session_state["canvas_memory"] = Memory()
    memory.begin_with(strokes)
    for name, chosen in choices.items():
        at.session_state[name] = chosen
    html = html_of(run(at))
    assert 'data-digit="7"' in html
    return re.findall(r'<div class="step \w+"><img src="([^"]+)"', html)


@pytest.mark.parametrize("second_network", ["nobody", "untrained", "seed"])
def test_what_is_shown_as_seen_is_the_seven_alone_without_a_stray_tap(second_network: str) -> None:
    drawn, *seen = _steps_of(_SEVEN, _STRAY_TAP, network="record", second_network=second_network)
    drawn_clean, *seen_clean = _steps_of(_SEVEN, network="record")
    assert len(seen) == 3 and seen == seen_clean
    assert drawn != drawn_clean


def test_a_digit_pressed_keeps_the_drawing_and_another_corrects_it() -> None:
    at = _open()
    at.button(key="was_a_4").click().run()
    assert [one.label for one in drawings.list_kept()] == [4]
    assert any("Kept as a 4" in caption.value for caption in at.caption)
    at.button(key="was_a_7").click().run()
    assert [one.label for one in drawings.list_kept()] == [7]
    at.session_state["left"] = 60
    at.run()
    assert any("Was it something else" in caption.value for caption in at.caption)
    at.button(key="was_a_7").click().run()
    assert len(drawings.list_kept()) == 2


def test_what_is_kept_is_what_the_network_saw_without_a_stray_tap() -> None:
    at = _open()
    at.button(key="was_a_1").click().run()
    at.session_state["has_stray_tap"] = True
    at.run()
    at.button(key="was_a_1").click().run()
    without, beside = drawings.load()[0]
    assert (without == beside).all()


def test_a_drawing_is_kept_with_its_strokes_unless_an_eraser_was_at_it() -> None:
    for is_eraser, kept in ((False, True), (True, False)):
        at = page("draw")
        memory = at.session_state["canvas_memory"] = Memory()
        line = Stroke((140, 50, 145, 230), 22)
        memory.begin_with([line, Stroke((110, 225, 180, 225), 22, is_eraser)])
        at.session_state["keep"] = True
        run(at)
        at.button(key="was_a_7").click()
        run(at)
        assert drawings.has_strokes() == kept
        if kept:
            (found,) = read_strokes(drawings.own_folder()).digits
            assert found.digit == 7 and [len(stroke) for stroke in found.strokes] == [2, 2]
        drawings.delete_all()


def test_a_blank_canvas_cannot_be_kept() -> None:
    at = AppTest.from_function(_page, default_timeout=30)
    at.session_state["is_blank"] = True
    at.run()
    at.button(key="was_a_4").click().run()
    assert not at.exception and drawings.list_kept() == []
    assert "Draw one digit, then say what it was." in [caption.value for caption in at.caption]


def test_the_gallery_measures_the_network_and_lets_one_drawing_go() -> None:
    at = _open()
    at.button(key="was_a_1").click().run()
    at.session_state["left"] = 60
    at.run()
    at.button(key="was_a_4").click().run()
    at.session_state["your_drawings"] = True
    at.run()
    assert not at.exception
    assert "1 of 2" in html_of(at) and "read as 1" in html_of(at)
    four = next(one for one in drawings.list_kept() if one.label == 4)
    at.button(key=f"delete_{four.id}").click().run()
    assert "1 of 1" in html_of(at) and "read as" not in html_of(at)
    at.button(key="delete_all_drawings").click().run()
    assert not at.exception and drawings.list_kept() == []


def test_fine_tuning_needs_some_drawings_and_then_makes_a_run(runs_dir: Path) -> None:
    at = _open()
    at.button(key="was_a_4").click().run()
    at.session_state["your_drawings"] = True
    at.run()
    at.button(key="fine_tune").click().run()
    assert any("5 drawings or more" in error.value for error in at.error)
    assert list_runs(runs_dir) == []


def test_onnx_is_made_on_the_press_and_its_difference_is_told() -> None:
    at = AppTest.from_function(_export_import, default_timeout=120).run()
    assert not at.exception
    at.button(key="make_onnx").click().run()
    assert not at.exception and not at.error
    assert any("logits differ from the original" in caption.value for caption in at.caption)
    assert [b.proto.label for b in at.get("download_button")] == ["Weights", "Save the ONNX file"]


def test_a_file_that_is_handed_in_becomes_a_network_to_choose() -> None:
    at = AppTest.from_function(_export_import, default_timeout=120).run()
    at.file_uploader(key="import_file").upload(
        "gift.safetensors", weights_with_card(find_checkpoint("seed")), "application/octet-stream"
    )
    next(b for b in at.button if b.label == "Import").click().run()
    assert not at.exception and not at.error
    assert any("“gift” is kept" in success.value for success in at.success)
    assert (imported_dir() / "gift.safetensors").is_file()


def test_a_file_that_is_no_network_is_refused_with_the_reason() -> None:
    at = AppTest.from_function(_export_import, default_timeout=120).run()
    at.file_uploader(key="import_file").upload(
        "gift.safetensors", b"nothing of the kind", "application/octet-stream"
    )
    next(b for b in at.button if b.label == "Import").click().run()
    assert not at.exception
    assert any("no whole safetensors file" in error.value for error in at.error)
    assert not imported_dir().exists()
