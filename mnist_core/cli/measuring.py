"""Commands that look at a network: its layers, its accuracy, its answers."""

import argparse
import dataclasses
from typing import Any

from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.cli.output import say
from mnist_core.data.datasets import load_part
from mnist_core.evaluation.evaluate import evaluate as measure
from mnist_core.evaluation.metrics import compare_answers, wilson_interval
from mnist_core.files import data_dir
from mnist_core.models import build_model, count_parameters
from mnist_core.networks.named import call, describe
from mnist_core.networks.summary import summarize
from mnist_core.predict import Predictor, read_number, read_picture
from mnist_core.runs.catalogue import find_checkpoint, network_for_drawings


def summary(options: argparse.Namespace) -> int:
    """Print the layer table of a network that is named, or written as a line."""
    network = describe(options.model)
    found = summarize(build_model(options.model))
    value = {
        "model": call(options.model),
        **found.to_json(),
        "multiply_adds": network.multiply_adds,
        "receptive_field": network.receptive_field,
    }
    say(options, value, found.to_text())
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Measure a checkpoint on a part of a data set, beside another one if `--against` names it."""
    model, card = load_checkpoint(find_checkpoint(options.checkpoint))
    other = load_checkpoint(find_checkpoint(options.against))[0] if options.against else None
    dataset = options.dataset or card.dataset
    part = load_part(dataset, options.part, data_dir=data_dir(options.data_dir))
    found = measure(model, *part)
    interval = wilson_interval(found.correct, found.total)
    value: dict[str, Any] = {
        "checkpoint": options.checkpoint,
        "dataset": dataset,
        "part": options.part,
        "accuracy": round(found.accuracy, 4),
        "interval": [round(bound, 4) for bound in interval],
        "correct": found.correct,
        "total": found.total,
        "loss": found.loss,
        "parameters": count_parameters(model),
        "confusion": found.confusion,
    }
    text = (
        f"{found.accuracy:.2f} % of {dataset}'s {options.part} images"
        f" ({found.correct:,} of {found.total:,}; 95 % interval {interval[0]:.2f} to"
        f" {interval[1]:.2f} %), loss {found.loss:.4f}"
    )
    if other is not None:
        against = measure(other, *part)
        counts = compare_answers(
            (found.answers == part[1]).numpy(), (against.answers == part[1]).numpy()
        )
        value["against"] = {
            "checkpoint": options.against,
            "accuracy": round(against.accuracy, 4),
            **dataclasses.asdict(counts),
            "p": counts.p,
        }
        text += (
            f"\n{against.accuracy:.2f} % with {options.against}; {counts.only_first:,} images only"
            f" {options.checkpoint} reads, {counts.only_second:,} only {options.against}:"
            f" p {'< 0.001' if counts.p < 0.001 else f'= {counts.p:.2g}'} (McNemar, exact)"
        )
    say(options, value, text)
    return 0


def predict(options: argparse.Namespace) -> int:
    """Read the digits in pictures."""
    predictor = Predictor.load(options.model or network_for_drawings("seed"))
    predictions: list[dict[str, Any]] = []
    lines: list[str] = []
    for path in options.images:
        reading = read_number(predictor, read_picture(path))
        found = reading.single
        predictions.append(
            {
                "file": str(path),
                "digit": found.digit if found else None,
                "probabilities": [float(p) for p in found.probabilities] if found else None,
                "number": reading.text or None,
                "is_doubtful": reading.is_doubtful,
            }
        )
        if found is not None:
            words = f"{found.digit} ({found.probabilities.max():.1%})"
        else:
            words = reading.text.replace("\n", " / ") or "blank"
        doubt = ", but not sure that it is one" if reading.is_doubtful else ""
        lines.append(f"{path}: {words}{doubt}")
    say(options, {"predictions": predictions}, "\n".join(lines))
    return 0
