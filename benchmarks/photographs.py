"""How many numbers are read right on photographs of paper, made here with what spoils real ones.

Pen strokes (see `benchmarks.drawn`) are written on paper and photographed: uneven light, a shadow
with a soft edge, noise, a tilt, blur, JPEG; on white or ruled paper, in pencil, a sheet on a desk,
on a blackboard.
`python -m benchmarks.photographs [--model NAME] [--drawn FILE] [--count N] [--save FOLDER]`

With your own pictures: photograph one digit, or one number, a picture, on any paper with any pen;
name each file by what stands on it, then whatever you like (`7.jpg`, `4_open.png`, and for 1990
`1990-shadow.jpg`), put them into a folder and say `--folder FOLDER`. Nothing is trained on them.
Of every picture read wrongly its name, what was read, and whether the network was sure are told.
"""

import argparse
import io
import json
import re
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from benchmarks.drawn import DRAWN, Drawn, load_drawn
from mnist_core.errors import DataError
from mnist_core.inference.photograph import read_photograph
from mnist_core.predict import Predictor, read_number, read_picture
from mnist_core.runs.catalogue import network_for_drawings

SCENES: Final = ("paper", "shadow", "ruled", "pencil", "desk", "board", "blank")
_SIZE: Final = 1600, 1200
_NUMBER: Final = re.compile(r"[0-9]+(?=[^0-9])")


def photograph(digits: Sequence[Drawn], scene: str, random: np.random.Generator) -> bytes:
    """Return a JPEG of digits written on something; `digits` may be none."""
    width, height = _SIZE
    written = _write(digits, random)
    tilt = random.uniform(-5, 5)
    ink = np.asarray(written.rotate(tilt, Image.Resampling.BICUBIC), np.float32) / 255
    light = _light(random, has_shadow=scene in ("shadow", "desk"))
    if scene == "board":
        paper, strength = 60 + np.zeros_like(ink), -random.uniform(1.2, 2.4)
    else:
        paper = random.uniform(190, 245) + np.zeros_like(ink)
        strength = random.uniform(0.25, 0.4) if scene == "pencil" else random.uniform(0.55, 0.85)
    if scene == "ruled":
        paper *= 1 - random.uniform(0.12, 0.25) * _ruled(tilt, random)
    if scene == "desk":
        sheet = Image.new("L", _SIZE)
        ImageDraw.Draw(sheet).rectangle((90, 110, width - 120, height - 10), fill=255)
        is_sheet = np.asarray(sheet.rotate(tilt).filter(ImageFilter.GaussianBlur(2))) / 255
        paper = 70 + (paper - 70) * is_sheet
    grey = paper * (1 - strength * ink) * light
    grey = np.asarray(_blurred(grey, random.uniform(0.6, 2)))
    grey = grey + random.normal(0, random.uniform(2, 7), grey.shape)
    colour = np.stack([grey * 1.02, grey, grey * 0.94], axis=-1).clip(0, 255).astype(np.uint8)
    content = io.BytesIO()
    Image.fromarray(colour).save(content, "JPEG", quality=int(random.integers(60, 92)))
    return content.getvalue()


def _write(digits: Sequence[Drawn], random: np.random.Generator) -> Image.Image:
    """Write digits in a row somewhere in the middle; white on black."""
    picture = Image.new("L", _SIZE)
    pen = ImageDraw.Draw(picture)
    tall = random.uniform(110, 330)
    brush = tall * random.uniform(0.05, 0.13)
    scales = [
        tall * random.uniform(0.9, 1.1) / max(extent[1], extent[0] / 2, 1)
        for extent in (np.ptp(np.concatenate(one.strokes), axis=0) for one in digits)
    ]
    widths = [
        np.ptp(np.concatenate(one.strokes), axis=0)[0] * scale + brush
        for one, scale in zip(digits, scales, strict=True)
    ]
    gaps = [random.uniform(0.12, 0.3) * tall for _ in digits]
    left = (_SIZE[0] - sum(widths) - sum(gaps[:-1])) / 2 + random.uniform(-100, 100)
    top = (_SIZE[1] - tall) / 2 + random.uniform(-150, 150)
    for drawn, scale, width, gap in zip(digits, scales, widths, gaps, strict=True):
        points = np.concatenate(drawn.strokes)
        for stroke in drawn.strokes:
            line = (stroke - points.min(axis=0)) * scale + [left, top]
            places = [(x, y) for x, y in line.tolist()]
            if len(places) > 1:
                pen.line(places, fill=255, width=max(1, round(brush)))
            for x, y in places:
                pen.ellipse((x - brush / 2, y - brush / 2, x + brush / 2, y + brush / 2), fill=255)
        left += width + gap
    return picture


