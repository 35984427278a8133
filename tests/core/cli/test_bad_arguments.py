"""Whatever stands where a file, a folder or a name should: one line, and nothing is written."""

import os
from pathlib import Path

import pytest

from mnist_core.cli.main import main

_NAMES = (
    *("\0", "", "x" * 300, "x/" * 3_000, "../x", "*"),
    *("/dev/zero", "/dev/null", "pipe", "loop", "huge", "nowhere", "zero.safetensors"),
)
_COMMANDS = (
    ["evaluate", "@"],
    ["predict", "@"],
    ["predict", "nowhere", "--model", "@"],
    ["import", "@"],
    ["import", "@", "--owner", "../x"],
    ["import", "nowhere", "--owner", "@"],
    ["export", "@", "--format", "csv"],
    ["export", "@", "--format", "safetensors"],
    ["runs", "show", "@"],
    ["runs", "put-aside", "@"],
    ["runs", "restore", "@"],
    ["ship", "@", "mine"],
    ["train", "--recipe", "draw", "--strokes", "@", "--dataset", "digits"],
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with things that are no files, in which the commands are run."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "none"))
    os.mkfifo("pipe")
    Path("loop").symlink_to("loop")
    Path("zero.safetensors").symlink_to("/dev/zero")
    with Path("huge").open("wb") as file:
        file.truncate(3_000_000_000)
    return folder


@pytest.mark.parametrize("words", _COMMANDS, ids=" ".join)
def test_what_is_no_file_and_no_name_is_told_in_one_line(
    words: list[str], here: Path, runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(here.parent.rglob("*"))
    for name in _NAMES:
        assert main([name if word == "@" else word for word in words]) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.count("\n") == 1
    assert sorted(here.parent.rglob("*")) == before


@pytest.mark.parametrize("name", ["", "\0", "x" * 300, "/dev/null", "pipe", "loop", "huge"])
@pytest.mark.parametrize("words", [["runs", "list"], ["board"], ["train", "--dataset", "digits"]])
def test_a_folder_of_runs_that_is_none_is_told(
    words: list[str], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--runs-dir", name]) == 2
    assert "is no folder" in capsys.readouterr().err


def test_a_device_is_not_replaced_by_what_is_exported(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("pipe", "/dev/null", "\0"):
        assert main(["export", "tiny", "--format", "safetensors", "--output", name]) == 2
        assert "cannot be written" in capsys.readouterr().err
    assert Path("/dev/null").is_char_device() and Path("pipe").is_fifo()


@pytest.mark.parametrize("name", ["../escaped", "a/b", "", "x" * 41, "A", "\0"])
def test_a_shipped_network_is_not_written_elsewhere(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ship", "tiny", name]) == 2
    assert "cannot be a network's name" in capsys.readouterr().err


def test_more_seeds_than_anybody_trains_are_refused_at_once() -> None:
    assert main(["study", "--seeds", "9" * 20]) == 2
