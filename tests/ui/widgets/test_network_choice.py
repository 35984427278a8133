"""Which network a page begins with."""

import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.checkpoints.card import card_path
from mnist_core.config.settings import TrainConfig
from mnist_core.runs.catalogue import find_checkpoint
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.runs.run import Run
from tests.ui.opening import PAGES, page, run

pytestmark = pytest.mark.usefixtures("ready_app")

_WITH_A_NETWORK = ("draw", "explain", "evaluate", "model")


def _two_pages() -> None:
    import streamlit as st

    from mnist_ui.widgets.network_choice import choose_network

    is_other = st.session_state.get("is_other", False)
    network = choose_network("Network", "tiny" if is_other else "compact")
    assert network is not None
    st.text(network.id)


def _finished_run(runs_dir: Path) -> Run:
    made = create_run(TrainConfig(dataset="digits", epochs=1), recipe="seed", folder=runs_dir)
    for path in (find_checkpoint("seed"), card_path(find_checkpoint("seed"))):
        shutil.copy(path, made.checkpoint_path.with_suffix(path.suffix))
    return made


def _shown(at: AppTest) -> str:
    return at.text[0].value


def test_before_anything_was_chosen_each_page_has_its_own_best(runs_dir: Path) -> None:
    at = run(AppTest.from_function(_two_pages))
    assert _shown(at) == "compact"
    at.session_state["is_other"] = True
    assert _shown(run(at)) == "tiny"


def test_of_two_runs_that_read_the_same_either_can_be_chosen(runs_dir: Path) -> None:
    for _ in range(2):
        _finished_run(runs_dir)
    runs = list_runs(runs_dir)
    at = run(AppTest.from_function(_two_pages))
    places = [n for n, label in enumerate(at.selectbox[0].options) if "yours" in label]
    for which in (1, 0, 1):
        at.selectbox[0].select_index(places[which])
        assert _shown(run(at)) == runs[which].id


def test_the_newest_run_comes_before_what_ships_and_a_choice_before_both(runs_dir: Path) -> None:
    for _ in range(2):
        _finished_run(runs_dir)
    newest = list_runs(runs_dir)[0]  # of the two, which may be of the same second
    at = run(AppTest.from_function(_two_pages))
    assert _shown(at) == newest.id
    at.selectbox[0].select_index(1)
    chosen = _shown(run(at))
    assert chosen != newest.id
    at.session_state["is_other"] = True
    _finished_run(runs_dir)
    assert _shown(run(at)) == chosen


@pytest.mark.parametrize("name", _WITH_A_NETWORK)
def test_every_page_with_a_network_begins_with_the_newest_run(runs_dir: Path, name: str) -> None:
    assert name in PAGES
    newest = _finished_run(runs_dir)
    at = run(page(name))
    labels = ("Who answers", "Network")
    (box,) = [box for box in at.selectbox if box.label in labels]
    assert box.value == newest.id
