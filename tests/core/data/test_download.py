import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_core.data import download
from mnist_core.data.mnist import MNIST_FILES, mnist_is_present, mnist_raw_dir
from mnist_core.errors import DataError

_COPIES = """
import shutil, sys, os
from pathlib import Path
target = Path(sys.argv[1], "MNIST", "raw")
target.mkdir(parents=True)
for path in Path(os.environ["TEST_SOURCE"]).iterdir():
    shutil.copy(path, target)
"""
"""Stands in for torchvision's part, so that what is done with its result can be tested offline."""


@pytest.fixture
def from_disk(mnist_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SOURCE", str(mnist_raw_dir(mnist_dir)))
    monkeypatch.setattr(download, "_TORCHVISION", _COPIES)


def _left_over(folder: Path) -> list[Path]:
    return list(folder.glob(".download-*"))


@pytest.mark.mnist
@pytest.mark.usefixtures("from_disk")
def test_what_was_fetched_is_put_in_place_whole(tmp_path: Path) -> None:
    progress = list(download.fetch_mnist(tmp_path))
    assert mnist_is_present(tmp_path) and not _left_over(tmp_path)
    assert all(event.fraction is None or 0 <= event.fraction <= 1 for event in progress)


@pytest.mark.mnist
@pytest.mark.usefixtures("from_disk")
def test_a_damaged_download_is_never_put_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = 'p = target / "t10k-labels-idx1-ubyte"; p.write_bytes(p.read_bytes()[:-1])'
    monkeypatch.setattr(download, "_TORCHVISION", _COPIES + cut)
    with pytest.raises(DataError, match="truncated"):
        list(download.fetch_mnist(tmp_path))
    assert not any((mnist_raw_dir(tmp_path) / file.name).exists() for file in MNIST_FILES)
    assert not _left_over(tmp_path)


def test_an_interrupted_download_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_TORCHVISION", "import time; time.sleep(60)")
    events = download.fetch_mnist(tmp_path)
    next(events)
    events.close()
    assert not mnist_raw_dir(tmp_path).exists() and not _left_over(tmp_path)


def test_a_killed_download_takes_its_process_along(tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from mnist_core.data import download
download._TORCHVISION = '''
import os, sys, time
from pathlib import Path
Path(sys.argv[1], "process").write_text(str(os.getpid()))
time.sleep(60)
'''
for _ in download.fetch_mnist(Path(sys.argv[1])):
    pass
"""
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) as downloading:
        told: list[str] = []
        while not any(told):
            assert downloading.poll() is None
            time.sleep(0.02)
            told = [path.read_text() for path in tmp_path.glob(".download-*/process")]
        downloading.kill()
    deadline = time.monotonic() + 30
    while Path(f"/proc/{told[0]}").exists():  # it has no parent any more that would wait for it
        if "Z" in Path(f"/proc/{told[0]}/stat").read_text().split(")")[1]:
            break
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_a_killed_download_left_is_swept_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".download-dead" / "MNIST" / "raw").mkdir(parents=True)
    monkeypatch.setattr(download, "_TORCHVISION", "raise SystemExit('no network')")
    with pytest.raises(DataError):
        list(download.fetch_mnist(tmp_path))
    assert not _left_over(tmp_path)


def test_a_failed_download_tells_the_reason_and_every_other_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_TORCHVISION", "raise RuntimeError('the mirrors are asleep')")
    with pytest.raises(DataError, match=r"mirrors are asleep.*MNIST_DATA_DIR.*digits"):
        list(download.fetch_mnist(tmp_path))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="cannot be written"):
        list(download.fetch_mnist(tmp_path / "file" / "data"))


@pytest.mark.mnist
@pytest.mark.usefixtures("from_disk")
def test_a_second_process_waits_for_the_first_and_fetches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = (
        "import sys; from filelock import FileLock\n"
        "with FileLock(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path / ".download.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as first:
        assert first.stdin is not None and first.stdout is not None
        first.stdout.readline()
        events = download.fetch_mnist(tmp_path)
        assert "another process" in next(events).message
        raw = mnist_raw_dir(tmp_path)
        raw.mkdir(parents=True)
        for file in MNIST_FILES:
            (raw / file.name).touch()  # the first has put them in place
        monkeypatch.setattr(download, "_TORCHVISION", "raise SystemExit('must not run')")
        first.stdin.close()
        first.wait()
        list(events)


def test_torchvisions_own_call_is_what_is_run() -> None:
    assert "from torchvision.datasets import MNIST" in download._TORCHVISION  # pyright: ignore
    assert "download=True" in download._TORCHVISION  # pyright: ignore
