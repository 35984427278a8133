"""What a visitor does with the board: put a run of their own on it, and take it off again."""

from collections.abc import Mapping
from typing import Final

import streamlit as st

from mnist_core.errors import MnistError
from mnist_core.experiments.board import MAX_NICKNAME, Board, Place
from mnist_core.experiments.entries import Entry, entry_of
from mnist_core.runs.folder import open_run
from mnist_core.runs.run import Run
from mnist_ui import wording

_NUM_EXPLAINED: Final = 5


def place_section(board: Board, own: list[Entry], places: list[Place], me: str) -> None:
    """Show the form that puts a run up, and what of the visitor's own is on the board."""
    mine = [place for place in places if place.owner == me]
    by_run = {entry.run: entry for entry in own}
    labels = wording.told_apart({entry.run: _told(entry) for entry in own})
    for place in mine:
        if place.run in by_run:
            _offer_to_take_off(board, place, by_run[place.run], me)
    if not own:
        st.info(
            "A run of yours can stand here once it has ended: trained on MNIST from random weights,"
            " within the challenge’s limits.",
            icon=":material/flag:",
        )
        return
    with st.form("put_up", border=True):
        left, middle, right = st.columns([2, 1, 0.8], vertical_alignment="bottom")
        run = left.selectbox(
            "Your run",
            list(by_run),
            key="run_to_put_up",
            format_func=labels.__getitem__,
        )
        nickname = middle.text_input(
            "Nickname",
            mine[-1].nickname if mine else "",
            key="nickname",
            max_chars=MAX_NICKNAME,
            help="Everybody who opens this app sees it. One run of yours stands in each class.",
        )
        if right.form_submit_button("Put it on the board", key="put_up_now", width="stretch"):
            _put_up(board, str(run), nickname, me)


def _put_up(board: Board, run: str, nickname: str, me: str) -> None:
    try:
        board.put_up(open_run(run), owner=me, nickname=nickname)
    except MnistError as error:
        st.error(wording.unformatted(str(error)), icon=":material/block:")
        return
    st.rerun()  # what is on the board stands above


def _offer_to_take_off(board: Board, place: Place, entry: Entry, me: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        name = wording.unformatted(place.nickname)
        st.markdown(f"On the board as **{name}**: {wording.unformatted(_told(entry))}")
        if st.button("Take it off", key=f"take_off_{place.below}", icon=":material/close:"):
            try:
                board.take_off(place.run, owner=me)
            except MnistError as error:
                st.error(wording.unformatted(str(error)), icon=":material/error:")
                return
            st.rerun()


def _told(entry: Entry) -> str:
    return (
        f"{entry.accuracy:.2f} % · {entry.parameters:,} parameters · {entry.model}"
        f" · {entry.created:%-d %b, %H:%M}"
    )


def tell_why_not(runs: list[Run], found: Mapping[str, Entry]) -> None:
    """Say of the newest runs that do not count what keeps them from it."""
    others = [run for run in runs[: 4 * _NUM_EXPLAINED] if run.id not in found]
    if not others:
        return
    with st.expander("Is a run of yours missing?", icon=":material/help:"):
        for run in others[:_NUM_EXPLAINED]:
            try:
                entry_of(run)
                told = f"{run.recipe}, {run.created:%-d %b, %H:%M}"
            except MnistError as error:
                told = f"{run.id}: {error}"
            st.markdown(wording.unformatted(told))
