"""Every page shows all that can be shown, whatever lies on the disk in place of some files.

What commands and the core make of a hundred ways to spoil each file is in
`tests/core/test_spoilt.py`; here as many as a page looks at are in one folder at a time.
"""

import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mnist_core import files
from mnist_core.data import drawings
from mnist_core.experiments import ladder, study
from mnist_core.runs.folder import list_runs, open_run
from mnist_core.search import launcher
from mnist_core.search.folder import list_searches
from mnist_ui.session.shared import Shared
from mnist_ui.wording import unformatted
from tests.spoiling import (
    FILES,
    FILES_OF_A_SEARCH,
    make_run,
    make_search,
    spoilers,
    spoilt_runs,
    spoilt_searches,
)
from tests.ui.opening import PAGES, html_of, no_driver, page, run, wait_until_ready

_SEED = 17
_NUM_GROUPS = 4
_WAYS_A_GROUP = 3
_NUM_SEARCHES = 16


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("base") / "run")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """What pages keep for all visitors is of other folders."""
    st.cache_data.clear()
    yield
    st.cache_data.clear()


def _shown(name: str, **state: str | bool | list[str]) -> AppTest:
    at = page(name)
    for key, value in state.items():
        at.session_state[key] = value
    return run(at)


def _spoil_runs(base: Path, folder: Path, group: int) -> list[str]:
    """Fill the folder with runs; the ways each file is spoilt in are other ones in each group."""
    first = group * _WAYS_A_GROUP
    names: list[str] = []
    for name in FILES:
        ways = islice(spoilers((base / name).read_bytes(), _SEED), first, first + _WAYS_A_GROUP)
        made = spoilt_runs(base, name, folder, ways, first=len(names))
        names += [path.name for path in made]
    return names


@pytest.mark.parametrize("group", range(_NUM_GROUPS))
@pytest.mark.usefixtures("ready_app")
def test_every_page_shows_beside_spoilt_runs(group: int, base: Path, runs_dir: Path) -> None:
    names = _spoil_runs(base, runs_dir, group)
    for name in PAGES:
        assert 'class="page-head"' in html_of(_shown(name)), name
    for name in Random(_SEED + group).sample(names, 5):
        for other, key in (("train", "shown_run"), ("draw", "network")):
            _shown(other, **{key: name})


@pytest.mark.parametrize("name", FILES_OF_A_SEARCH)
@pytest.mark.usefixtures("own_app")
def test_the_search_page_shows_beside_spoilt_searches(
    name: str, tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launcher, "_start_driver", no_driver)
    base = make_search(tmp_path)
    ways = islice(spoilers((base.folder / name).read_bytes(), _SEED), _NUM_SEARCHES)
    spoilt_searches(base, name, runs_dir, ways)
    searches = list_searches(runs_dir)
    at = _shown("search", shown_searches=[search.name for search in searches])
    html = html_of(at)
    assert 'class="page-head"' in html
    for search in searches:
        is_told = any(search.name in error.value for error in at.error)
        assert is_told or f"<h2>{search.name}</h2>" in html, search