def _light(random: np.random.Generator, *, has_shadow: bool) -> NDArray[np.floating]:
    width, height = _SIZE
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    along = (x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)
    light = 0.85 + random.uniform(0.1, 0.6) * along
    if has_shadow:
        angle = random.uniform(0, 2 * np.pi)
        across = (x - width / 2) * np.cos(angle) + (y - height / 2) * np.sin(angle)
        soft = random.uniform(15, 80)
        dark = random.uniform(0.25, 0.5)
        light *= 1 - dark / (1 + np.exp(-(across + random.uniform(-300, 300)) / soft * 4))
    return light.clip(0.15, 1.1).astype(np.float32)


def _ruled(tilt: float, random: np.random.Generator) -> NDArray[np.floating]:
    lines = Image.new("L", _SIZE)
    pen = ImageDraw.Draw(lines)
    between = int(random.integers(60, 160))
    for y in range(between // 2, _SIZE[1], between):
        pen.line([(0, y), (_SIZE[0], y)], fill=255, width=3)
    turned = lines.rotate(tilt, Image.Resampling.BICUBIC)
    return np.asarray(turned, np.float32) / 255


def _blurred(grey: NDArray[np.floating], radius: float) -> NDArray[np.floating]:
    picture = Image.fromarray(grey.clip(0, 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), np.float32)


def measure_folder(predictor: Predictor, folder: Path) -> tuple[Counter[str], list[str]]:
    """Read own pictures; return the counts, and a line of each that was read wrongly.

    Raises `DataError` for a folder without a picture whose name begins with its number.
    """
    files = folder.iterdir() if folder.is_dir() else ()
    named = [(path, found[0]) for path in sorted(files) if (found := _NUMBER.match(path.name))]
    if not named:
        raise DataError(
            f"{folder} has no picture that is named by what stands on it, as 7.jpg or 4_open.png."
        )
    counts: Counter[str] = Counter()
    misread: list[str] = []
    for path, truth in named:
        reading = read_number(predictor, read_picture(path))
        is_right = reading.text == truth
        counts["pictures"] += 1
        counts["right"] += is_right
        counts["not sure"] += reading.is_doubtful
        counts["wrong, not doubted"] += not is_right and not reading.is_doubtful
        if not is_right:
            said = reading.text.replace("\n", " / ") or "nothing"
            misread.append(f"{path.name}: {said}{', not sure' if reading.is_doubtful else ''}")
    return counts, misread


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Numbers on photographs of paper.")
    parser.add_argument("--model", default=network_for_drawings("seed"), help="a checkpoint")
    parser.add_argument("--drawn", type=Path, default=DRAWN, help="a file of pen strokes")
    parser.add_argument("--folder", type=Path, help="own pictures, named by what stands on them")
    parser.add_argument("--count", type=int, default=100, help="photographs of each scene")
    parser.add_argument("--scene", choices=SCENES, action="append", help="only these")
    parser.add_argument("--save", type=Path, help="put what was misread there")
    options = parser.parse_args(arguments)
    predictor = Predictor.load(options.model)
    if options.folder:
        try:
            counts, misread = measure_folder(predictor, options.folder)
        except DataError as error:
            parser.error(str(error))
        print("\n".join([*misread, json.dumps(counts)]))
        return
    records = load_drawn(options.drawn)
    result: dict[str, object] = {}
    seconds: list[float] = []
    for scene in options.scene or SCENES:
        counts: Counter[str] = Counter()
        for number in range(options.count):
            random = np.random.default_rng([SCENES.index(scene), number])
            length = 0 if scene == "blank" else random.integers(1, 5)
            chosen = [records[i] for i in random.integers(len(records), size=length)]
            content = photograph(chosen, scene, random)
            started = time.perf_counter()
            found = read_photograph(content)
            seconds.append(time.perf_counter() - started)
            reading = read_number(predictor, found.ink)
            truth = "".join(str(drawn.digit) for drawn in chosen)
            right = reading.text == truth
            counts["right"] += right
            counts["as many digits"] += len(reading.digits) == len(chosen)
            counts["not sure"] += reading.is_doubtful
            counts["wrong, not doubted"] += not right and not reading.is_doubtful
            digits = (
                zip(reading.text, truth, strict=True) if len(reading.text) == len(truth) else ()
            )
            counts["digits"] += len(truth)
            counts["digits right"] += sum(a == b for a, b in digits)
            if options.save and not right:
                options.save.mkdir(parents=True, exist_ok=True)
                name = f"{scene}_{number}_{truth}_{reading.text.replace(chr(10), '-')}"
                (options.save / f"{name}.jpg").write_bytes(content)
                Image.fromarray(found.ink).save(options.save / f"{name}.png")
        result[scene] = {"photographs": options.count, **counts}
        print(scene, json.dumps(result[scene]), flush=True)
    print(f"median {1000 * float(np.median(seconds)):.0f} ms to find the ink")


if __name__ == "__main__":
    main()
