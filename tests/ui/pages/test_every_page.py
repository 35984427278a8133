"""All pages, before torch is loaded and after."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
import streamlit as st

from mnist_core import files
from mnist_ui.components.drawing import Memory, Stroke
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
