"""How well a network reads pen strokes it never met, alone and as numbers of two to four digits.

The strokes are those of the UCI "Pen-Based Recognition of Handwritten Digits" (Alimoglu and
Alpaydin, 1996), one JSON object a line: {"digit": 8, "strokes": [[[x, y], …], …]}. Each is
drawn on the app's canvas with a round pen, its size and place by chance, always the same.
`python -m benchmarks.drawn [--model NAME] [--drawn FOLDER] [--json]`
"""

import argparse
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_core.data.preprocess import Bytes
from mnist_core.files import PROJECT_DIR
from mnist_core.predict import Predictor, read_number

_CANVAS: Final = 280
_FINER: Final = 3
"""Each pixel is drawn as so many each way, so that edges are smooth."""

_SHARES: Final = 0.30, 0.85
"""Least and greatest length of a digit, as a share of the canvas."""

_BRUSHES: Final = 12.0, 28.0


@dataclass(frozen=True)
class Drawn:
    """A digit as a pen wrote it; each stroke is points (N, 2), x and y, y downward."""

    digit: int
    strokes: Sequence[NDArray[np.float64]]


def load_drawn(folder: Path) -> list[Drawn]:
    """Return the pen strokes in the folder's .jsonl.gz file."""
    with gzip.open(folder / "pendigits-train.jsonl.gz", "rt", encoding="utf-8") as file:
        records: list[dict[str, Any]] = [json.loads(line) for line in file]
    return [
        Drawn(one["digit"], [np.array(line, np.float64) for line in one["strokes"]])
        for one in records
    ]


def render(drawn: Drawn, random: np.random.Generator) -> Bytes:
    """Draw one digit anywhere on the canvas; small ones with a thin brush."""
    least, most = _SHARES
    share = random.uniform(least, most)
    thickest = min(_BRUSHES[1], _BRUSHES[0] + (share - least) / (most - least) * 16 * 1.6)
    brush = random.uniform(_BRUSHES[0], max(thickest, 14))
    points = np.concatenate(drawn.strokes)
    extent = np.ptp(points, axis=0)
    scale = max(share * _CANVAS - brush, 8) / max(extent.max(), 1)
    width, height = extent * scale + brush
    place = np.array([random.uniform(0, _CANVAS - width), random.uniform(0, _CANVAS - height)])
    picture = Image.new("L", (_CANVAS * _FINER, _CANVAS * _FINER))
    _write(picture, drawn, scale, place + brush / 2, brush)
    return _smooth(picture)


def render_number(digits: Sequence[Drawn], random: np.random.Generator) -> Bytes:
    """Write digits beside each other on the canvas, about as large as each other, with gaps."""
    room = _CANVAS / len(digits)
    brush = random.uniform(0.08, 0.14) * room
    left = 0.0
    places: list[tuple[Drawn, float, float, float]] = []
    for drawn in digits:
        extent = np.ptp(np.concatenate(drawn.strokes), axis=0)
        gap = random.uniform(0.12, 0.25) * room
        tall = random.uniform(0.85, 1.15) * min(1.2 * room, 0.6 * _CANVAS)
        scale = min(tall / max(extent[1], 1), (room - gap - brush) / max(extent[0], 1))
        places.append((drawn, scale, left, brush))
        left += extent[0] * scale + brush + gap
    top = random.uniform(0.1, 0.2) * _CANVAS
    picture = Image.new("L", (_CANVAS * _FINER, _CANVAS * _FINER))
    for drawn, scale, x, _ in places:
        y = top + random.uniform(-0.04, 0.04) * _CANVAS
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
    return np.asarray(picture.resize((_CANVAS, _CANVAS), Image.Resampling.BOX))


def measure_single(predictor: Predictor, records: Sequence[Drawn]) -> dict[str, float]:
    """Read each digit alone; shares in percent."""
    right = doubtful = right_of_sure = one = 0
    for number, drawn in enumerate(records):
        picture = render(drawn, np.random.default_rng(number))
        found = predictor.predict(picture)
        assert found is not None
        is_right = found.digit == drawn.digit
        right += is_right
        doubtful += found.is_doubtful
        right_of_sure += is_right and not found.is_doubtful
        read = read_number(predictor, picture).digits
        one += len(read) == 1 and not read[0].is_touching
    count = len(records)
    return {
        "drawings": count,
        "accuracy": round(100 * right / count, 2),
        "doubtful": round(100 * doubtful / count, 2),
        "accuracy_of_those_not_doubtful": round(100 * right_of_sure / (count - doubtful), 2),
        "read_as_one_digit": round(100 * one / count, 2),
    }


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
        "drawings": count,
        "read_right": round(100 * right / count, 2),
        "as_many_digits": round(100 * as_many / count, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Pen strokes, read alone and as numbers.")
    parser.add_argument("--model", default="seed", help="a checkpoint")
    parser.add_argument("--drawn", type=Path, default=PROJECT_DIR.parent / "shared" / "drawn")
    parser.add_argument("--numbers", type=int, default=1000, help="numbers to compose")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    predictor, records = Predictor.load(options.model), load_drawn(options.drawn)
    result = {
        "model": options.model,
        "single": measure_single(predictor, records),
        "numbers": measure_numbers(predictor, records, options.numbers),
    }
    print(json.dumps(result) if options.json else json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
