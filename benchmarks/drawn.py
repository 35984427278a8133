"""How well networks read drawings that none was given: one table for all that ship.

Pen strokes of the writers that training holds out (`mnist_core.strokes.files`, in either form; UCI
"Pen-Based Recognition of Handwritten Digits" by Alimoglu and Alpaydin, 1996: writers 25 to 30);
digits in the styles people write them in, neat ones as with a mouse, and drawings of no digit, all
by code of its own (`benchmarks.handwriting`, `benchmarks.other_drawings`). Each is drawn on the
app's canvas, its size and place by chance, always the same, and read as Draw reads it.
`python -m benchmarks.drawn [--model NAME …] [--drawn FILE] [--writers A-B] [--numbers N] [--json]`
With `--numbers`, strokes are also read as numbers of two to four digits, side by side.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from torch import Tensor

from benchmarks.handwriting import CANVAS, STYLES, on_canvas
from benchmarks.other_drawings import NEAT, NON_DIGITS
from mnist_core.data.preprocess import Bytes
from mnist_core.doubt.network import load_doubt
from mnist_core.evaluation.evaluate import logits
from mnist_core.files import PROJECT_DIR
from mnist_core.inference.segment import find_one_digit
from mnist_core.predict import Predictor, read_number
from mnist_core.runs.catalogue import list_models
from mnist_core.strokes.files import hold_out_writers, read_strokes

DRAWN: Final = PROJECT_DIR.parent / "shared" / "drawn" / "pendigits-train.jsonl.gz"
_FINER: Final = 3
"""Each pixel is drawn as so many each way, so that edges are smooth."""

_SHARES: Final = 0.30, 0.85
"""Least and greatest length of a digit, as a share of the canvas."""

_BRUSHES: Final = 12.0, 28.0
_NUM_STYLES: Final = 200
_NUM_NEAT: Final = 100
_NUM_NON_DIGITS: Final = 200
_REFUSED: Final = 0.01
"""Share of pen digits refused, at which is told how many other drawings pass."""


@dataclass(frozen=True)
class Drawn:
    """A digit as a pen wrote it; each stroke is points (N, 2), x and y, y downward."""

    digit: int
    strokes: Sequence[NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Drawings as a network is given them: (N, 1, 28, 28) float32, (N,) bool, (N,) int64."""

    images: Tensor
    is_too_wide: Tensor
    labels: Tensor


def load_drawn(path: Path, writers: tuple[int, int] | None = None) -> list[Drawn]:
    """Return the pen strokes of writers from the first to the last; None: those held out."""
    digits = read_strokes(path).digits
    if writers is None:
        chosen = hold_out_writers(digits)[1]
    else:
        chosen = [d for d in digits if d.writer in range(writers[0], writers[1] + 1)]
    return [
        Drawn(one.digit, [np.asarray(stroke, np.float64) for stroke in one.strokes])
        for one in chosen
    ]


def render(drawn: Drawn, random: np.random.Generator) -> Bytes:
    """Draw one digit anywhere on the canvas; small ones with a thin brush."""
    least, most = _SHARES
    share = random.uniform(least, most)
    thickest = min(_BRUSHES[1], _BRUSHES[0] + (share - least) / (most - least) * 16 * 1.6)
    brush = random.uniform(_BRUSHES[0], max(thickest, 14))
    points = np.concatenate(drawn.strokes)
    extent = np.ptp(points, axis=0)
    scale = max(share * CANVAS - brush, 8) / max(extent.max(), 1)
    width, height = extent * scale + brush
    place = np.array([random.uniform(0, CANVAS - width), random.uniform(0, CANVAS - height)])
    picture = Image.new("L", (CANVAS * _FINER, CANVAS * _FINER))
    _write(picture, drawn, scale, place + brush / 2, brush)
    return _smooth(picture)


