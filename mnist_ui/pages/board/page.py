"""Board: one's best run of each size among the known ones, and a class that takes the challenge."""

from typing import Final

import streamlit as st

from mnist_core.config.challenge import SIZE_CLASSES
from mnist_core.errors import MnistError
from mnist_core.experiments.board import Board, Place, Standing
from mnist_core.experiments.entries import best_below
from mnist_core.experiments.study import list_studies
from mnist_core.runs.catalogue import list_models
from mnist_ui.charts.compared import compare
from mnist_ui.components.plot import plot
from mnist_ui.pages.board import charts
from mnist_ui.pages.board.placing import place_section, tell_why_not
from mnist_ui.pages.board.tables import best_html, ranks_html
from mnist_ui.session.entries import entries, own_entries
from mnist_ui.session.settings import settings
from mnist_ui.session.visitors import own_runs, visitor
from mnist_ui.widgets.page_head import open_page
from mnist_ui.widgets.problems import tell_problems

_SECONDS_PER_LOOK: Final = 2.0

Standings = dict[int, list[Standing]]


def _read(board: Board) -> tuple[list[Place], Standings]:
    """Return what is on the board, or say why that cannot be told."""
    try:
        return board.places(), board.standings(entries())
    except MnistError as error:
        st.error(str(error), icon=":material/error:")
        return [], {}


@st.fragment(run_every=_SECONDS_PER_LOOK)
def _look_again(board: Board, shown: Standings) -> None:
    """Show the page anew when somebody has put up a run or taken one off; this shows nothing."""
    try:
        now = board.standings(entries())
    except MnistError:
        now = {}
    if now != shown:
        st.rerun()


def _show_class(board: Board, me: str) -> Standings:
    """Show a class's ranks, and what the visitor can do there; return the ranks."""
    places, standings = _read(board)
    for below in SIZE_CLASSES:
        st.html(ranks_html(standings.get(below, []), below, me))
    place_section(board, own_entries(), places, me)
    _look_again(board, standings)
    return standings


def _show_known(others: list[Standing]) -> None:
    problems: list[str] = []
    known = compare(list_models(problems=problems), list_studies(problems=problems))
    tell_problems(problems)
    own = own_entries()
    st.html(best_html(own, known))
    found = (best_below(own, below) for below in SIZE_CLASSES)
    best = list({entry.run: entry for entry in found if entry is not None}.values())
    plot(
        charts.board_figure(known, best, others),
        key="board",
        description=charts.describe(known, best, others),
        height=380,
    )
    st.caption(
        "A run counts if it was trained here, on MNIST and from random weights, for fewer than 20"
        " epochs, with fewer than 20,000 parameters, batch norm and dropout. Its accuracy is that"
        " on the 10,000 test images when its training ended; a difference of 0.1 % is mostly"
        " chance. A network that is smaller counts in the larger classes too."
    )
    tell_why_not(own_runs(), {entry.run: entry for entry in own})


has_board = settings().has_board
open_page(
    "board",
    "The board",
    "The best of each size in this class, and the networks to beat."
    if has_board
    else "Your best network of each size, beside those that ship and published ones.",
)
me = visitor()
standings = _show_class(Board(), me) if has_board else {}
_show_known([row for row in standings.get(SIZE_CLASSES[0], []) if row.entry.owner != me])
