"""Checkpoints one was given: good ones are kept, and no other does any harm."""

import json
import pickle
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load, save_file

from mnist_core import records
from mnist_core.checkpoints.card import read_card
from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.cli.main import main
from mnist_core.errors import CheckpointError, RecordError
from mnist_core.runs.catalogue import delete_imported, find_checkpoint, imported_dir, list_models
from mnist_core.sharing.export_network import weights_with_card
from mnist_core.sharing.import_network import MOST_BYTES, import_checkpoint

pytestmark = pytest.mark.usefixtures("runs_dir", "no_mnist")


@pytest.fixture
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "none"))


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A file as a friend exports it, of a network that says it was trained on the small set."""
    path = tmp_path / "given.safetensors"
    path.write_bytes(weights_with_card(find_checkpoint("seed")))
    _write(path, _tensors(path), dataset="digits")
    return path


def _tensors(path: Path) -> dict[str, torch.Tensor]:
    """Read all at once: `load_file` maps a file that these tests then write anew."""
    return load(path.read_bytes())


def _card(**changes: Any) -> dict[str, Any]:
    card = json.loads(records.encode(read_card(find_checkpoint("seed"))))
    config = {**card["config"], "dataset": changes.get("dataset", "mnist")}
    return {**card, "config": config, **changes}


def _write(path: Path, tensors: dict[str, torch.Tensor], **changes: Any) -> None:
    save_file(tensors, path, metadata={"card": json.dumps(_card(**changes))})


def test_what_was_exported_is_imported_to_the_same_weights(given: Path) -> None:
    path = import_checkpoint(given, name="gift")
    assert path == find_checkpoint("gift")
    original, _ = load_checkpoint(find_checkpoint("seed"))
    model, card = load_checkpoint(find_checkpoint("gift"))
    for name, tensor in original.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor)
    assert (card.name, card.parameters, card.epochs) == ("gift", 16_402, 19)
    assert [card.name for card in list_models(imported_dir())] == ["gift"]


def test_the_accuracy_is_measured_here_not_believed(given: Path) -> None:
    lie = {"test_accuracy": 100.0, "test_correct": 300, "test_total": 300, "parameters": 7}
    _write(given, _tensors(given), dataset="digits", **lie)
    card = read_card(import_checkpoint(given, name="gift"))
    assert card.test_accuracy is not None and card.test_accuracy < 100
    assert (card.test_total, card.parameters) == (300, 16_402)


def test_a_temperature_comes_along_and_nothing_that_is_said_of_it(given: Path) -> None:
    kept = {"temperature": 1.25, "method": "<b>", "threshold": 1, "weights": "1 2 3"}
    _write(given, _tensors(given), dataset="digits", calibration=kept)
    gift = read_card(import_checkpoint(given, name="gift")).calibration
    assert gift is not None and gift.temperature == 1.25 and "<" not in gift.method


@pytest.mark.parametrize(
    "change",
    [
        *({"calibration": "none"}, {"calibration": {"method": "none"}}),
        *(
            {"calibration": {"temperature": temperature}}
            for temperature in (0, 1e-9, -1, 1e400, 10**400, "1")
        ),
        *({"epochs": -3}, {"epochs": float("inf")}, {"epochs": "all"}, {"is_complete": 1}),
        *({"seconds": float("nan")}, {"num_train": "many"}, {"num_train": 10**30}),
        *({"date": "tomorrow <i>"}, {"versions": ["2.15"]}, {"dataset": "<img src=x>"}),
        *({"note": None}, {"model": ["seed"]}, {"config": []}, {"origin": "x" * 5_000}),
    ],
    ids=str,
)
def test_a_card_that_is_none_in_one_field_is_refused(given: Path, change: dict[str, Any]) -> None:
    _write(given, _tensors(given), **{"dataset": "digits"} | change)
    with pytest.raises(RecordError, match="The card in given"):
        import_checkpoint(given, name="gift")
    assert not imported_dir().exists()


@pytest.mark.parametrize("value", [1e38, 1e19])
def test_weights_that_answer_nonsense_are_refused(given: Path, value: float) -> None:
    tensors = _tensors(given)
    spoilt = {
        name: torch.full_like(tensor, value) if tensor.is_floating_point() else tensor
        for name, tensor in tensors.items()
    }
    _write(given, spoilt, dataset="digits")
    with pytest.raises(CheckpointError, match="beyond all bounds"):
        import_checkpoint(given, name="gift")
    assert not imported_dir().exists()


def test_without_its_data_the_accuracy_is_left_open(given: Path) -> None:
    _write(given, _tensors(given))
    card = read_card(import_checkpoint(given, name="gift"))
    assert card.dataset == "mnist" and card.test_accuracy is None


def test_a_card_beside_the_file_will_do(given: Path) -> None:
    save_file(_tensors(given), given)
    with pytest.raises(CheckpointError, match="has no card"):
        import_checkpoint(given)
    given.with_suffix(".json").write_text(json.dumps(_card(dataset="digits")))
    assert read_card(import_checkpoint(given)).model == "seed"


def test_what_a_card_says_is_taken_only_where_it_can_be_a_fact(given: Path) -> None:
    nonsense = {
        "name": "<script>",
        "recipe": "![](http://evil.example/x.png)",
        "note": "<script>alert(1)</script>",
        "versions": {"python": "<b>", "torch": "2.15.0+cu132", "x": "y"},
        "origin": "<i>",
    }
    _write(given, _tensors(given), dataset="digits", **nonsense)
    card = read_card(import_checkpoint(given, name="gift"))
    assert (card.name, card.recipe, card.origin) == ("gift", "unknown", "unknown")
    assert dict(card.versions) == {"python": "unknown", "torch": "2.15.0+cu132"}
    told = records.encode(card).decode()
    assert "<" not in told and "evil" not in told


def test_a_setting_out_of_bounds_is_refused(given: Path) -> None:
    config = {**_card()["config"], "epochs": 10**9}
    save_file(_tensors(given), given, metadata={"card": json.dumps({**_card(), "config": config})})
    with pytest.raises(RecordError, match="between 1 and"):
        import_checkpoint(given)


def test_an_imported_network_takes_no_other_ones_place(given: Path) -> None:
    with pytest.raises(CheckpointError, match="'seed' already"):
        import_checkpoint(given, name="seed")
    import_checkpoint(given, name="gift")
    with pytest.raises(CheckpointError, match="another name"):
        import_checkpoint(given, name="gift")
    import_checkpoint(given, name="gift", owner="ann")
    delete_imported("gift", "ann")
    assert list_models(imported_dir("ann")) == [] and find_checkpoint("gift").is_file()


@pytest.mark.parametrize("name", ["../seed", "a/b", ".hidden", "A", "x" * 41, "a.b", "a\n"])
def test_a_name_that_is_a_path_is_refused(given: Path, name: str) -> None:
    with pytest.raises(CheckpointError, match="cannot be a network's name"):
        import_checkpoint(given, name=name)
    assert not imported_dir().exists()


class _Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (Path("unpickled"),))


def _hostile(path: Path, how: str) -> None:
    whole = path.read_bytes()
    header_length = struct.unpack("<Q", whole[:8])[0]
    tensors = _tensors(path)
    weight = tensors["layers.0.conv.weight"]
    match how:
        case "empty":
            path.write_bytes(b"")
        case "truncated":
            path.write_bytes(whole[:-100])
        case "header only":
            path.write_bytes(whole[: 8 + header_length])
        case "huge header":
            path.write_bytes(struct.pack("<Q", 2**62) + whole[8:])
        case "header of zeros":
            path.write_bytes(struct.pack("<Q", 1000) + b"\0" * 2000)
        case "deep header":
            path.write_bytes(struct.pack("<Q", 200_000) + b"[" * 200_000 + whole)
        case "list for a header":
            path.write_bytes(struct.pack("<Q", 2) + b"[]" + whole)
        case "pickle":
            path.write_bytes(pickle.dumps(_Trap()))
        case "torch file":
            torch.save({"layers.0.conv.weight": weight}, path)
        case "wrong shape":
            _write(path, {**tensors, "layers.0.conv.weight": weight.reshape(8, 9, 1, 1)})
        case "wrong type":
            _write(path, {**tensors, "layers.0.conv.weight": weight.double()})
        case "missing":
            _write(path, {k: v for k, v in tensors.items() if k != "layers.0.conv.weight"})
        case "too many":
            _write(path, {**tensors, "more": torch.zeros(3)})
        case "nan":
            weight[0, 0, 0, 0] = float("nan")
            _write(path, tensors)
        case "infinite":
            tensors["layers.4.norm.running_var"][0] = float("inf")
            _write(path, tensors)
        case "negative variance":
            tensors["layers.4.norm.running_var"][0] = -1.0
            _write(path, tensors)
        case "unknown network":
            _write(path, tensors, model="../../etc")
        case "network that is no text":
            _write(path, tensors, model=["seed"])
        case "card that is no object":
            save_file(tensors, path, metadata={"card": "[1]"})
        case "card that is no JSON":
            save_file(tensors, path, metadata={"card": "{"})
        case "too large":
            with path.open("ab") as file:
                file.truncate(MOST_BYTES + 1)
        case _:
            raise AssertionError(how)


@pytest.mark.parametrize(
    "how",
    [
        *("empty", "truncated", "header only", "huge header", "header of zeros", "deep header"),
        *("list for a header", "pickle", "torch file", "wrong shape", "wrong type", "missing"),
        *("too many", "nan", "infinite", "negative variance", "unknown network"),
        *("network that is no text", "card that is no object", "card that is no JSON"),
        "too large",
    ],
)
def test_a_hostile_file_is_refused_in_one_line_and_leaves_nothing(
    given: Path, how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(given.parent)
    _hostile(given, how)
    assert main(["import", str(given), "--name", "gift", "--json"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and len(said.err) > 40
    assert not imported_dir().exists()
    assert not Path("unpickled").exists()


def test_the_command_tells_what_was_kept(given: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(given), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["name"], found["model"], found["parameters"]) == ("given", "seed", 16_402)
    assert main(["import", str(given.with_name("nowhere.safetensors")), "--json"]) == 2
    assert "cannot be read" in capsys.readouterr().err
