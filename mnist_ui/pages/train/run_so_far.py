"""What a run has said so far, as far as one visitor's page has read it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

import plotly.graph_objects as go
import streamlit as st

from mnist_core.runs.history import History
from mnist_core.runs.log import EventReader
from mnist_core.runs.run import Run, State
from mnist_ui import wording


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


def read_on(run: Run, *, beside: Collection[str] = ()) -> RunSoFar:
    """Return what the run has said so far, reading only what is new since the last look.

    What was read of others is kept for those whose ids are in `beside`, and forgotten else: a page
    left open does not grow. Raises `RecordError` where it cannot be read.
    """
    kept: dict[str, RunSoFar] = st.session_state.setdefault("runs_so_far", {})
    for other in kept.keys() - {run.id, *beside}:
        del kept[other]
    so_far = kept.setdefault(run.id, RunSoFar(EventReader(run)))
    so_far.history.extend(so_far.reader.read())
    so_far.history.num_skipped = so_far.reader.num_skipped
    return so_far


def say_progress(history: History, state: State) -> str:
    """Say how far a run has come, and what it is at."""
    is_live = state in ("running", "paused")
    if history.started is None or (is_live and history.preparing is not None):
        found = history.preparing
        if found is None:
            return "Starting…"
        return f"{found.message}…" + (
            f" {found.fraction:.0%}" if found.fraction is not None else ""
        )
    started = history.started
    num_epochs = started.num_steps // started.steps_per_epoch
    text = f"Epoch {history.num_steps_done / started.steps_per_epoch:.1f} of {num_epochs}"
    text += f" · step {history.num_steps_done:,}"
    if not is_live:
        return f"{text} · {wording.duration(history.seconds)} of training"
    if history.steps and state == "running":
        text += f" · {history.steps[-1].images_per_second:,.0f} images/s"
    if (left := history.seconds_left) is not None and state == "running":
        text += f" · {wording.duration(left)} left"
    return text
