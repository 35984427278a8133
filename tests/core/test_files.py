import os
from pathlib import Path

from mnist_core.files import last_changed, replacing


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
