"""A run on paper: one self-contained HTML page, its metrics as CSV, the command that repeats it.

The page loads nothing and runs no script. Curves are small SVG drawings in the text's colour.
Knows nothing of torch; every text that came from a person or a file is escaped.
"""

import base64
import csv
import dataclasses
import io
import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import numpy as np
from PIL import Image

from mnist_core.checkpoints.card import Card, read_card
from mnist_core.config.recipes import RECIPES, repeat_command
from mnist_core.config.settings import TrainConfig, changed_settings, knobs
from mnist_core.errors import RunError
from mnist_core.runs.events import Epoch, Mistake, Step
from mnist_core.runs.history import History, read_history, smooth
from mnist_core.runs.run import Run

_STEP_COLUMNS: Final = tuple(field.name for field in dataclasses.fields(Step))
_EPOCH_COLUMNS: Final = (
    *("train_loss", "train_accuracy", "watch_loss", "watch_accuracy"),
    *("seconds", "step", "epoch"),
)
_COLUMNS: Final = tuple(dict.fromkeys(("record", *_STEP_COLUMNS, *_EPOCH_COLUMNS)))

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 220, 56, 24
_MOST_POINTS: Final = 400

_LOWEST: Final = 0.001
"""What is lower, say no error at all, is drawn there."""

