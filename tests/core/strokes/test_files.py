"""Pen strokes from a file: both forms alike, and nothing but pen strokes."""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_core.errors import DataError
from mnist_core.strokes.files import PenDigit, StrokeSet, hold_out_writers, read_strokes

UNIPEN = """.INCLUDE dene.doc
.LEXICON "0" "1" "2" "3" "4" "5" "6" "7" "8" "9"
.HIERARCHY DIGIT

.SEGMENT DIGIT 0 ? "1"
.COMMENT 1 12 224
.PEN_DOWN
 300 400
 310 200
.PEN_UP
.DT 100

.SEGMENT DIGIT 1-2 ? "7"
.COMMENT 7 3 9
.PEN_DOWN
 100 300
 180 300
 120 100
.PEN_UP
.DT 100
.PEN_DOWN
 110 210
 170 200
.PEN_UP
.DT 100
"""

RECORDS: list[dict[str, Any]] = [
    {"digit": 1, "writer": 12, "strokes": [[[0, 0], [10, 200]]]},
    {"digit": 7, "writer": 3, "strokes": [[[0, 0], [80, 0], [20, 200]], [[10, 90], [70, 100]]]},
]


def as_lines(*records: object) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def read(folder: Path, text: str) -> StrokeSet:
    path = folder / "strokes"
    path.write_text(text, encoding="utf-8")
    return read_strokes(path)


def assert_alike(one: PenDigit, other: PenDigit) -> None:
    assert (one.digit, one.writer) == (other.digit, other.writer)
    for a, b in zip(one.strokes, other.strokes, strict=True):
        np.testing.assert_array_equal(a, b)


def test_unipen_and_json_lines_of_the_same_digits_are_read_alike(tmp_path: Path) -> None:
    unipen, lines = read(tmp_path, UNIPEN).digits, read(tmp_path, as_lines(*RECORDS)).digits
    assert [one.digit for one in unipen] == [1, 7]
    for one, other in zip(unipen, lines, strict=True):
        assert_alike(one, other)


def test_what_is_higher_on_the_tablet_is_higher_in_the_picture(tmp_path: Path) -> None:
    stem = read(tmp_path, UNIPEN).digits[1].strokes[0]
    assert stem.tolist() == [[0, 0], [80, 0], [20, 200]]


def test_a_compressed_file_is_the_same_file(tmp_path: Path) -> None:
    plain = read(tmp_path, UNIPEN)
    path = tmp_path / "strokes.gz"
    path.write_bytes(gzip.compress(UNIPEN.encode()))
    assert read_strokes(path).sha256 == plain.sha256


def test_a_digit_need_not_say_who_wrote_it(tmp_path: Path) -> None:
    found = read(tmp_path, as_lines({"digit": 0, "strokes": [[[5, 5]]]}))
    assert found.digits[0].writer is None
    assert found.writers == ()
    assert found.digits[0].strokes[0].tolist() == [[0, 0]]


@pytest.mark.parametrize(
    "record",
    [
        {"digit": 10, "strokes": [[[0, 0]]]},
        {"digit": True, "strokes": [[[0, 0]]]},
        {"digit": "1", "strokes": [[[0, 0]]]},
        {"digit": 1, "writer": "Ada", "strokes": [[[0, 0]]]},
        {"digit": 1, "strokes": []},
        {"digit": 1, "strokes": [[]]},
        {"digit": 1, "strokes": [[[0, 0, 0]]]},
        {"digit": 1, "strokes": [[[0, 0], [1]]]},
        {"digit": 1, "strokes": [[[0, None]]]},
        {"digit": 1, "strokes": [[["a", "b"]]]},
        {"digit": 1, "strokes": [[[0, float("nan")]]]},
        {"digit": 1, "strokes": [[[0, 1e30]]]},
        {"digit": 1, "strokes": [[[0, 0]]] * 21},
        {"digit": 1, "strokes": 5},
        {"digit": 1},
        [1, 2],
        "1",
    ],
)
def test_what_is_no_digit_is_refused_by_its_line(tmp_path: Path, record: object) -> None:
    with pytest.raises(DataError, match="line 2"):
        read(tmp_path, as_lines(RECORDS[0], record))


@pytest.mark.parametrize(
    "spoilt",
    [
        UNIPEN.replace('"7"', '"seven"'),
        UNIPEN.replace(" 120 100", " 120"),
        UNIPEN.replace(" 120 100", " 120 x"),
        UNIPEN.replace(".PEN_UP", "", 1).replace(".PEN_DOWN", "", 1),
        UNIPEN.split(".PEN_DOWN")[0],
    ],
)
def test_a_damaged_unipen_file_is_refused_by_its_line(tmp_path: Path, spoilt: str) -> None:
    with pytest.raises(DataError, match="line [0-9]+"):
        read(tmp_path, spoilt)


@pytest.mark.parametrize("text", ["", "8,12,14\n", "\n.HIERARCHY DIGIT\n", "PK\x03\x04"])
def test_a_file_of_another_kind_is_told_where_to_get_the_data(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"10\.24432/C5MG6K"):
        read(tmp_path, text)


def test_a_missing_a_torn_and_a_binary_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        read_strokes(tmp_path / "nothing")
    torn = tmp_path / "torn.gz"
    torn.write_bytes(gzip.compress(UNIPEN.encode())[:-20])
    with pytest.raises(DataError, match="cannot be read"):
        read_strokes(torn)
    binary = tmp_path / "binary"
    binary.write_bytes(b"{\xff\xfe")
    with pytest.raises(DataError, match="no text"):
        read_strokes(binary)


def test_who_has_ucis_compressed_file_is_told_to_uncompress_it(tmp_path: Path) -> None:
    path = tmp_path / "pendigits-orig.tra.Z"
    path.write_bytes(b"\x1f\x9d\x90")
    with pytest.raises(DataError, match="gzip -d"):
        read_strokes(path)


def test_a_fifth_of_the_writers_is_held_out_with_all_they_wrote() -> None:
    stroke = np.zeros((2, 2), np.float32)
    digits = [
        PenDigit(digit=digit, strokes=(stroke,), writer=writer)
        for digit in range(10)
        for writer in (*range(30, 0, -1), None)
    ]
    trained, held_out = hold_out_writers(digits)
    assert {one.writer for one in held_out} == {25, 26, 27, 28, 29, 30}
    assert {one.writer for one in trained} == {None, *range(1, 25)}
    assert len(trained) + len(held_out) == len(digits)


def test_a_first_line_may_say_where_json_lines_come_from(tmp_path: Path) -> None:
    told = read(tmp_path, as_lines({"source": "my desk", "licence": "mine"}, *RECORDS))
    assert (told.source, told.licence, len(told.digits)) == ("my desk", "mine", 2)
    plain = read(tmp_path, as_lines(*RECORDS))
    assert (plain.source, plain.licence) == ("", "")
    assert "10.24432/C5MG6K" in read(tmp_path, UNIPEN).source


def test_a_folder_stands_for_all_strokes_kept_in_it(tmp_path: Path) -> None:
    (tmp_path / "somebody").mkdir()
    for name, record in zip(("b", "a"), RECORDS, strict=True):
        path = tmp_path / "somebody" / f"{name}.strokes.json"
        path.write_text(json.dumps(record), encoding="utf-8")
    (tmp_path / "somebody" / "a.png").write_bytes(b"another thing")
    found = read_strokes(tmp_path)
    assert [one.digit for one in found.digits] == [7, 1]
    assert found.source == "drawings kept in the app"


def test_a_folder_without_strokes_says_how_they_come_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Keep some on the page Draw"):
        read_strokes(tmp_path)
