"""Networks and runs as files for others."""

import csv
import json
from importlib import util
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from safetensors import safe_open

from mnist_core.checkpoints.weights import load_checkpoint, load_tensors
from mnist_core.cli.main import main
from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import load_part
from mnist_core.errors import CheckpointError
from mnist_core.runs.catalogue import find_checkpoint
from mnist_core.runs.folder import create_run
from mnist_core.runs.run import Run
from mnist_core.sharing import export_network
from mnist_core.training.worker import perform

Say = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def seed_as_onnx() -> export_network.OnnxNetwork:
    return export_network.as_onnx(find_checkpoint("seed"))


@pytest.fixture
def run(runs_dir: Path) -> Run:
    made = create_run(TrainConfig(dataset="digits", epochs=2), recipe="seed", folder=runs_dir)
    list(perform(made))
    return made


def _session(network: export_network.OnnxNetwork) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(network.content, providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("num_images", [1, 2, 300])
def test_the_onnx_network_reads_the_same_digits(
    seed_as_onnx: export_network.OnnxNetwork, num_images: int
) -> None:
    model, _ = load_checkpoint(find_checkpoint("seed"))
    images = load_part("digits", "test")[0][:num_images].float() / 255
    (logits,) = _session(seed_as_onnx).run(["logits"], {"images": images.numpy()})
    with torch.inference_mode():
        expected = model(images).numpy()
    assert logits.shape == (num_images, 10) and logits.dtype == np.float32
    assert (logits.argmax(1) == expected.argmax(1)).all()
    assert np.abs(logits - expected).max() < 1e-4


@pytest.mark.mnist
def test_the_onnx_network_reads_mnist_as_well_as_its_card_says(
    seed_as_onnx: export_network.OnnxNetwork, mnist_dir: Path
) -> None:
    images, labels = load_part("mnist", "test", data_dir=mnist_dir)
    session, correct = _session(seed_as_onnx), 0
    for some, truth in zip(images.split(1000), labels.split(1000), strict=True):
        (logits,) = session.run(["logits"], {"images": (some.float() / 255).numpy()})
        correct += int((logits.argmax(1) == truth.numpy()).sum())
    assert correct == load_checkpoint(find_checkpoint("seed"))[1].test_correct


def test_the_onnx_file_tells_its_network_and_nothing_of_this_machine(
    seed_as_onnx: export_network.OnnxNetwork,
) -> None:
    facts = {p.key: p.value for p in onnx.load_from_string(seed_as_onnx.content).metadata_props}
    assert facts["name"] == "seed"
    assert str(Path.cwd()).encode() not in seed_as_onnx.content
    assert b"site-packages" not in seed_as_onnx.content


def test_an_onnx_network_that_answers_otherwise_is_not_handed_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export_network, "_LARGEST_DIFFERENCE", 1e-12)
    with pytest.raises(CheckpointError, match="not handed out"):
        export_network.as_onnx(find_checkpoint("seed"))


def test_without_the_packages_the_message_says_how_to_get_them(
    monkeypatch: pytest.MonkeyPatch, capsys: Say, tmp_path: Path
) -> None:
    monkeypatch.setattr(
        export_network,
        "find_spec",
        lambda name: None if name == "onnxscript" else util.find_spec(name),
    )
    file = tmp_path / "x.onnx"
    assert main(["export", "seed", "--format", "onnx", "--output", str(file)]) == 2
    assert "pip install -r requirements-onnx.txt" in capsys.readouterr().err
    assert not file.exists()
    assert Path("requirements-onnx.txt").is_file()


def test_the_command_prints_one_object_with_the_difference(capsys: Say, tmp_path: Path) -> None:
    file = tmp_path / "seed.onnx"
    assert main(["export", "seed", "--format", "onnx", "--output", str(file), "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    found = json.loads(lines[0])
    assert 0 < found["largest_difference_of_logits"] < 1e-4 and found["images_compared"] == 400
    assert found["bytes"] == file.stat().st_size


def test_the_weights_carry_their_card(capsys: Say, tmp_path: Path) -> None:
    file = tmp_path / "mine.safetensors"
    assert main(["export", "seed", "--format", "safetensors", "--output", str(file)]) == 0
    with safe_open(file, "pt") as opened:
        card = json.loads(opened.metadata()["card"])
    original_file = find_checkpoint("seed")
    assert card == json.loads(original_file.with_suffix(".json").read_text(encoding="utf-8"))
    original = load_tensors(original_file)
    assert all(torch.equal(t, original[name]) for name, t in load_tensors(file).items())


def test_metrics_are_a_row_a_step_and_a_row_an_epoch(run: Run, capsys: Say, tmp_path: Path) -> None:
    file = tmp_path / "run.csv"
    assert main(["export", run.id, "--format", "csv", "--output", str(file), "--json"]) == 0
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    epochs = [row for row in rows if row["record"] == "epoch"]
    steps = [row for row in rows if row["record"] == "step"]
    assert [row["epoch"] for row in epochs] == ["1", "2"]
    assert all(float(row["watch_accuracy"]) > 0 and row["loss"] == "" for row in epochs)
    assert all(float(row["loss"]) > 0 and row["train_loss"] == "" for row in steps)
    assert [int(row["step"]) for row in rows] == sorted(int(row["step"]) for row in rows)


@pytest.mark.usefixtures("runs_dir")
def test_what_ships_has_no_run_to_report_on(capsys: Say) -> None:
    for ending in ("csv", "html"):
        assert main(["export", "seed", "--format", ending]) == 2
        assert "There is no run 'seed'" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_told(capsys: Say, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    target = str(tmp_path / "file" / "x.safetensors")
    assert main(["export", "seed", "--format", "safetensors", "--output", target]) == 2
    assert "--output" in capsys.readouterr().err
