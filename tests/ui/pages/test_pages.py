"""Each page as Streamlit runs it, without a browser."""

import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_core import files
from mnist_core.config.settings import TrainConfig
from mnist_core.data.drawings import keep
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.runs.queue import Queue
from mnist_core.training.worker import perform
from mnist_ui import wording
from mnist_ui.session import visitors
from mnist_ui.session.settings import Settings
from mnist_ui.session.shared import Shared, close_shared, shared

_ROOT = files.PROJECT_DIR
_SECONDS = 30


@pytest.fixture(autouse=True)
def own_app(runs_dir: Path) -> Iterator[None]:
    """A server of the test's own."""
    close_shared()
    st.cache_resource.clear()
    yield
    _load()  # what is started after the launcher was closed nobody would end
    for run in list_runs(runs_dir):
        run.stop()
    close_shared()
    st.cache_resource.clear()


def _load() -> None:
    """Wait until torch is in, and the process that waits for the next run has been started."""
    app = shared()
    for thread in threading.enumerate():
        if thread.name == "load torch":
            thread.join(_SECONDS)
    assert app.is_ready


def _open(page: str, address: dict[str, str] | None = None) -> AppTest:
    at = AppTest.from_file(str(_ROOT / "mnist_ui" / "pages" / page / "page.py"), default_timeout=30)
    for name, value in (address or {}).items():
        at.query_params[name] = value
    return at.run()


def _open_ready(page: str, address: dict[str, str] | None = None) -> AppTest:
    _load()
    at = _open(page, address)
    assert not at.exception
    return at


def _html(at: AppTest) -> str:
    return " ".join(str(element.proto.body) for element in at.get("html"))


def test_no_run_of_a_page_ends_with_a_look_through_all_objects() -> None:
    # It would keep the thread that imports torch from getting on; AppTest leaves it out anyhow.
    settings = tomllib.loads(
        (files.PROJECT_DIR / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    )
    assert settings["runner"]["postScriptGC"] is False


def test_what_waits_for_torch_is_shown_anew_if_it_comes_while_the_page_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _load()
    answers = iter([False])
    monkeypatch.setattr(Shared, "is_ready", property(lambda app: next(answers, True)))
    at = _open("draw")
    (sample,) = (button for button in at.button if button.label == "A test digit")
    assert not sample.disabled


def test_a_blank_canvas_asks_for_a_drawing_and_names_no_digit() -> None:
    html = _html(_open_ready("draw"))
    assert "Draw a digit from 0 to 9" in html
    assert 'data-digit=""' in html


def test_the_draw_page_says_who_answers_and_where_that_was_measured() -> None:
    at = _open_ready("draw")
    assert any("MNIST’s 10,000 test images" in caption.value for caption in at.caption)


def test_the_model_page_shows_every_layer_and_the_totals() -> None:
    at = _open_ready("model")
    at.session_state["network"] = "seed"
    html = _html(at.run())
    for cell in ("Conv2d-1", "[-1, 64, 3, 3]", "9,280", "Dropout2d-9", "16,402", "0.17 MB"):
        assert f"{cell}<" in html
    assert html.count('<ul class="checklist">') == 2  # of the line, and of the trained network


def test_the_train_page_says_what_will_happen_before_the_button_is_pressed() -> None:
    at = _open_ready("train", {"dataset": "digits", "epochs": "3"})
    assert any("3 epochs over 1,200 images" in caption.value for caption in at.caption)
    assert any("dataset" in code.value for code in at.code)


@pytest.mark.usefixtures("mnist_dir")
def test_the_time_a_run_will_take_is_that_of_the_networks_study() -> None:
    at = _open_ready("train", {"recipe": "seed"})
    assert any("19 epochs over 55,000 images, about 3 min" in c.value for c in at.caption)


def test_without_mnist_the_page_says_how_to_get_it_and_offers_the_small_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path))
    at = _open_ready("train", {"recipe": "seed"})
    assert any("MNIST_DATA_DIR" in caption.value for caption in at.caption)
    assert at.selectbox(key="seed_dataset").value == "digits"


def test_an_address_out_of_bounds_is_not_followed() -> None:
    at = _open_ready("train", {"recipe": "seed", "epochs": "5000", "warmup": "0.3"})
    assert at.number_input(key="seed_epochs").value in (12, 19)  # without MNIST, and with it
    assert any(wording.unformatted("warm-up 0.3") in caption.value for caption in at.caption)


def test_pressing_train_makes_a_run_with_the_settings_shown(runs_dir: Path) -> None:
    at = _open_ready("train", {"recipe": "seed"})
    at.number_input(key="seed_epochs").set_value(2)
    at.selectbox(key="seed_dataset").set_value("digits")
    at.run()
    next(button for button in at.button if button.label == "Train").click()
    at.run()
    assert not at.exception
    (run,) = list_runs(runs_dir)
    assert (run.config.epochs, run.config.dataset, run.recipe) == (2, "digits", "seed")
    assert run.probe is not None and len(run.probe) == 784


