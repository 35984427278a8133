"""What a run has said so far, as far as one visitor's page has read it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import plotly.graph_objects as go
import streamlit as st

from mnist_core.runs.history import History
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run


@dataclass
class RunSoFar:
    """A run's history as read so far, and the figures last drawn of it."""

    reader: EventReader
    history: History = field(default_factory=History)
    _figures: dict[str, tuple[object, go.Figure]] = field(default_factory=dict)

    def figure(self, name: str, stamp: object, draw: Callable[[], go.Figure]) -> go.Figure:
        """Return the figure of that name, drawn anew only if `stamp` differs from the last one.

        `stamp` is what it depends on. Drawing takes longer than all else in a look at a run.
        """
        before = self._figures.get(name)
        if before is None or before[0] != stamp:
            before = self._figures[name] = stamp, draw()
        return before[1]


def read_on(run: Run) -> RunSoFar:
    """Return what the run has said so far, reading only what is new since the last look.

    Raises `RecordError` where it cannot be read.
    """
    kept: dict[str, RunSoFar] = st.session_state.setdefault("runs_so_far", {})
    if run.id not in kept:
        kept.clear()  # one run at a time is looked at; a page left open does not grow
        kept[run.id] = RunSoFar(EventReader(run))
    so_far = kept[run.id]
    so_far.history.extend(so_far.reader.read())
    so_far.history.num_skipped = so_far.reader.num_skipped
    return so_far
