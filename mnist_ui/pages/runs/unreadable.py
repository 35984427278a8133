"""Runs that cannot be read: a row each that says so, and a way to put them aside."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from mnist_core.errors import MnistError
from mnist_core.runs.folder import put_aside
from mnist_core.runs.table import Unreadable
from mnist_ui import wording

_MOST_SHOWN: Final = 5


def unreadable_section(runs: Sequence[Unreadable]) -> None:
    """Show the runs with which nothing can be done, if there are any."""
    for one in runs[:_MOST_SHOWN]:
        text = wording.unformatted(one.problem)
        _row(text, "Put aside", [one], key=f"put_aside_{one.run.id}")
    if (num_more := len(runs) - _MOST_SHOWN) > 0:
        more = f"{num_more:,} more {'run' if num_more == 1 else 'runs'} cannot be read."
        _row(more, "Put all aside", runs, key="put_all_aside")


def _row(text: str, label: str, runs: Sequence[Unreadable], *, key: str) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    left.warning(text, icon=":material/link_off:")
    right.button(
        label,
        key=key,
        icon=":material/inventory_2:",
        width="stretch",
        on_click=_put_aside,
        args=(runs,),
        help="Moves the folder, as it is, into `.aside` beside the runs. Nothing is deleted.",
    )


def _put_aside(runs: Sequence[Unreadable]) -> None:
    try:
        paths = [put_aside(one.run) for one in runs]
    except MnistError as error:
        st.toast(str(error), icon=":material/error:")
        return
    where = paths[0] if len(paths) == 1 else paths[0].parent
    st.toast(f"Put aside: `{where}`. `runs restore` in a terminal brings a run back.")
