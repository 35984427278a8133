import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_core.files import last_changed, open_log, replacing, runs_dir


def test_a_file_that_was_replaced_has_another_time_and_none_has_none(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    assert last_changed(path) == 0
    with replacing(path) as temporary:
        temporary.write_bytes(b"first")
    os.utime(path, ns=(1, 1))
    before = last_changed(path)
    with replacing(path) as temporary:
        temporary.write_bytes(b"other")
    assert 0 < before != last_changed(path)


def test_a_log_is_added_to(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    for line in (b"one\n", b"two\n"):
        with open_log(path) as log:
            log.write(line)
    assert path.read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to(path)])
def test_where_there_can_be_no_log_what_is_printed_is_swallowed(
    tmp_path: Path, make: Callable[[Path], None]
) -> None:
    path = tmp_path / "log.txt"
    make(path)
    with open_log(path) as log:
        log.write(b"lost")
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.txt"]


def test_a_chosen_folder_that_leads_nowhere_stands_as_it_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    monkeypatch.chdir(tmp_path)
    assert runs_dir("loop") == loop
    assert runs_dir("~nobody of that name") == tmp_path / "~nobody of that name"
    (tmp_path / "link").symlink_to(tmp_path)
    assert runs_dir("link/runs") == tmp_path / "runs"
