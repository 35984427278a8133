"""What a visitor has read of a run so far."""

from collections.abc import Callable
from dataclasses import dataclass, field

import plotly.graph_objects as go
import streamlit as st

from mnist_core.runs.history import History
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run


@dataclass
class RunView:
    """What this visitor has read of a run so far, and the figures made of it."""

    reader: EventReader
    history: History = field(default_factory=History)
    _figures: dict[str, tuple[object, go.Figure]] = field(default_factory=dict)

    def figure(self, name: str, stamp: object, draw: Callable[[], go.Figure]) -> go.Figure:
        """Return the figure as it was last drawn, or drawn anew if `stamp` is another.

        To make a figure takes longer than all else that a look at a run does.
        """
        before = self._figures.get(name)
        if before is None or before[0] != stamp:
            before = self._figures[name] = stamp, draw()
        return before[1]


def view_of(run: Run) -> RunView:
    """Return this visitor's view of the run, reading only what is new since the last look."""
    views: dict[str, RunView] = st.session_state.setdefault("views", {})
    if run.id not in views:
        views.clear()  # one run at a time is looked at; a page left open does not grow
        views[run.id] = RunView(EventReader(run))
    view = views[run.id]
    view.history.extend(view.reader.read())
    return view
