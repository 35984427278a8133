"""A run on paper: one self-contained HTML page, its metrics as CSV, the command that repeats it.

The page loads nothing and runs no script. Curves are small SVG drawings in the text's colour.
Knows nothing of torch; every text that came from a person or a file is escaped.
"""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from mnist_core.checkpoints.card import Card, read_card
from mnist_core.config.recipes import find_recipe, repeat_command
from mnist_core.config.settings import knobs
from mnist_core.errors import RunError
from mnist_core.images import as_image, data_address
from mnist_core.runs.changes import Change
from mnist_core.runs.events import Step
from mnist_core.runs.history import History, read_history, smooth_loss
from mnist_core.runs.run import Run
from mnist_core.runs.table import title_of

_STEP_COLUMNS: Final = tuple(field.name for field in msgspec.structs.fields(Step))
_EPOCH_COLUMNS: Final = (
    *("train_loss", "train_accuracy", "watch_loss", "watch_accuracy"),
    *("seconds", "step", "epoch"),
)
_COLUMNS: Final = tuple(dict.fromkeys(("record", *_STEP_COLUMNS, *_EPOCH_COLUMNS, "change")))

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 220, 56, 24
_MOST_POINTS: Final = 400

_LOWEST: Final = 0.001
"""What is lower, say no error at all, is drawn there."""


def metrics_csv(run: Run) -> str:
    """Return all that the run measured: a row a reported step and a row an epoch, as they came.

    What was done to it while it trained has rows of its own, in words in the column `change`. The
    column `record` says which; a column that does not apply is empty.
    """
    history = read_history(run)
    rows = [("step", msgspec.structs.asdict(step)) for step in history.steps]
    rows += [("epoch", msgspec.structs.asdict(epoch)) for epoch in history.epochs]
    if not rows:
        raise RunError(f"The run {run.id} has measured nothing yet; let it train a little.")
    rows += [
        ("change", {"step": change.step, "epoch": change.epoch, "change": change.text})
        for change in history.changes
    ]
    rows.sort(key=lambda row: (row[1]["step"], row[0] != "step"))
    text = io.StringIO()
    table = csv.DictWriter(text, _COLUMNS, extrasaction="ignore")
    table.writeheader()
    table.writerows({"record": kind, **values} for kind, values in rows)
    return text.getvalue()


@dataclass(frozen=True, kw_only=True)
class _Chart:
    """Lines over epochs on a logarithmic scale: each with its dashes, and its points as SVG's.

    `marks`: where something was done to the run, as SVG's x, and what.
    """

    lines: list[tuple[str, str]]
    marks: list[tuple[str, str]]
    low: str
    high: str
    last: str
    unit: str
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    right: int = _WIDTH - 8
    floor: int = _HEIGHT - _BOTTOM
    middle: int = (_HEIGHT - _BOTTOM + 8) // 2


def report_html(run: Run) -> str:
    """Return the report of a run that has finished an epoch; raises `MnistError` before that."""
    card, history, label = read_card(run.checkpoint_path), read_history(run), run.label
    config = run.config
    begins_at_random = run.kind != "fine_tuning" and run.origin is None
    return _template().render(
        run=run,
        title=title_of(run),
        note=label.note,
        card=card,
        watched={"validation": "validation", "training": "known", "test": "test"}[config.watch],
        losses=_losses(history),
        errors=_errors(history),
        last_epoch=history.epochs[-1] if history.epochs else None,
        settings=_settings(run),
        # No command repeats what other weights brought along.
        command=repeat_command(run.recipe, config) if begins_at_random else None,
        changes=history.changes,
        is_altered=any(change.alters_result for change in history.changes),
        circumstances=_circumstances(card, history),
    )


@cache
def _template() -> Template:
    # What came from a person or a file is escaped wherever it is put in.
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
    )
    environment.filters["picture"] = _picture
    return environment.get_template("report.html.j2")


def _losses(history: History) -> _Chart | None:
    steps = [step for step in history.steps if math.isfinite(step.loss)]
    drawn = _places(len(steps))
    losses = smooth_loss([step.epoch for step in steps], [step.loss for step in steps], at=drawn)
    line = [(steps[place].epoch, loss) for place, loss in zip(drawn, losses, strict=True)]
    return _chart([("", line)], "loss", history.changes)


def _errors(history: History) -> _Chart | None:
    epochs = history.epochs
    watched = [(float(epoch.epoch), 100 - epoch.watch_accuracy) for epoch in epochs]
    trained = [(float(epoch.epoch), 100 - epoch.train_accuracy) for epoch in epochs]
    return _chart([("", watched), ("5 4", trained)], "%", history.changes)


def _chart(
    lines: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    unit: str,
    changes: Sequence[Change],
) -> _Chart | None:
    """Place lines of (epoch, value), each with its dashes; None where too little was measured."""
    lines = [
        (dashes, _thin([(x, max(y, _LOWEST)) for x, y in line if math.isfinite(y)]))
        for dashes, line in lines
    ]
    points = [point for _, line in lines for point in line]
    if len(points) < 2:
        return None
    last = max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    room = _WIDTH - _LEFT - 8, _HEIGHT - _BOTTOM - 8

    def across(epoch: float) -> str:
        return f"{_LEFT + min(epoch / (last or 1), 1) * room[0]:.1f}"

    def place(point: tuple[float, float]) -> str:
        up = math.log(point[1] / low) / (math.log(high / low) or 1)
        return f"{across(point[0])},{8 + (1 - up) * room[1]:.1f}"

    return _Chart(
        lines=[(dashes, " ".join(map(place, line))) for dashes, line in lines],
        marks=[(across(change.epoch), change.text) for change in changes],
        low=f"{low:.4g}",
        high=f"{high:.4g}",
        last=f"{last:.4g}",
        unit=unit,
    )


def _thin(line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [line[place] for place in _places(len(line))]


def _places(count: int) -> list[int]:
    """Return places in a line of so many points, as many as are worth drawing."""
    every = -(-count // _MOST_POINTS) or 1
    return [*range(0, count - 1, every), *([count - 1] if count else [])]


def _picture(image: bytes) -> str:
    """Return an image's bytes as an address that the page can show."""
    return data_address(as_image(image))


def _settings(run: Run) -> list[tuple[str, str, str]]:
    """Return each setting's label, its value, and whether it differs from the recipe's."""
    recipe = find_recipe(run.recipe)
    changed = recipe.changes_in(run.config) if recipe else {}
    values = run.config.to_json()
    return [
        (knob.label, f"{values[name]} {knob.unit}".strip(), "changed" if name in changed else "")
        for name, knob in knobs().items()
    ]


def _circumstances(card: Card, history: History) -> list[tuple[str, str, str]]:
    facts = [*card.versions.items()]
    if history.started:
        facts += [("device", history.started.device), ("threads", str(history.started.threads))]
    return [(name, value, "") for name, value in facts]