@pytest.fixture
def spoilt_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Those that ship, and a hundred whose card or study was spoilt, each in another way."""
    folder = tmp_path / "models"
    shutil.copytree(files.MODELS_DIR, folder)
    card = (folder / "tiny.json").read_bytes()
    told = (folder / "tiny.study.json").read_bytes()
    for ending, content in ((".json", card), (".study.json", told)):
        for number, spoil in enumerate(islice(spoilers(content, _SEED), 100)):
            name = f"spoilt{number}"
            path = folder / f"{name}{ending}"
            path.write_bytes(content.replace(b'"name": "tiny"', f'"name": "{name}"'.encode()))
            spoil(path)
            shutil.copy(folder / "tiny.safetensors", folder / f"{name}.safetensors")
    monkeypatch.setattr(files, "MODELS_DIR", folder)
    monkeypatch.setattr(study, "MODELS_DIR", folder)
    monkeypatch.setattr(ladder, "LESSON_STUDIES_DIR", folder)
    return folder


@pytest.mark.usefixtures("ready_app", "runs_dir", "spoilt_models")
def test_every_page_shows_beside_spoilt_models_and_studies_and_names_them() -> None:
    for name in PAGES:
        at = _shown(name)
        assert 'class="page-head"' in html_of(at)
        if name in ("draw", "explain", "evaluate", "model", "board", "learn"):
            assert any("cannot be read" in warning.value for warning in at.warning), name


@pytest.mark.usefixtures("ready_app", "runs_dir")
def test_draw_and_evaluate_show_beside_spoilt_drawings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MNIST_DRAWINGS_DIR", str(tmp_path / "drawings"))
    picture = np.zeros((280, 280), np.uint8)
    picture[60:220, 130:150] = 255
    whole = drawings.keep(picture, 1, strokes=[[(140, 60), (140, 219)]])
    folder = drawings.own_folder()
    for number in range(100):
        other = f"{whole.id[:-8]}{number:08x}"
        for place, ending in enumerate((".png", drawings.STROKES)):
            path = folder / f"{other}{ending}"
            shutil.copy(folder / f"{whole.id}{ending}", path)
            if number % 2 == place:
                spoil = next(islice(spoilers(path.read_bytes(), _SEED), number // 2, None))
                spoil(path)
    at = _shown("draw", keep=True, your_drawings=True)
    assert any("cannot be read" in warning.value for warning in at.warning)
    _shown("evaluate", evaluated_images="drawings")


@pytest.mark.usefixtures("ready_app")
def test_a_run_that_cannot_be_read_is_one_row_and_is_put_aside(base: Path, runs_dir: Path) -> None:
    names = [path.name for path in spoilt_runs(base, "run.json", runs_dir, [_cut, _leave])]
    at = _shown("runs")
    (warning,) = at.warning
    assert unformatted(names[0]) in warning.value and "cannot be read" in warning.value
    at.button(key=f"put_aside_{names[0]}").click().run()
    assert not at.exception and not at.warning
    assert [one.id for one in list_runs(runs_dir)] == names[1:]
    assert (runs_dir / ".aside" / names[0] / "model.safetensors").is_file()


def test_a_file_where_the_queue_should_be_hides_no_run(
    own_app: Shared, base: Path, runs_dir: Path
) -> None:
    wait_until_ready(own_app)
    (folder,) = spoilt_runs(base, "log.txt", runs_dir, [_leave])
    shutil.rmtree(runs_dir / ".queue", ignore_errors=True)
    (runs_dir / ".queue").touch()
    for name in PAGES:
        assert 'class="page-head"' in html_of(_shown(name)), name
    at = _shown("train", shown_run=folder.name)
    assert 'class="pill finished"' in html_of(at)
    at.button(key="train").click().run()
    assert not at.exception and ".queue" in "".join(error.value for error in at.error)


@pytest.mark.usefixtures("ready_app")
def test_bad_lines_of_a_runs_events_are_counted_on_its_page(base: Path, runs_dir: Path) -> None:
    (folder,) = spoilt_runs(base, "events.jsonl", runs_dir, [_spoil_two_lines])
    at = _shown("train", shown_run=folder.name)
    assert any("2 lines are left out" in warning.value for warning in at.warning)
    assert open_run(folder.name).state() == "finished"


def _cut(path: Path) -> None:
    content = path.read_bytes()
    path.unlink()
    path.write_bytes(content[:-20])


def _leave(path: Path) -> None:
    pass


def _spoil_two_lines(path: Path) -> None:
    lines = path.read_bytes().split(b"\n")
    path.unlink()
    lines[2:4] = [b'{"event":"step","step":"3"}', b"\xff"]
    path.write_bytes(b"\n".join(lines))
