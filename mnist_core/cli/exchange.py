"""Commands that fetch and hand over: MNIST, files for others, networks one was given."""

import argparse
from pathlib import Path
from typing import Any

import msgspec
import torch

from mnist_core.checkpoints.card import read_card
from mnist_core.cli.output import facts, progress_bar, say
from mnist_core.data.datasets import load_data
from mnist_core.data.download import fetch_mnist
from mnist_core.data.mnist import mnist_is_present, mnist_raw_dir
from mnist_core.doubt.fit import EPOCHS, fit
from mnist_core.doubt.network import PATH as DOUBT
from mnist_core.doubt.network import save_doubt
from mnist_core.errors import MnistError
from mnist_core.files import data_dir, replacing
from mnist_core.runs.catalogue import find_checkpoint
from mnist_core.runs.folder import open_run
from mnist_core.sharing.export_network import as_onnx, weights_with_card
from mnist_core.sharing.import_network import import_checkpoint
from mnist_core.sharing.report import metrics_csv, report_html
from mnist_core.sharing.ship import ship as ship_network
from mnist_core.strokes.files import read_strokes


def download(options: argparse.Namespace) -> int:
    """Fetch MNIST unless it is there, and read it once to see that it is whole."""
    folder = data_dir(options.data_dir)
    if not mnist_is_present(folder):
        with progress_bar() as progress:
            task = progress.add_task("Downloading MNIST", total=1.0)
            for now in fetch_mnist(folder):
                progress.update(task, completed=now.fraction, description=now.message)
    load_data("mnist", data_dir=folder)
    raw = mnist_raw_dir(folder)
    say(options, {"folder": str(raw)}, f"MNIST is whole, in {raw}")
    return 0


def ship(options: argparse.Namespace) -> int:
    """Put a run's network into the models folder."""
    like = options.calibrated_like
    path = ship_network(
        find_checkpoint(options.run),
        options.name,
        calibrated_like=None if like is None else find_checkpoint(like),
        data_dir=data_dir(options.data_dir),
    )
    say(options, {"checkpoint": str(path)}, f"Shipped as {path}")
    return 0


def ship_doubt(options: argparse.Namespace) -> int:
    """Teach the network that tells what is no digit, and put it into the models folder."""
    torch.set_num_threads(1)
    digits = load_data("mnist", data_dir=data_dir(options.data_dir))
    strokes = read_strokes(options.strokes)
    with progress_bar() as progress:
        task = progress.add_task("Teaching what a digit is", total=EPOCHS)
        doubt = fit(
            digits, strokes, tell=lambda epoch, loss: progress.update(task, completed=epoch)
        )
    save_doubt(doubt)
    value = {"checkpoint": str(DOUBT), **msgspec.to_builtins(doubt.measured)}
    refused = doubt.measured.digits_refused.items()
    accepted = doubt.measured.other_drawings_accepted.items()
    rows = [
        ("weights", str(DOUBT)),
        *((f"digits, {name}", f"{100 * share:.1f} % refused") for name, share in refused),
        *((name, f"{100 * share:.1f} % accepted") for name, share in accepted),
    ]
    say(options, value, facts(rows))
    return 0


def export(options: argparse.Namespace) -> int:
    """Write a network or a run's report to a file."""
    content, more = _exported(options.checkpoint, options.format)
    stem = Path(options.checkpoint).stem
    path: Path = options.output or Path(f"{stem}.{options.format}")
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise MnistError(
            f"{path} cannot be written ({error.strerror}); name another file with --output."
        ) from error
    value = {"file": str(path), "format": options.format, "bytes": len(content), **more}
    say(options, value, facts((name.replace("_", " "), str(text)) for name, text in value.items()))
    return 0


def _exported(name: str, ending: str) -> tuple[bytes, dict[str, Any]]:
    """Return the file's content and what is to be said of it besides its size."""
    match ending:
        case "csv":
            return metrics_csv(open_run(name)).encode(), {}
        case "html":
            return report_html(open_run(name)).encode(), {}
        case "safetensors":
            return weights_with_card(find_checkpoint(name)), {}
        case _:
            found = as_onnx(find_checkpoint(name))
            return found.content, {
                "largest_difference_of_logits": found.largest_difference,
                "images_compared": found.num_images,
            }


def import_network(options: argparse.Namespace) -> int:
    """Check a network one was given and keep it."""
    folder = data_dir(options.data_dir)
    path = import_checkpoint(options.file, name=options.name, owner=options.owner, data_dir=folder)
    card = read_card(path)
    value = {
        "name": card.name,
        "checkpoint": str(path),
        "model": card.model,
        "parameters": card.parameters,
        "dataset": card.dataset,
        "test_accuracy": card.test_accuracy,
    }
    say(options, value, facts((name.replace("_", " "), str(text)) for name, text in value.items()))
    return 0
