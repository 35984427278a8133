"""The drawings a person keeps."""

import csv
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_core.data import drawings
from mnist_core.data.preprocess import preprocess
from mnist_core.errors import DataError
from mnist_core.strokes.files import read_strokes


@pytest.fixture(autouse=True)
def drawings_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "drawings"
    monkeypatch.setenv("MNIST_DRAWINGS_DIR", str(folder))
    return folder


def _bar(left: int = 130) -> np.ndarray:
    drawing = np.zeros((280, 280, 4), np.uint8)
    drawing[..., 3] = 255
    drawing[60:220, left : left + 20, :3] = 255
    return drawing


def _corner() -> np.ndarray:
    drawing = _bar()
    drawing[200:220, 60:150, :3] = 255
    return drawing


def test_what_is_kept_comes_back_as_the_network_saw_it() -> None:
    drawings.keep(_corner(), 4)
    images, labels = drawings.load()
    assert images.dtype == np.uint8 and images.shape == (1, 1, 28, 28)
    assert labels.tolist() == [4]
    seen = preprocess(_corner())
    assert seen is not None
    assert np.abs(images[0] / 255 - seen).max() <= 0.5 / 255 + 1e-6


def test_nothing_kept_is_an_empty_set_not_an_error() -> None:
    images, labels = drawings.load()
    assert images.shape == (0, 1, 28, 28) and labels.shape == (0,)
    drawings.delete_all()


def test_what_a_killed_process_left_is_removed_or_passed_over(drawings_dir: Path) -> None:
    drawings.keep(_bar(), 1)
    folder = drawings.own_folder()
    left = folder / "20260101-000000-1-00000001.strokes.json"
    in_the_way = folder / "20260101-000000-1-00000002.drawn.png"
    left.write_text("{}")
    in_the_way.mkdir()
    for path in (left, in_the_way):
        os.utime(path, (0, 0))
    drawings.keep(_corner(), 4)
    assert len(drawings.list_kept()) == 2
    assert not left.exists() and in_the_way.is_dir()


def test_a_blank_drawing_is_not_kept() -> None:
    with pytest.raises(DataError, match="draw a digit first"):
        drawings.keep(np.zeros((280, 280), np.uint8), 3)
    assert drawings.list_kept() == []


def test_owners_do_not_see_each_other() -> None:
    mine = drawings.keep(_bar(), 1, owner="ann")
    drawings.keep(_corner(), 4, owner="bob")
    assert [one.label for one in drawings.list_kept("ann")] == [1]
    with pytest.raises(DataError, match="gone already"):
        drawings.delete(mine.id, owner="bob")
    drawings.delete_all("bob")
    assert len(drawings.list_kept("ann")) == 1


@pytest.mark.parametrize("owner", ["", "..", "../ann", "Ann", "a/b", "a" * 41, "ann\n", "a.b"])
def test_an_owner_that_is_no_id_reaches_no_folder(owner: str, drawings_dir: Path) -> None:
    for ask in (drawings.list_kept, drawings.load, drawings.delete_all, drawings.as_zip):
        with pytest.raises(DataError):
            ask(owner)
    with pytest.raises(DataError):
        drawings.keep(_bar(), 1, owner=owner)
    assert not drawings_dir.exists()


@pytest.mark.parametrize("name", ["../bob/x", "", "*", "20261123-015640-7-3f2a9c1b.drawn"])
def test_only_a_kept_drawing_can_be_deleted(name: str) -> None:
    drawings.keep(_bar(), 1)
    with pytest.raises(DataError):
        drawings.delete(name)
    assert len(drawings.list_kept()) == 1


def test_deleting_leaves_no_picture_behind(drawings_dir: Path) -> None:
    kept = drawings.keep(_bar(), 1)
    drawings.keep(_corner(), 4)
    drawings.delete(kept.id)
    assert [one.label for one in drawings.list_kept()] == [4]
    drawings.delete_all()
    assert not [path for path in drawings_dir.rglob("*") if path.is_file()]


