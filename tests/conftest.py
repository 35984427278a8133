"""What all tests share: real small data, folders of their own, MNIST where it is at hand."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_core import files
from mnist_core.data.mnist import mnist_is_present

# torch's compiler for graphics cards, which nothing here uses. Where a test has it loaded (ONNX and
# torch's optimizers do) it lists, when all have passed, hundreds of objects as leaked.
sys.modules.setdefault("triton", None)  # pyright: ignore[reportArgumentType]


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder with the real MNIST; without it the test is skipped, but never in CI."""
    folder = files.data_dir()
    if not mnist_is_present(folder):
        message = f"MNIST is not in {folder}; set MNIST_DATA_DIR to run this test"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return folder


@pytest.fixture
def runs_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of runs of the test's own."""
    folder = tmp_path / "runs"
    monkeypatch.setenv("MNIST_RUNS_DIR", str(folder))
    return folder
