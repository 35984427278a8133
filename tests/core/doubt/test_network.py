"""What ships to tell digits from other drawings."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core.data.datasets import load_part
from mnist_core.doubt.network import PATH, load_doubt, read_measured
from mnist_core.doubt.unseen import draw_unseen
from mnist_core.errors import CheckpointError, RecordError


def test_what_ships_says_how_it_was_made_and_measured() -> None:
    doubt = load_doubt()
    measured = doubt.measured
    assert measured == read_measured()
    assert measured.parameters == sum(one.numel() for one in doubt.model.parameters()) == 13_181
    assert max(measured.digits_refused.values()) <= 0.01
    assert measured.strokes.writers_trained_on == 24
    assert "CC BY 4.0" in measured.strokes.licence


def test_drawings_of_kinds_it_never_met_are_no_digits() -> None:
    drawn = draw_unseen(40, seed=9)
    images = torch.from_numpy(np.concatenate(list(drawn.values())))
    assert float(load_doubt().doubts(images).float().mean()) > 0.93


@pytest.mark.mnist
def test_digits_it_never_met_are_digits(mnist_dir: Path) -> None:
    images = load_part("mnist", "test", data_dir=mnist_dir)[0][:2000].float() / 255
    assert float(load_doubt().doubts(images).float().mean()) < 0.02


def test_an_image_is_judged_alike_alone_and_by_many_threads() -> None:
    images = load_part("digits", "test")[0][:40].float() / 255
    together = load_doubt().scores(images)
    with ThreadPoolExecutor(8) as pool:
        alone = torch.cat(list(pool.map(lambda one: load_doubt().scores(one[None]), images)))
    torch.testing.assert_close(alone, together, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("ending", [".json", ".safetensors"])
def test_damaged_files_say_what_to_do(ending: str, tmp_path: Path) -> None:
    path = tmp_path / PATH.name
    for one in (".json", ".safetensors"):
        content = PATH.with_suffix(one).read_bytes()
        path.with_suffix(one).write_bytes(
            content[: len(content) // 2] if one == ending else content
        )
    with pytest.raises((CheckpointError, RecordError), match="again"):
        load_doubt(path)
