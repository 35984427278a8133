"""All pages, before torch is loaded and after."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_core import files
from mnist_core.config.settings import TrainConfig
from mnist_core.runs import table
from mnist_core.runs.folder import create_run, delete_run
from mnist_core.runs.run import Run
from mnist_core.search.folder import LAUNCHED, Asked, Search, begin_search
from mnist_core.training.worker import perform
from mnist_ui.components.drawing import Memory, Stroke
from mnist_ui.pages.search import watch
from mnist_ui.session.shared import Shared, best_for_drawings, close_shared
from tests.ui.opening import PAGES, html_of, page, run, wait_until_ready

_WAITING: Final = {
    "draw": "The network is being loaded; draw meanwhile.",
    "explain": "The network is being loaded…",
    "data": "The images are being loaded…",
    "evaluate": "The network is being loaded…",
    "model": "The network is being loaded…",
}
"""What a page says until torch is there; Train and Runs show all they have at once."""

_OPEN_ALL: Final = f"""
import sys

from mnist_ui.session.shared import Shared
from tests.ui.opening import PAGES, page, run

Shared._load = lambda self: None  # torch never comes
for name in {PAGES}:
    run(page(name))
sys.exit(", ".join({{"torch", "scipy", "pandas"}} & set(sys.modules)) or None)
"""


@pytest.fixture
def torch_never_comes(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(Shared, "_load", lambda _: None)
    close_shared()
    st.cache_resource.clear()
    yield
    close_shared()
    st.cache_resource.clear()


def _told(name: str) -> str:
    """Open a page; return all that it says in HTML and in notes."""
    at = run(page(name))
    return " ".join([html_of(at), *(info.value for info in at.info)])


def test_there_is_a_folder_for_each_page_and_no_other() -> None:
    folders = (files.PROJECT_DIR / "mnist_ui" / "pages").glob("*/page.py")
    assert {path.parent.name for path in folders} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("torch_never_comes")
def test_every_page_shows_before_torch_is_loaded(name: str) -> None:
    told = _told(name)
    assert 'class="page-head"' in told
    assert _WAITING.get(name, "") in told
    assert ("being loaded" in told) == (name in _WAITING)


@pytest.mark.usefixtures("runs_dir")
def test_no_page_needs_torch_scipy_or_pandas_to_show() -> None:
    subprocess.run([sys.executable, "-c", _OPEN_ALL], cwd=files.PROJECT_DIR, check=True)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("ready_app", "runs_dir")
def test_every_page_shows_once_torch_is_loaded(name: str) -> None:
    told = _told(name)
    assert 'class="page-head"' in told
    assert "being loaded" not in told


def _finished_run(folder: Path) -> Run:
    config = TrainConfig(model="tiny", dataset="digits", epochs=1, batch_size=600)
    made = create_run(config, recipe="tiny", folder=folder)
    list(perform(made))
    return made


@pytest.mark.usefixtures("ready_app")
def test_a_run_that_is_deleted_while_a_page_reads_it_is_left_out(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, deleted = _finished_run(runs_dir), _finished_run(runs_dir)
    called = table.title_of

    def delete_and_call(named: Run) -> str:
        if named == deleted:
            delete_run(deleted)
        return called(named)

    monkeypatch.setattr("mnist_ui.widgets.network_choice.title_of", delete_and_call)
    at = run(AppTest.from_file(str(files.PROJECT_DIR / "streamlit_app.py"), default_timeout=60))
    assert not deleted.folder.exists() and at.selectbox[0].value == other.id


@pytest.mark.usefixtures("ready_app")
def test_a_run_that_is_deleted_amid_a_look_gives_way_to_another(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, deleted = _finished_run(runs_dir), _finished_run(runs_dir)

    def delete_it(app: Shared, shown: Run, others: object) -> None:
        if shown == deleted:
            delete_run(shown)

    monkeypatch.setattr("mnist_ui.pages.train.queue_view.show_queue", delete_it)
    at = run(page("train"))
    assert not deleted.folder.exists() and at.session_state["shown_run"] == other.id


@pytest.mark.usefixtures("ready_app")
def test_a_run_that_ends_amid_a_look_is_not_shown_as_waiting_for_good(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = _finished_run(runs_dir)
    looks = iter(("it has ended", "it is measured again"))

    def begin(_: Run) -> list[Run]:
        if next(looks, None) == "it is measured again":
            shown.enqueue()
        return []

    def end(*_: object) -> None:
        if shown.claim():
            shown.unclaim()

    monkeypatch.setattr("mnist_ui.pages.train.queue_view.others_under_way", begin)
    monkeypatch.setattr("mnist_ui.pages.train.queue_view.show_queue", end)
    assert 'class="pill finished"' in html_of(run(page("train")))
    assert next(looks, None) is None


@pytest.mark.usefixtures("ready_app")
def test_a_search_that_ends_amid_a_look_is_not_shown_as_waiting_for_good(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(max_parameters=4_000, trials=3, dataset="digits", recipe="tiny")
    search = begin_search("one", asked, runs_dir)
    search.ask_to_stop()
    mark = search.folder / LAUNCHED
    started: list[Path] = []
    how_often, show_head = watch.seconds_between_looks, watch.show_head

    def start(searches: list[Search]) -> float | None:
        seconds = how_often(searches)
        if not started:
            mark.touch()
            started.append(mark)
        return seconds

    def show_and_end(app: Shared, *shown: Any) -> None:
        show_head(app, *shown)
        mark.unlink(missing_ok=True)

    monkeypatch.setattr(watch, "seconds_between_looks", start)
    monkeypatch.setattr(watch, "show_head", show_and_end)
    assert 'class="pill stopped"' in html_of(run(page("search")))
    assert started and not mark.exists()


@pytest.fixture
def first_network_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = tmp_path / "models"
    shutil.copytree(files.MODELS_DIR, models)
    (models / f"{best_for_drawings()}.safetensors").write_bytes(b"")
    monkeypatch.setattr(files, "MODELS_DIR", models)


@pytest.mark.usefixtures("first_network_is_damaged")
def test_where_the_first_network_is_damaged_another_still_answers(own_app: Shared) -> None:
    wait_until_ready(own_app)
    at = page("draw")
    at.session_state["network"] = "seed"
    memory = at.session_state["canvas_memory"] = Memory()
    memory.begin_with([Stroke((140, 50, 145, 230), 22)])
    assert 'data-digit="1"' in html_of(run(at))
