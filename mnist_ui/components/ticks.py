"""A table whose rows are ticked, with the mouse or with keys; cards on a phone.

A component of our own: the rows of Streamlit's table are painted on a canvas, where a tick needs a
mouse, and its ticks are by place, not by row.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st
import streamlit.components.v2 as components

_HTML: Final = """
<div class="ticks">
  <div class="frame sideways"><table role="table">
    <thead role="rowgroup"><tr role="row"><td role="cell"></td></tr></thead>
    <tbody role="rowgroup"></tbody>
  </table></div>
  <p class="keys">Keys: <kbd>Tab</kbd> goes to the headings, which sort, and to the rows; arrows go
    from one to the next, <kbd>Space</kbd> ticks.</p>
</div>
"""

_folder = Path(__file__).parent
_component = components.component(
    "mnist_ticks",
    html=_HTML,
    css=(_folder / "ticks.css").read_text(encoding="utf-8"),
    js=(_folder / "ticks.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column's heading; `is_number`: set to the right; `is_minor`: left out on a phone."""

    name: str
    is_number: bool = False
    is_minor: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row by its id: what its cells say, the first of which names it, and what sorts them.

    A key is a number or a text; an empty text stands for what is not known, and last.
    """

    id: str
    cells: tuple[str, ...]
    keys: tuple[float | str, ...]


def ticked_rows(
    columns: Sequence[Column], rows: Sequence[Row], *, key: str, label: str
) -> list[str]:
    """Show the table; return the ids of the rows that are ticked, in the order they were in."""
    before = st.session_state.get(key)
    shown = tuple({"id": row.id, "cells": row.cells, "keys": row.keys} for row in rows)
    found = _component(
        key=key,
        data={
            "label": label,
            "columns": tuple(
                {"name": c.name, "isNumber": c.is_number, "isMinor": c.is_minor} for c in columns
            ),
            # Tuples: of a list Streamlit asks pandas, slow to load, whether it is a table.
            "rows": shown,
            "ticked": tuple(_texts(getattr(before, "ticked", ()))),
        },
        default={"ticked": ()},
        on_ticked_change=lambda: None,
    )
    known = {row.id for row in rows}
    return [one for one in _texts(found.ticked) if one in known]


def _texts(told: Any) -> list[str]:
    """Return what a browser of ours tells; nothing of what it does not."""
    return [one for one in told if isinstance(one, str)] if isinstance(told, list | tuple) else []