def test_there_is_room_for_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "MOST_DRAWINGS", 2)
    drawings.keep(_bar(), 1)
    drawings.keep(_bar(), 1)
    with pytest.raises(DataError, match="Delete some"):
        drawings.keep(_bar(), 1)


def _damage(path: Path, how: str) -> None:
    match how:
        case "truncated":
            path.write_bytes(path.read_bytes()[:40])
        case "empty":
            path.write_bytes(b"")
        case "another size":
            Image.new("L", (29, 28)).save(path)
        case "colour":
            Image.new("RGB", (28, 28)).save(path)
        case "a bomb":
            Image.new("1", (30_000, 30_000)).save(path, format="PNG")
        case _:
            path.write_text("no picture at all")


@pytest.mark.parametrize(
    "how", ["truncated", "empty", "another size", "colour", "a bomb", "no picture"]
)
def test_a_damaged_picture_is_left_out_and_named(how: str, drawings_dir: Path) -> None:
    bad = drawings.keep(_bar(), 1)
    good = drawings.keep(_corner(), 4)
    _damage(drawings_dir / "everyone" / f"{bad.id}.png", how)
    found = drawings.read_set()
    assert found.labels.tolist() == [4] and found.images.shape == (1, 1, 28, 28)
    assert found.damaged == (f"{bad.id}.png",)
    with zipfile.ZipFile(io.BytesIO(drawings.as_zip())) as archive:
        assert f"{good.id}.png" in archive.namelist()
        assert bad.id in archive.read("left_out.txt").decode()


def test_the_archive_holds_the_pictures_and_their_labels() -> None:
    for left, label in ((60, 1), (130, 1)):
        drawings.keep(_bar(left), label)
    drawings.keep(_corner(), 4)
    with zipfile.ZipFile(io.BytesIO(drawings.as_zip())) as archive:
        assert archive.testzip() is None
        rows = list(csv.DictReader(io.StringIO(archive.read("drawings.csv").decode())))
        for row in rows:
            with Image.open(io.BytesIO(archive.read(row["file"]))) as picture:
                assert picture.size == (28, 28)
        drawn = [name for name in archive.namelist() if name.endswith(".drawn.png")]
    assert sorted(row["label"] for row in rows) == ["1", "1", "4"]
    assert len(drawn) == 3


def test_a_file_put_there_by_something_else_is_not_taken_for_a_drawing(drawings_dir: Path) -> None:
    drawings.keep(_bar(), 1)
    for name in ("photo.png", "20269999-999999-7-3f2a9c1b.png", ".hidden.png"):
        (drawings_dir / "everyone" / name).write_bytes(b"x")
    found = drawings.read_set()
    assert len(found.kept) == 1 and found.damaged == ()


def test_a_large_picture_is_kept_small(drawings_dir: Path) -> None:
    large = np.zeros((3000, 2000), np.uint8)
    large[500:2500, 900:1100] = 255
    kept = drawings.keep(large, 1)
    with Image.open(drawings_dir / "everyone" / f"{kept.id}.drawn.png") as picture:
        assert max(picture.size) <= 560


def test_strokes_are_kept_beside_a_drawing_and_can_be_trained_on(drawings_dir: Path) -> None:
    first = drawings.keep(_bar(), 1, strokes=[[(140, 60), (140, 219)]])
    drawings.keep(_corner(), 4)
    drawings.keep(_bar(), 7, strokes=[[(0, 0), (9, 0), (3, 9)], [(1, 4), (7, 4)]], owner="ann")
    found = read_strokes(drawings_dir)
    assert sorted((one.digit, len(one.strokes)) for one in found.digits) == [(1, 1), (7, 2)]
    assert f"{first.id}.strokes.json" in zipfile.ZipFile(io.BytesIO(drawings.as_zip())).namelist()
    assert drawings.has_strokes()
    drawings.delete(first.id)
    drawings.delete_all("ann")
    assert not drawings.has_strokes() and not list(drawings_dir.rglob("*.strokes.json"))