def render_number(digits: Sequence[Drawn], random: np.random.Generator) -> Bytes:
    """Write digits beside each other on the canvas, about as large as each other, with gaps."""
    room = CANVAS / len(digits)
    brush = random.uniform(0.08, 0.14) * room
    left = 0.0
    places: list[tuple[Drawn, float, float, float]] = []
    for drawn in digits:
        extent = np.ptp(np.concatenate(drawn.strokes), axis=0)
        gap = random.uniform(0.12, 0.25) * room
        tall = random.uniform(0.85, 1.15) * min(1.2 * room, 0.6 * CANVAS)
        scale = min(tall / max(extent[1], 1), (room - gap - brush) / max(extent[0], 1))
        places.append((drawn, scale, left, brush))
        left += extent[0] * scale + brush + gap
    top = random.uniform(0.1, 0.2) * CANVAS
    picture = Image.new("L", (CANVAS * _FINER, CANVAS * _FINER))
    for drawn, scale, x, _ in places:
        y = top + random.uniform(-0.04, 0.04) * CANVAS
        _write(picture, drawn, scale, np.array([x, y]) + brush / 2, brush)
    return _smooth(picture)


def _write(
    picture: Image.Image, drawn: Drawn, scale: float, place: NDArray[np.float64], brush: float
) -> None:
    """Draw the strokes so that their least x and y lie at `place`, in pixels of the canvas."""
    pen = ImageDraw.Draw(picture)
    radius = brush * _FINER / 2
    corner = np.concatenate(drawn.strokes).min(axis=0)
    for stroke in drawn.strokes:
        line = [(x, y) for x, y in (((stroke - corner) * scale + place) * _FINER).tolist()]
        if len(line) > 1:
            pen.line(line, fill=255, width=max(1, round(brush * _FINER)))
        for x, y in line:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _smooth(picture: Image.Image) -> Bytes:
    return np.asarray(picture.resize((CANVAS, CANVAS), Image.Resampling.BOX))


def see(pictures: Sequence[Bytes], labels: Sequence[int]) -> Seen:
    """Find each drawing's digit as `Predictor.predict` does, once for all networks."""
    parts = [part for picture in pictures if (part := find_one_digit(picture)) is not None]
    assert len(parts) == len(pictures), "a drawing is blank"
    return Seen(
        images=torch.from_numpy(np.stack([part.stages.centred for part in parts]))[:, None],
        is_too_wide=torch.tensor([part.is_too_wide for part in parts]),
        labels=torch.tensor(labels),
    )


def draw_all(records: Sequence[Drawn]) -> dict[str, dict[str, Seen]]:
    """Draw everything that is measured, by group and name."""
    pens = [render(one, np.random.default_rng(number)) for number, one in enumerate(records)]
    drawn = {"pen strokes": {"": see(pens, [one.digit for one in records])}, "styles": {}}
    for name, (digit, drawer) in STYLES.items():
        randoms = _randoms(name, _NUM_STYLES)
        drawn["styles"][name] = see(
            [on_canvas(drawer(random), random) for random in randoms], [digit] * _NUM_STYLES
        )
    neat = [
        (digit, on_canvas(drawer(random), random))
        for digit, drawer in enumerate(NEAT)
        for random in _randoms(f"neat {digit}", _NUM_NEAT)
    ]
    drawn["neat"] = {"": see([picture for _, picture in neat], [digit for digit, _ in neat])}
    drawn["no digit"] = {
        name: see(
            [on_canvas(drawer(random), random, 1) for random in _randoms(name, _NUM_NON_DIGITS)],
            [-1] * _NUM_NON_DIGITS,
        )
        for name, drawer in NON_DIGITS.items()
    }
    return drawn


def _randoms(name: str, count: int) -> list[np.random.Generator]:
    return [np.random.default_rng([number, *name.encode()]) for number in range(count)]


