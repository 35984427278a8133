import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core.checkpoints.card import read_card
from mnist_core.checkpoints.weights import save_checkpoint
from mnist_core.cli.main import main
from mnist_core.errors import CheckpointError
from mnist_core.evaluation.robustness import NUM_POINTS
from mnist_core.evaluation.store import (
    ImageSet,
    load_image_set,
    make_image_set,
    read_robustness,
    report_on,
    robustness_of,
)
from mnist_core.models import build_model
from mnist_core.runs.catalogue import find_checkpoint


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A copy of the shipped network, in a folder of its own."""
    shipped = find_checkpoint("seed")
    for path in (shipped, shipped.with_suffix(".json")):
        shutil.copy(path, tmp_path / path.name)
    return tmp_path / shipped.name


@pytest.fixture(scope="module")
def images() -> ImageSet:
    return load_image_set("digits", "test")


def _kept(checkpoint: Path) -> Path:
    return checkpoint.with_suffix(".evaluation") / "digits-test.npz"


def _tamper(path: Path) -> None:
    """Change what is kept, so that it can be told from what is measured."""
    with np.load(path) as kept:
        values = dict(kept)
    values["losses"] = values["losses"] + np.float32(100)
    np.savez(path, **values)


def test_what_is_kept_is_what_was_measured(checkpoint: Path, images: ImageSet) -> None:
    first, second = report_on(checkpoint, images), report_on(checkpoint, images)
    assert (first.correct, first.total, first.confusion) == (
        second.correct, second.total, second.confusion,
    )  # fmt: skip
    assert first.loss == second.loss
    for name in ("answers", "losses", "probabilities"):
        assert torch.equal(getattr(first, name), getattr(second, name)), name
    assert torch.allclose(first.probabilities.sum(1), torch.ones(300))


def test_a_second_visit_reads_instead_of_measuring(checkpoint: Path, images: ImageSet) -> None:
    report_on(checkpoint, images)
    _tamper(_kept(checkpoint))
    assert report_on(checkpoint, images).loss > 100


def test_other_weights_in_the_same_file_are_measured_anew(
    checkpoint: Path, images: ImageSet
) -> None:
    good = report_on(checkpoint, images)
    save_checkpoint(checkpoint, build_model("seed"), read_card(checkpoint))
    bad = report_on(checkpoint, images)
    assert bad.correct < good.correct
    assert report_on(checkpoint, images).correct == bad.correct


def test_other_images_of_the_same_name_are_measured_anew(
    checkpoint: Path, images: ImageSet
) -> None:
    report_on(checkpoint, images)
    _tamper(_kept(checkpoint))
    relabelled = make_image_set(images.name, images.images, (images.labels + 1) % 10)
    assert report_on(checkpoint, relabelled).correct < 30
    shifted = make_image_set(images.name, images.images.flip(3).contiguous(), images.labels)
    assert shifted.digest != images.digest


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut off", b"\x80\x04no pickle"])
def test_a_damaged_report_is_measured_anew(
    checkpoint: Path, images: ImageSet, content: bytes
) -> None:
    found = report_on(checkpoint, images)
    _kept(checkpoint).write_bytes(content)
    assert report_on(checkpoint, images).loss == found.loss
    with np.load(_kept(checkpoint)) as kept:
        assert kept["losses"].shape == (300,)


def test_a_report_of_another_shape_is_not_believed(checkpoint: Path, images: ImageSet) -> None:
    found = report_on(checkpoint, images)
    with np.load(_kept(checkpoint)) as kept:
        values = dict(kept)
    values["answers"] = values["answers"][:7]
    np.savez(_kept(checkpoint), **values)
    assert report_on(checkpoint, images).total == found.total == 300


def test_where_nothing_can_be_written_everything_works(checkpoint: Path, images: ImageSet) -> None:
    checkpoint.with_suffix(".evaluation").write_text("a file where the folder would be")
    assert report_on(checkpoint, images).correct > 280
    points = list(robustness_of(checkpoint, images, num_images=10))
    assert len(points) == NUM_POINTS
    assert read_robustness(checkpoint, images, num_images=10) is None


def test_a_private_set_leaves_no_trace_beside_the_checkpoint(
    checkpoint: Path, images: ImageSet
) -> None:
    private = dataclasses.replace(images, is_private=True)
    assert report_on(checkpoint, private).total == 300
    list(robustness_of(checkpoint, private, num_images=10))
    assert not checkpoint.with_suffix(".evaluation").exists()


def test_robustness_is_kept_when_it_is_whole_and_for_so_many_images_only(
    checkpoint: Path, images: ImageSet
) -> None:
    broken_off = robustness_of(checkpoint, images, num_images=10)
    next(broken_off)
    broken_off.close()
    assert read_robustness(checkpoint, images, num_images=10) is None
    points = list(robustness_of(checkpoint, images, num_images=10))
    assert read_robustness(checkpoint, images, num_images=10) == points
    assert read_robustness(checkpoint, images, num_images=20) is None
    save_checkpoint(checkpoint, build_model("seed"), read_card(checkpoint))
    assert read_robustness(checkpoint, images, num_images=10) is None


def test_damaged_weights_are_told_with_the_remedy(checkpoint: Path, images: ImageSet) -> None:
    checkpoint.write_bytes(b"nothing")
    with pytest.raises(CheckpointError, match="Fetch or train it again"):
        report_on(checkpoint, images)


def test_the_command_tells_the_interval_and_who_is_better(
    checkpoint: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = checkpoint.with_name("other.safetensors")
    save_checkpoint(other, build_model("seed"), read_card(checkpoint))
    command = ["evaluate", str(checkpoint), "--dataset", "digits", "--against", str(other)]
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    low, high = found["interval"]
    assert low < found["accuracy"] < high
    against = found["against"]
    counts = [against[name] for name in ("both", "only_first", "only_second", "neither")]
    assert sum(counts) == 300 and counts[0] + counts[1] == found["correct"]
    assert against["accuracy"] == pytest.approx((counts[0] + counts[2]) / 3, abs=1e-3)
    assert against["p"] < 0.001
    assert main([*command, "--against", "nothing"]) == 2
    assert "Name a shipped model" in capsys.readouterr().err