_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 2.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.8rem; line-height: 1.2; } h2 { font-size: 1.2rem; margin-top: 2.2rem; }
.quiet { opacity: 0.7; } .big { font-size: 2.6rem; font-weight: 700; line-height: 1.1; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; }
td, th { padding: 0.2rem 0.9rem 0.2rem 0; border-bottom: 1px solid #8884; }
.matrix td, .matrix th { padding: 0.25rem; width: 2.6rem; text-align: center; border: 0; }
.scroll { overflow-x: auto; }
svg { width: 100%; min-width: 32rem; height: auto; }
svg text { font-size: 12px; fill: currentColor; }
figure { display: inline-block; margin: 0 0.8rem 0.8rem 0; text-align: center; }
figure img { width: 72px; height: 72px; image-rendering: pixelated; display: block; }
pre { background: #8882; padding: 0.8rem; border-radius: 0.5rem; white-space: pre-wrap; }
"""


def metrics_csv(run: Run) -> str:
    """Return all that the run measured: a row a reported step and a row an epoch, as they came.

    The column `record` says which; a column that does not apply is empty.
    """
    history = read_history(run)
    rows = [("step", dataclasses.asdict(step)) for step in history.steps]
    rows += [("epoch", dataclasses.asdict(epoch)) for epoch in history.epochs]
    if not rows:
        raise RunError(f"The run {run.id} has measured nothing yet; let it train a little.")
    rows.sort(key=lambda row: (row[1]["step"], row[0] == "epoch"))
    text = io.StringIO()
    table = csv.DictWriter(text, _COLUMNS, extrasaction="ignore")
    table.writeheader()
    table.writerows({"record": kind, **values} for kind, values in rows)
    return text.getvalue()


def report_html(run: Run) -> str:
    """Return the report of a run that has finished an epoch; raises `MnistError` before that."""
    card, history, label = read_card(run.checkpoint_path), read_history(run), run.label
    title = label.name or f"{run.recipe}, seed {run.config.seed}"
    sections = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="quiet">{escape(run.id)} · {run.created:%Y-%m-%d %H:%M}</p>',
        f"<p>{escape(label.note)}</p>" if label.note else "",
        _result(card),
        _curves(history, run.config),
        _last_epoch(history, run.config),
        _settings(run),
        _how_to_repeat(run),
        _circumstances(card, history),
    ]
    # The policy lets a browser load nothing at all for this page, whatever should be in it.
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        " img-src data:; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>\n"
        + "\n".join(filter(None, sections))
        + "\n</body></html>\n"
    )


def _result(card: Card) -> str:
    trained = f"{card.epochs} {'epoch' if card.epochs == 1 else 'epochs'}"
    facts = (
        f"{escape(card.model)}, {card.parameters:,} parameters, {trained} over"
        f" {card.num_train:,} images of {escape(card.dataset)} in {card.seconds:,.0f} s"
    )
    if card.test_accuracy is None:
        return f"<p>{facts}. The test images have not been looked at yet.</p>"
    return (
        f'<p><span class="big">{card.test_accuracy:.2f} %</span><br>'
        f"of {card.test_total:,} test images, after the last epoch"
        f" ({card.test_correct:,} right, loss {card.test_loss:.4f}).</p><p>{facts}.</p>"
    )


def _curves(history: History, config: TrainConfig) -> str:
    steps, epochs = history.steps, history.epochs
    watched = {"validation": "validation", "training": "known", "test": "test"}[config.watch]
    losses = smooth([step.loss for step in steps], 0.9)
    return (
        "<h2>Training loss, smoothed, on a logarithmic scale</h2>"
        + _chart([("", [(s.epoch, v) for s, v in zip(steps, losses, strict=True)])], "loss")
        + f"<h2>Share misread: of {watched} images, and of training images (dashed)</h2>"
        + _chart(
            [
                ("", [(float(e.epoch), 100 - e.watch_accuracy) for e in epochs]),
                ("5 4", [(float(e.epoch), 100 - e.train_accuracy) for e in epochs]),
            ],
            "%",
        )
    )


def _chart(lines: Sequence[tuple[str, Sequence[tuple[float, float]]]], unit: str) -> str:
    """Draw lines of (epoch, value), each with its dashes, on a logarithmic scale."""
    lines = [
        (dashes, _thin([(x, max(y, _LOWEST)) for x, y in line if math.isfinite(y)]))
        for dashes, line in lines
    ]
    points = [point for _, line in lines for point in line]
    if len(points) < 2:
        return '<p class="quiet">Too little was measured to draw it.</p>'
    last = max(x for x, _ in points)
    low, high = min(y for _, y in points), max(y for _, y in points)
    room = _WIDTH - _LEFT - 8, _HEIGHT - _BOTTOM - 8

    def place(point: tuple[float, float]) -> str:
        across = point[0] / (last or 1)
        up = math.log(point[1] / low) / (math.log(high / low) or 1)
        return f"{_LEFT + across * room[0]:.1f},{8 + (1 - up) * room[1]:.1f}"

    drawn = "".join(
        f'<polyline points="{" ".join(map(place, line))}" fill="none" stroke="currentColor"'
        f' stroke-width="2" stroke-dasharray="{dashes}"/>'
        for dashes, line in lines
    )
    floor = 8 + room[1]
    return (
        f'<div class="scroll"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        f' aria-label="from {low:.4g} to {high:.4g} {unit}">'
        f'<path d="M{_LEFT} 8V{floor}H{_WIDTH - 8}" fill="none" stroke="currentColor"'
        ' opacity="0.3"/>'
        f'<text x="0" y="16">{high:.4g}</text><text x="0" y="{floor}">{low:.4g}</text>'
        f'<text x="0" y="{8 + room[1] // 2}">{unit}</text>'
        f'<text x="{_LEFT}" y="{_HEIGHT - 4}">0</text>'
        f'<text x="{_WIDTH - 8}" y="{_HEIGHT - 4}" text-anchor="end">epoch {last:.4g}</text>'
        f"{drawn}</svg></div>"
    )


def _thin(line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    every = -(-len(line) // _MOST_POINTS) or 1
    return [*line[::every], *line[-1:]]


def _last_epoch(history: History, config: TrainConfig) -> str:
    if not history.epochs:
        return ""
    last: Epoch = history.epochs[-1]
    rows = "".join(
        f"<tr><th>{truth}</th>{''.join(_cell(n, truth == i) for i, n in enumerate(row))}</tr>"
        for truth, row in enumerate(last.confusion)
    )
    head = "".join(f"<th>{digit}</th>" for digit in range(10))
    return (
        f"<h2>Which digit was read as which, after epoch {last.epoch}"
        f" ({escape(config.watch)} images)</h2>"
        f'<div class="scroll"><table class="matrix"><tr><th></th>{head}</tr>{rows}</table></div>'
        '<p class="quiet">Rows: what it is. Columns: what it was read as.</p>'
        + _mistakes(last.mistakes)
    )


def _cell(count: int, is_right: bool) -> str:
    if not count:
        return "<td></td>"
    shade = "" if is_right else f' style="background:rgba(200,89,15,{min(0.7, 0.15 + count / 30)})"'
    return f"<td{shade}>{count:,}</td>"


def _mistakes(mistakes: Sequence[Mistake]) -> str:
    if not mistakes:
        return ""
    pictures = "".join(
        f'<figure><img src="{_picture(m.image)}" alt="a {m.truth} read as {m.answer}">'
        f"<figcaption>{m.truth}, read as {m.answer}</figcaption></figure>"
        for m in mistakes
    )
    return f"<h2>Most surely misread</h2>{pictures}"


def _picture(image: str) -> str:
    """Return 28×28 bytes in base64 as a PNG in a data: address."""
    pixels = np.frombuffer(base64.b64decode(image), np.uint8).reshape(28, 28)
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, format="PNG")
    return "data:image/png;base64," + base64.b64encode(content.getvalue()).decode()


def _settings(run: Run) -> str:
    recipe = RECIPES.get(run.recipe)
    changed = changed_settings(run.config, recipe.config) if recipe else {}
    values = run.config.to_json()
    rows = (
        (knob.label, f"{values[name]} {knob.unit}".strip(), "changed" if name in changed else "")
        for name, knob in knobs().items()
    )
    return f"<h2>Settings: recipe “{escape(run.recipe)}”</h2>{_table(rows)}"


def _how_to_repeat(run: Run) -> str:
    if run.kind == "fine_tuning":
        return "<p>It started from given weights and saw a person’s own drawings.</p>"
    command = repeat_command(run.recipe, run.config)
    return f"<h2>How to repeat it</h2><pre>{escape(command)}</pre>"


def _circumstances(card: Card, history: History) -> str:
    facts = [*card.versions.items()]
    if history.started:
        facts += [("device", history.started.device), ("threads", str(history.started.threads))]
    return f"<h2>Made with</h2>{_table((name, value, '') for name, value in facts)}"


def _table(rows: Iterable[tuple[str, str, str]]) -> str:
    cells = "".join(
        f'<tr><th>{escape(name)}</th><td>{escape(value)}</td><td class="quiet">{escape(more)}</td>'
        "</tr>"
        for name, value, more in rows
    )
    return f"<table>{cells}</table>"