def measure(predictor: Predictor, drawn: Mapping[str, Mapping[str, Seen]]) -> dict[str, float]:
    """Return a row of the table, in percent."""
    row: dict[str, float] = {}
    pens = drawn["pen strokes"][""]
    right, doubted = _read(predictor, pens)
    row["pen strokes right"] = _percent(right)
    row["pen strokes refused"] = _percent(doubted)
    for name, seen in drawn["styles"].items():
        row[f"{name} right"] = _percent(_read(predictor, seen)[0])
    right, doubted = _read(predictor, drawn["neat"][""])
    row["neat right"], row["neat refused"] = _percent(right), _percent(doubted)
    others = {name: _read(predictor, seen)[1] for name, seen in drawn["no digit"].items()}
    for name, doubts in others.items():
        row[f"{name} accepted"] = _percent(~doubts)
    row["no digit accepted"] = _percent(~torch.cat(list(others.values())))
    limit = _scores(pens).quantile(_REFUSED)
    passing = [_scores(seen) >= limit for seen in drawn["no digit"].values()]
    row["no digit accepted where 1 % of the pen strokes are refused"] = _percent(torch.cat(passing))
    return row


def _read(predictor: Predictor, seen: Seen) -> tuple[Tensor, Tensor]:
    """Return which answers (N,) are right, and which are doubted."""
    with torch.inference_mode():
        found = [predictor.calibration.predict(predictor.model, b) for b in seen.images.split(500)]
    answers = torch.cat([probabilities.argmax(1) for probabilities, _ in found])
    doubted = torch.cat([doubts for _, doubts in found]) | seen.is_too_wide
    return answers == seen.labels, doubted


def _scores(seen: Seen) -> Tensor:
    """Return what the limit of doubt is set on (N,); what is too wide has the least."""
    scores = logits(load_doubt().model, seen.images).flatten()
    return scores.masked_fill(seen.is_too_wide, -torch.inf)


def _percent(which: Tensor) -> float:
    return round(100 * float(which.float().mean()), 2)


def measure_numbers(predictor: Predictor, records: Sequence[Drawn], count: int) -> dict[str, float]:
    """Read numbers of two to four digits; shares in percent."""
    right = as_many = 0
    for number in range(count):
        random = np.random.default_rng([1, number])
        chosen = [records[i] for i in random.integers(len(records), size=random.integers(2, 5))]
        reading = read_number(predictor, render_number(chosen, random))
        right += reading.text == "".join(str(drawn.digit) for drawn in chosen)
        as_many += len(reading.digits) == len(chosen)
    return {
        "numbers right": round(100 * right / count, 2),
        "numbers of as many digits": round(100 * as_many / count, 2),
    }


def table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Return a line for each measure and a column for each network."""
    names = list(next(iter(rows.values())))
    wide = max(map(len, names))
    lines = [" " * wide + "".join(f"{name:>10}" for name in rows)]
    lines += [
        f"{name:<{wide}}" + "".join(f"{row[name]:>10.2f}" for row in rows.values())
        for name in names
    ]
    return "\n".join(lines)


def _writers(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Drawings of people and of code, in percent.")
    parser.add_argument("--model", nargs="+", help="checkpoints (default: all that ship)")
    parser.add_argument("--drawn", type=Path, default=DRAWN, help="a file of pen strokes")
    parser.add_argument(
        "--writers", type=_writers, metavar="A-B", help="default: those that training holds out"
    )
    parser.add_argument("--numbers", type=int, default=0, metavar="N", help="compose N numbers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    records = load_drawn(options.drawn, options.writers)
    drawn = draw_all(records)
    rows: dict[str, dict[str, float]] = {}
    for name in options.model or [card.name for card in list_models()]:
        predictor = Predictor.load(name)
        rows[name] = measure(predictor, drawn)
        if options.numbers:
            rows[name] |= measure_numbers(predictor, records, options.numbers)
    if options.json:
        print(json.dumps({"drawings": len(records), "networks": rows}))
    else:
        print(f"{len(records)} pen strokes; percent\n{table(rows)}")


if __name__ == "__main__":
    main()
