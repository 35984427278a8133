"""The table of runs: which of them a person looks for, and which they have ticked."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from mnist_core.runs.table import RunRow
from mnist_ui import wording
from mnist_ui.components.ticks import Column, Row, ticked_rows

_FEW: Final = 8
"""So many runs are found without a search."""

_SHOWN_AT_FIRST: Final = 100

_COLUMNS: Final = (
    Column(name="run"),
    Column(name="state"),
    Column(name="test accuracy", is_number=True),
    Column(name="data"),
    Column(name="epochs", is_number=True),
    Column(name="time", is_number=True),
    Column(name="started"),
    Column(name="recipe", is_minor=True),
    Column(name="changed", is_minor=True),
    Column(name="changed while it ran", is_minor=True),
    Column(name="seed", is_number=True, is_minor=True),
    Column(name="began from", is_minor=True),
    Column(name="parameters", is_number=True, is_minor=True),
    Column(name="network", is_minor=True),
    Column(name="note"),
)


def choose_runs(rows: Sequence[RunRow]) -> list[RunRow]:
    """Show the runs, the newest first; return those that are ticked."""
    wanted = _search(rows) if len(rows) > _FEW else list(rows)
    is_all = bool(st.session_state.get("show_all_runs"))
    shown = wanted if is_all else wanted[:_SHOWN_AT_FIRST]
    if not shown:
        st.caption("No run is called so, or has that in its note, its recipe or its network.")
        return []
    ticked = ticked_rows(_COLUMNS, [_row(row) for row in shown], key="runs", label="Your runs")
    if len(shown) < len(wanted):
        st.button(
            f"Show all {len(wanted):,} runs",
            key="show_more_runs",
            on_click=lambda: st.session_state.update(show_all_runs=True),
        )
    by_id = {row.id: row for row in shown}
    return [by_id[one] for one in ticked]


def _search(rows: Sequence[RunRow]) -> list[RunRow]:
    words = st.text_input(
        "Find runs",
        key="find_runs",
        placeholder="a name, a note, a recipe, a network",
        max_chars=100,
        icon=":material/search:",
    )
    wanted = words.lower().split()
    return [row for row in rows if all(word in _said(row) for word in wanted)]


def _said(row: RunRow) -> str:
    data = wording.DATASETS[row.dataset]
    told = (row.title, row.note, row.recipe, row.model, row.state, row.origin, data, row.id)
    return " ".join(told).lower()


def _row(row: RunRow) -> Row:
    accuracy = "" if row.accuracy is None else f"{row.accuracy:.2f} %"
    parameters = "" if row.parameters is None else f"{row.parameters:,}"
    told: tuple[tuple[str, float | str], ...] = (
        (row.title, row.title),
        (row.state, row.state),
        (accuracy, "" if row.accuracy is None else row.accuracy),
        (wording.DATASETS[row.dataset], row.dataset),
        (_epochs(row), row.epochs_before + row.epochs_done),
        (wording.duration(row.seconds), row.seconds),
        (row.created[:16], row.created),
        (row.recipe, row.recipe),
        (row.changes, row.changes),
        (row.changed_while_it_ran, row.changed_while_it_ran),
        (str(row.seed), row.seed),
        (row.origin or "random weights", row.origin),
        (parameters, "" if row.parameters is None else row.parameters),
        (row.model, row.model),
        (row.note, row.note),
    )
    cells, keys = zip(*told, strict=True)
    return Row(id=row.id, cells=cells, keys=keys)


def _epochs(row: RunRow) -> str:
    told = f"{wording.plain_epochs(row.epochs_done)} of {row.epochs}"
    in_all = wording.plain_epochs(row.epochs_before + row.epochs_done)
    return told + (f", {in_all} in all" if row.epochs_before else "")
