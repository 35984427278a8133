"""Commands that fetch and hand over: MNIST, files for others, networks one was given."""

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from mnist_core.cli.output import progress_bar, say
from mnist_core.errors import MnistError
from mnist_core.files import MODELS_DIR, data_dir, replacing, write_json
from mnist_core.runs.folder import open_run
from mnist_core.sharing.ship import calibrated


def download(options: argparse.Namespace) -> int:
    from mnist_core.data.datasets import load_data
    from mnist_core.data.download import fetch_mnist
    from mnist_core.data.mnist import mnist_is_present, mnist_raw_dir

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
    from mnist_core.checkpoints.weights import load_checkpoint, save_checkpoint
    from mnist_core.experiments.study import read_study
    from mnist_core.runs.catalogue import find_checkpoint

    model, card = load_checkpoint(options.run)
    path = MODELS_DIR / f"{options.name}.safetensors"
    calibration = calibrated(options, model, card).to_json()
    card = dataclasses.replace(card, name=options.name, calibration=calibration)
    study_path = find_checkpoint(options.run).parent.parent / "study.json"
    if study_path.is_file():  # the run is one of a study's
        study = read_study(study_path)
        write_json(MODELS_DIR / f"{options.name}.study.json", study.to_json())
        card = dataclasses.replace(card, note=study.to_text().splitlines()[-1])
    save_checkpoint(path, model, card)
    say(options, {"checkpoint": str(path)}, f"Shipped as {path}")
    return 0


def export(options: argparse.Namespace) -> int:
    content, facts = _exported(options.checkpoint, options.format)
    stem = Path(options.checkpoint).stem
    path: Path = options.output or Path(f"{stem}.{options.format}")
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(content)
    except OSError as error:
        raise MnistError(
            f"{path} cannot be written ({error.strerror}); name another file with --output."
        ) from error
    value = {"file": str(path), "format": options.format, "bytes": len(content), **facts}
    say(options, value, "\n".join(f"{name}: {text}" for name, text in value.items()))
    return 0


def _exported(name: str, ending: str) -> tuple[bytes, dict[str, Any]]:
    """Return the file's content and what is to be said of it besides its size."""
    if ending in ("csv", "html"):
        from mnist_core.sharing.report import metrics_csv, report_html

        run = open_run(name)
        return (metrics_csv if ending == "csv" else report_html)(run).encode(), {}
    from mnist_core.sharing.export_network import as_onnx, weights_with_card

    if ending == "safetensors":
        return weights_with_card(name), {}
    found = as_onnx(name)
    return found.content, {
        "largest_difference_of_logits": found.largest_difference,
        "images_compared": found.num_images,
    }


def import_network(options: argparse.Namespace) -> int:
    from mnist_core.checkpoints.card import read_card
    from mnist_core.sharing.import_network import import_checkpoint

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
    say(options, value, "\n".join(f"{name}: {text}" for name, text in value.items()))
    return 0
