import json
from pathlib import Path

import pytest
import torch

from mnist_core import files, records
from mnist_core.checkpoints.card import Card, read_card
from mnist_core.checkpoints.weights import in_quick_order, load_checkpoint, save_checkpoint
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import CheckpointError, RecordError
from mnist_core.models import build_model
from mnist_core.predict import Predictor
from mnist_core.runs.catalogue import find_checkpoint, list_models

CARD = Card(
    name="little",
    model="seed",
    parameters=16_402,
    recipe="seed",
    epochs=2,
    is_complete=True,
    dataset="digits",
    watch="validation",
    num_train=1_200,
    test_accuracy=90.0,
    test_correct=270,
    test_total=300,
    test_loss=0.3,
    seconds=1.5,
    date="2026-11-22",
    config=TrainConfig(dataset="digits", epochs=2),
    versions={"torch": "2.15.0"},
)

_CARD: dict[str, object] = json.loads(records.encode(CARD))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "little.safetensors"
    save_checkpoint(path, build_model("seed"), CARD)
    return path


def test_a_checkpoint_comes_back_with_its_card_ready_to_answer(path: Path) -> None:
    model = build_model("seed")
    save_checkpoint(path, model, CARD)
    loaded, card = load_checkpoint(path)
    assert card == CARD and not loaded.training
    images = torch.rand(2, 1, 28, 28)
    assert torch.equal(loaded(images), in_quick_order(model).eval()(images))


def test_the_channels_of_a_loaded_networks_kernels_lie_side_by_side(path: Path) -> None:
    kernels = [weight for weight in load_checkpoint(path)[0].parameters() if weight.ndim == 4]
    assert all(kernel.is_contiguous(memory_format=torch.channels_last) for kernel in kernels)
    assert not all(kernel.is_contiguous() for kernel in kernels)


def test_loading_draws_no_random_numbers(path: Path) -> None:
    before = torch.random.get_rng_state()
    load_checkpoint(path)
    assert torch.equal(before, torch.random.get_rng_state())


def test_a_name_is_no_checkpoint_until_it_is_made_a_path_of() -> None:
    with pytest.raises(RecordError):
        load_checkpoint(Path("seed"))
    assert load_checkpoint(find_checkpoint("seed"))[1].name == "seed"
    assert Predictor.load("seed").card == Predictor.load(find_checkpoint("seed")).card


def test_a_damaged_file_is_named_with_the_remedy(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="not a whole safetensors file.*again"):
        load_checkpoint(path)


def test_a_pickle_is_never_opened(path: Path) -> None:
    torch.save(build_model("seed").state_dict(), path)
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        load_checkpoint(path)


def test_a_card_of_another_network_is_refused(path: Path) -> None:
    path.with_suffix(".json").write_text(json.dumps(_CARD | {"model": "resnet"}))
    with pytest.raises(RecordError, match="resnet"):
        load_checkpoint(path)


def test_weights_that_do_not_fit_are_refused(path: Path) -> None:
    save_checkpoint(path, torch.nn.Conv2d(1, 1, 3), CARD)
    with pytest.raises(CheckpointError, match="do not fit"):
        load_checkpoint(path)


def test_a_missing_card_is_named_with_the_remedy(path: Path) -> None:
    path.with_suffix(".json").unlink()
    with pytest.raises(RecordError, match=r"little\.json cannot be read: No such.*Put the \.json"):
        read_card(path)


def test_what_a_later_version_adds_to_a_card_is_passed_over(path: Path) -> None:
    path.with_suffix(".json").write_text(json.dumps(_CARD | {"aura": "blue"}))
    assert read_card(path) == CARD


def test_an_unknown_name_is_refused_with_the_known_ones(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MODELS_DIR", path.parent)
    assert find_checkpoint("little") == path
    assert [card.name for card in list_models()] == ["little"]
    with pytest.raises(CheckpointError, match=r"\(little\)"):
        find_checkpoint("big")


def test_a_path_out_of_the_models_folder_is_no_shipped_models_name(
    path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setattr(files, "MODELS_DIR", folder)
    with pytest.raises(CheckpointError):
        find_checkpoint("../little")
