import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core.data.datasets import load_data
from mnist_core.data.mnist import (
    MNIST_FILES,
    IdxFile,
    missing_files,
    mnist_is_present,
    mnist_raw_dir,
    read_idx,
)
from mnist_core.data.parts import SIZES
from mnist_core.errors import DataError

_FILE = IdxFile(name="few-labels-idx1-ubyte", shape=(5,), md5="11b04d035128b8915f4adfb3c5ceb893")
_WHOLE = bytes.fromhex("00000801 00000005") + bytes([7, 2, 1, 0, 4])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    import hashlib

    assert hashlib.md5(_WHOLE).hexdigest() == _FILE.md5
    path = tmp_path / _FILE.name
    path.write_bytes(_WHOLE)
    return path


def test_a_whole_file_is_read(path: Path) -> None:
    assert read_idx(path, _FILE).tolist() == [7, 2, 1, 0, 4]


def test_a_compressed_file_is_read_as_well(path: Path) -> None:
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(_WHOLE))
    path.unlink()
    assert read_idx(path, _FILE).tolist() == [7, 2, 1, 0, 4]


@pytest.mark.parametrize("length", [0, 3, 8, 12])
def test_a_truncated_file_is_named_with_the_remedy(path: Path, length: int) -> None:
    path.write_bytes(_WHOLE[:length])
    with pytest.raises(DataError, match=f"{path.name} is truncated.*Delete it"):
        read_idx(path, _FILE)


def test_a_file_with_one_other_bit_is_refused(path: Path) -> None:
    path.write_bytes(_WHOLE[:-1] + bytes([5]))
    with pytest.raises(DataError, match="checksum"):
        read_idx(path, _FILE)


def test_a_file_that_is_too_long_is_refused(path: Path) -> None:
    path.write_bytes(_WHOLE + b"\0")
    with pytest.raises(DataError, match="checksum"):
        read_idx(path, _FILE)


def test_a_foreign_file_is_refused(path: Path) -> None:
    path.write_text("<html>404 not found: a proxy's page</html>")
    with pytest.raises(DataError, match="its header is another"):
        read_idx(path, _FILE)


def test_a_truncated_archive_is_named_with_the_remedy(path: Path) -> None:
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(_WHOLE)[:-6])
    path.unlink()
    with pytest.raises(DataError, match="cannot be read.*Delete it"):
        read_idx(path, _FILE)


def test_a_missing_file_tells_every_way_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="mnist_core download.*MNIST_DATA_DIR.*digits"):
        load_data("mnist", data_dir=tmp_path)


def test_what_is_missing_is_listed_and_a_compressed_file_counts(tmp_path: Path) -> None:
    raw = mnist_raw_dir(tmp_path)
    raw.mkdir(parents=True)
    for file in MNIST_FILES[1:]:
        (raw / f"{file.name}.gz").touch()
    assert missing_files(tmp_path) == [raw / MNIST_FILES[0].name]
    assert not mnist_is_present(tmp_path)


@pytest.mark.parametrize("watch", ["validation", "training", "test"])
def test_sizes_are_those_of_what_is_loaded(watch: str) -> None:
    digits, sizes = load_data("digits", watch=watch), SIZES["digits"]
    assert len(digits.train[1]) == sizes.num_trained_on(watch)
    assert len(digits.watch[1]) == (sizes.test if watch == "test" else sizes.validation)
    assert len(digits.test[1]) == sizes.test


def test_the_embedded_digits_are_1797_and_split_without_overlap() -> None:
    digits = load_data("digits")
    sizes = [len(labels) for _, labels in (digits.train, digits.watch, digits.test)]
    assert sizes == [1_200, 297, 300]
    assert digits.train[0].shape == (1_200, 1, 28, 28)
    assert digits.train[0].dtype == torch.uint8
    parts = [set(map(bytes, part[0].numpy())) for part in (digits.train, digits.watch, digits.test)]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]


def test_the_embedded_digits_are_made_as_mnist_was() -> None:
    images = load_data("digits").train[0].numpy()[:, 0].astype(float)
    rows, columns = np.mgrid[:28, :28]
    mass = images.sum((1, 2))
    assert np.abs((images * rows).sum((1, 2)) / mass - 14).max() <= 0.75
    assert np.abs((images * columns).sum((1, 2)) / mass - 14).max() <= 0.75
    heights = (images.max(2) > 0).sum(1)
    widths = (images.max(1) > 0).sum(1)
    assert np.maximum(heights, widths).max() <= 22
    assert images.max((1, 2)).min() > 150


def test_the_held_out_images_are_the_same_every_time_and_stratified() -> None:
    once, again = load_data("digits"), load_data("digits")
    assert torch.equal(once.watch[0], again.watch[0])
    shares = torch.bincount(once.watch[1]) / 297
    whole = torch.bincount(torch.cat([once.train[1], once.watch[1]])) / 1_497
    assert (shares - whole).abs().max() < 0.004


def test_watching_training_images_trains_on_them_too() -> None:
    held_out, all_of_it = load_data("digits"), load_data("digits", watch="training")
    assert len(all_of_it.train[1]) == 1_497
    assert torch.equal(all_of_it.watch[0], held_out.watch[0])
    known = set(map(bytes, all_of_it.train[0].numpy()))
    assert known.issuperset(map(bytes, all_of_it.watch[0].numpy()))


def test_watching_the_test_set_trains_on_all_training_images() -> None:
    digits = load_data("digits", watch="test")
    assert len(digits.train[1]) == 1_497
    assert digits.watch is digits.test or torch.equal(digits.watch[0], digits.test[0])


@pytest.mark.mnist
def test_mnist_holds_5000_of_60000_out(mnist_dir: Path) -> None:
    digits = load_data("mnist", data_dir=mnist_dir)
    counts = [len(part[1]) for part in (digits.train, digits.watch, digits.test)]
    assert counts == [55_000, 5_000, 10_000]
    sizes = SIZES["mnist"]
    assert counts == [sizes.num_trained_on("validation"), sizes.validation, sizes.test]
    assert digits.test[1][:5].tolist() == [7, 2, 1, 0, 4]  # the order is the file's


@pytest.mark.mnist
def test_one_cut_file_of_mnist_stops_it_from_being_used(mnist_dir: Path, tmp_path: Path) -> None:
    raw = mnist_raw_dir(tmp_path)
    raw.mkdir(parents=True)
    for file in MNIST_FILES:
        shutil.copy(mnist_raw_dir(mnist_dir) / file.name, raw)
    cut = raw / MNIST_FILES[2].name
    cut.write_bytes(cut.read_bytes()[:-1])
    with pytest.raises(DataError, match=f"{cut.name} is truncated"):
        load_data("mnist", data_dir=tmp_path)