def test_the_recipe_draw_trains_with_the_drawings_one_has_kept(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DRAWINGS_DIR", str(tmp_path / "drawings"))
    at = _open_ready("train", {"recipe": "draw", "dataset": "digits"})
    next(button for button in at.button if button.label == "Train").click()
    at.run()
    assert any("Keep some on Draw" in error.value for error in at.error)
    assert list_runs(runs_dir) == []
    ink = np.zeros((280, 280), np.uint8)
    ink[60:220, 130:150] = 255
    keep(ink, 1, strokes=[[(140, 60), (140, 219)]])
    next(button for button in at.button if button.label == "Train").click()
    at.run()
    (made,) = list_runs(runs_dir)
    assert made.strokes is not None and made.strokes.digits_trained_on == 1


def test_a_finished_run_is_told_with_its_result_and_data(runs_dir: Path) -> None:
    config = TrainConfig(dataset="digits", epochs=2, threads=1)
    run = create_run(config, recipe="seed", folder=runs_dir, probe=bytes(784))
    list(perform(run))
    html = _html(_open_ready("train"))
    assert "the small set’s 300 test images" in html
    assert 'class="pill finished"' in html


def test_a_lost_run_says_so_and_can_go_on(runs_dir: Path) -> None:
    config = TrainConfig(dataset="digits", epochs=2, threads=1)
    run = create_run(config, recipe="seed", folder=runs_dir)
    events = perform(run)
    while not run.state_path.exists():
        next(events)
    events.close()  # as a killed process leaves it
    at = _open_ready("train")
    assert any("ended without a word" in error.value for error in at.error)
    assert any(button.label == "Go on from there" for button in at.button)


def test_a_failed_run_says_why(runs_dir: Path) -> None:
    config = TrainConfig(
        dataset="digits", epochs=40, learning_rate=2.0, schedule="constant", momentum=0.99
    )
    run = create_run(config, recipe="seed", folder=runs_dir)
    list(perform(run))
    at = _open_ready("train")
    assert any("learning rate" in error.value for error in at.error)
    assert any("the test images were not looked at" in caption.value for caption in at.caption)


def test_a_damaged_card_is_told_where_a_network_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seed.safetensors").write_bytes(b"")
    (tmp_path / "seed.json").write_text("{")
    monkeypatch.setattr(files, "MODELS_DIR", tmp_path)
    at = _open_ready("draw")
    assert any("seed" in told.value and "cannot be read" in told.value for told in at.warning)


def test_a_run_of_another_version_does_not_take_the_page_down(runs_dir: Path) -> None:
    run = create_run(TrainConfig(dataset="digits"), recipe="seed", folder=runs_dir)
    about = run.folder / "run.json"
    about.write_text(about.read_text().replace('"threads": 1', '"threads": 0'))
    for page in ("train", "runs", "draw"):
        _open_ready(page)


def test_the_train_button_is_the_same_one_whatever_it_says(runs_dir: Path) -> None:
    at = _open("train", {"dataset": "digits"})
    (before,) = (button for button in at.button if button.label == "Train")
    run = create_run(TrainConfig(dataset="digits"), recipe="seed", folder=runs_dir)
    with run.lock():
        run.events_path.touch()
        Queue(runs_dir).note(run)
        at.run()
        (after,) = (button for button in at.button if button.label.startswith("Train after"))
    assert after.proto.id == before.proto.id


def test_a_press_of_train_is_refused_where_the_queue_has_filled_since_the_page_was_seen(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        visitors, "settings", lambda: Settings(max_queued_total=1)
    )  # the page below saw it empty
    running, waiting = (
        create_run(TrainConfig(dataset="digits"), recipe="seed", folder=runs_dir) for _ in "12"
    )
    with running.lock():
        Queue(runs_dir).note(running)
        Queue(runs_dir).add(waiting)
        at = _open("train", {"dataset": "digits"})
        for label in ("Train after the one that runs", "Find a learning rate"):
            (button,) = (button for button in at.button if button.label == label)
            button.click().run()
            assert [error.value for error in at.error] == [
                "1 runs wait here already, of all visitors. Let some end first."
            ]
        assert len(list_runs(runs_dir)) == 2
        Queue(runs_dir).clear()
        waiting.claim()
        waiting.unclaim()


def test_a_link_to_a_run_opens_that_run_and_one_to_none_says_so(runs_dir: Path) -> None:
    config = TrainConfig(dataset="digits", epochs=1, threads=1)
    older = create_run(config.replace(seed=7), recipe="seed", folder=runs_dir)
    list(perform(older))
    list(perform(create_run(config.replace(seed=8), recipe="seed", folder=runs_dir)))
    html = _html(_open_ready("train", {"run": older.id}))
    assert "seed 7 ·" in html and "seed 8" not in html
    assert f'href="train?run={older.id}"' in html
    at = _open_ready("train", {"run": "20260101-000000-seed-0001"})
    assert any("not here" in warning.value for warning in at.warning)


def test_a_new_run_grows_from_an_epoch_that_one_chooses(runs_dir: Path) -> None:
    config = TrainConfig(dataset="digits", epochs=3, threads=1)
    run = create_run(config, recipe="seed", folder=runs_dir)
    list(perform(run))
    at = _open_ready("train")
    at.selectbox(key=f"grow_after_{run.id}").set_value(1)
    at.number_input(key=f"grow_epochs_{run.id}").set_value(4)
    next(button for button in at.button if button.label == "Train on as a new run").click()
    at.run()
    assert not at.exception
    grown, _ = list_runs(runs_dir)
    assert grown.origin is not None
    assert (grown.origin.name, grown.origin.epochs, grown.config.epochs) == (run.id, 1, 4)
    assert any("It grew from seed" in caption.value for caption in at.caption)
