"""Several runs held against each other: curves in one chart, and where their settings differ."""

from collections.abc import Mapping
from typing import Any, Final

import plotly.graph_objects as go

from mnist_core.config.settings import knobs
from mnist_core.runs.changes import in_words
from mnist_core.runs.history import History, read_changes
from mnist_core.runs.run import Run
from mnist_core.runs.table import call_origin
from mnist_ui.charts.colors import BLUE, GRAY, GREEN, ORANGE, PRIMARY
from mnist_ui.charts.figure import (
    accuracy_axis,
    add_marks,
    add_smoothed,
    loss_axis,
    over_epochs,
    scale_to_epochs,
)
from mnist_ui.charts.figure import error_height as height
from mnist_ui.wording import count_epochs

_COLORS: Final = (BLUE, ORANGE, GREEN, PRIMARY, GRAY)
_DASHES: Final = ("solid", "dash", "dot", "dashdot")


def accuracies_of(runs: Mapping[str, History]) -> go.Figure:
    """Draw the watched accuracy of each run, by its name, over the epochs."""
    figure = over_epochs(uirevision="/".join(runs))
    for place, (name, history) in enumerate(runs.items()):
        epochs = history.epochs
        accuracies = [epoch.watch_accuracy for epoch in epochs]
        figure.add_scatter(
            x=[epoch.epoch for epoch in epochs],
            y=[height(accuracy) for accuracy in accuracies],
            customdata=accuracies,
            name=name,
            mode="lines+markers",
            line=_line(place),
            hovertemplate="%{customdata:.2f} %",
        )
        add_marks(figure, history.changes, color=_color(place))
    every = [epoch for history in runs.values() for epoch in history.epochs]
    accuracy_axis(figure, lowest=min((epoch.watch_accuracy for epoch in every), default=90.0))
    most = max((len(history.epochs) for history in runs.values()), default=2)
    scale_to_epochs(figure, most, most)
    return figure


def losses_of(runs: Mapping[str, History]) -> go.Figure:
    """Draw the smoothed training loss of each run, by its name, over the epochs."""
    figure = over_epochs(uirevision="/".join(runs))
    for place, (name, history) in enumerate(runs.items()):
        add_smoothed(figure, history.steps, name=name, line=_line(place))
        add_marks(figure, history.changes, color=_color(place))
    loss_axis(figure, [step.loss for history in runs.values() for step in history.steps])
    return figure


def differences(runs: Mapping[str, Run]) -> list[dict[str, str]]:
    """Return a row for each setting in which the runs differ, with each run's value by its name.

    What they began from comes first, where that differs, and what was changed while they ran last.
    """
    values = {name: run.config.to_json() for name, run in runs.items()}
    starts = {name: _start(run) for name, run in runs.items()}
    rows = [{"setting": "Began from"} | starts] if len(set(starts.values())) > 1 else []
    for setting, knob in knobs().items():
        found: dict[str, Any] = {name: config[setting] for name, config in values.items()}
        if len(set(found.values())) > 1:
            rows.append({"setting": knob.label} | {name: str(v) for name, v in found.items()})
    changed = {name: in_words(read_changes(run)) for name, run in runs.items()}
    if len(set(changed.values())) > 1:
        rows.append({"setting": "Changed while it ran"} | changed)
    return rows


def _start(run: Run) -> str:
    if run.origin is None:
        return "random weights" if run.kind == "training" else "trained weights"
    name = call_origin(run.origin, run.folder.parent)
    return f"{name}, trained for {count_epochs(run.origin.epochs)}"


def _color(place: int) -> str:
    return _COLORS[place % len(_COLORS)]


def _line(place: int) -> dict[str, Any]:
    dash = _DASHES[place // len(_COLORS) % len(_DASHES)]
    return {"color": _color(place), "width": 2.5, "dash": dash}
