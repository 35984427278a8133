"""The one door for records: one error for whatever stands in place of one."""

import os
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from mnist_core import records
from mnist_core.errors import RecordError
from mnist_core.records import Count, Percent, Record, Word


class _Kept(Record, frozen=True, kw_only=True):
    name: Word
    count: Count = 0
    accuracy: Percent | None = None


_WHOLE = _Kept(name="a", count=3, accuracy=99.5)


def _read(path: Path) -> _Kept:
    return records.read(path, _Kept, remedy="Write it again.")


def test_what_was_written_is_read_back_and_reads_well(tmp_path: Path) -> None:
    path = tmp_path / "kept.json"
    records.write(path, _WHOLE)
    assert _read(path) == _WHOLE
    assert path.read_text() == '{\n  "name": "a",\n  "count": 3,\n  "accuracy": 99.5\n}\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it ends too early"),
        ('{"name":"a"', "it ends too early"),
        ("[" * 100_000, "expected object, got array"),
        ('{"name":"a","count":' + "[" * 100_000, "count: expected int, got array"),
        ('{"name":7}', "name: expected str, got int"),
        ('{"name":"a","count":1.5}', "count: expected int, got float"),
        ('{"name":"a","count":true}', "count: expected int, got bool"),
        ('{"name":"a","count":-1}', "count: expected int >= 0"),
        ('{"name":"a","count":1' + 30 * "0" + "}", "count: expected int <= "),
        ('{"name":"a","accuracy":1' + 400 * "0" + "}", "accuracy: Number out of range"),
        ('{"name":"a","accuracy":1e999}', "accuracy: Number out of range"),
        ('{"name":"a","accuracy":NaN}', "it is no JSON"),
        ('{"name":"a","accuracy":-Infinity}', "it is no JSON"),
        ('{"name":"\\ud800"}', "it ends too early|surrogate"),
        ('{"name":"' + 201 * "x" + '"}', "name: expected str of length <= 200"),
        ('{"name":"a","more":1}', "this version does not know the field more"),
        ("{}", "it lacks the field name"),
    ],
)
def test_another_text_is_refused_with_reason_and_remedy(
    text: str, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "kept.json"
    path.write_text(text)
    with pytest.raises(RecordError, match=rf"kept\.json cannot be read: .*({reason})") as caught:
        _read(path)
    assert str(caught.value).endswith("Write it again.")


def _grow(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(3_000_000_000)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (Path.mkdir, "it is no plain file"),
        (os.mkfifo, "it is no plain file"),
        (lambda path: path.symlink_to("/dev/zero"), "it is no plain file"),
        (lambda path: path.symlink_to(path), "Too many levels of symbolic links"),
        (lambda path: path.symlink_to(path.with_name("nowhere")), "No such file"),
        (lambda path: path.write_bytes(b"\xff"), "it is no JSON"),
        (_grow, "it is larger than 1,000,000 bytes"),
        (lambda path: None, "No such file"),
    ],
    ids=["folder", "pipe", "device", "loop", "broken link", "bytes", "huge", "nothing"],
)
def test_what_is_no_file_is_refused_in_the_same_way(
    make: Callable[[Path], object], reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "kept.json"
    make(path)
    with pytest.raises(RecordError, match=f"cannot be read: {reason}.*Write it again"):
        _read(path)


def test_a_name_that_no_file_can_have_is_refused_too(tmp_path: Path) -> None:
    for name in ("a\0b", 300 * "x"):
        with pytest.raises(RecordError):
            _read(tmp_path / name)


def test_deep_json_in_a_field_that_is_passed_over_is_refused() -> None:
    class _Lenient(msgspec.Struct):
        name: str = ""

    with pytest.raises(RecordError, match="nested too deeply"):
        records.decode(b'{"more":' + b"[" * 100_000, _Lenient, file="it", remedy="")
