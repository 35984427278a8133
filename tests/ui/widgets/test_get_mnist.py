"""What is offered where MNIST is missing, on the Train page."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mnist_core.data.download import Progress
from mnist_core.data.mnist import MNIST_FILES, mnist_raw_dir
from mnist_core.errors import DataError
from mnist_ui.session import download
from mnist_ui.session.shared import Shared
from tests.ui.opening import page, run, wait_until_ready

_SECONDS = 30


@pytest.fixture
def no_mnist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def _wait_for_the_end(app: Shared) -> None:
    deadline = time.monotonic() + _SECONDS
    while app.download.is_running:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _train_page(app: Shared) -> AppTest:
    wait_until_ready(app)
    at = page("train")
    at.query_params["recipe"] = "seed"
    return run(at)


def _press(at: AppTest, label: str) -> AppTest:
    next(button for button in at.button if button.label == label).click()
    return run(at)


@pytest.mark.usefixtures("no_mnist")
def test_without_mnist_the_page_says_what_the_small_set_is(own_app: Shared) -> None:
    at = _train_page(own_app)
    told = " ".join(element.value for element in at.markdown)
    assert "1,797 digits by 13 people" in told and "trains on 1,200" in told
    assert at.selectbox(key="seed_dataset").value == "digits"
    assert at.number_input(key="seed_epochs").value == 19
    assert not any("Changed from the recipe" in caption.value for caption in at.caption)


def test_mnist_is_fetched_once_with_its_progress_and_the_page_goes_on_with_it(
    own_app: Shared, no_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_seen = False

    def fetch() -> Iterator[Progress]:
        yield Progress(message="Downloading MNIST", fraction=0.25)
        while not is_seen:
            time.sleep(0.01)
            yield Progress(message="Downloading MNIST", fraction=0.25)
        mnist_raw_dir().mkdir(parents=True)
        for file in MNIST_FILES:
            (mnist_raw_dir() / file.name).touch()

    monkeypatch.setattr(download, "fetch_mnist", fetch)
    at = _train_page(own_app)
    at.number_input(key="seed_seed").set_value(7)
    run(at)
    _press(at, "Fetch MNIST (11 MB)")
    assert own_app.download.is_running
    (bar,) = at.get("progress")
    assert (bar.proto.value, bar.proto.text) == (25, "Downloading MNIST… 25%")
    assert not any(button.label.startswith("Fetch") for button in at.button)
    is_seen = True
    _wait_for_the_end(own_app)
    run(at)
    assert at.selectbox(key="seed_dataset").value == "mnist"
    values = [at.number_input(key=f"seed_{name}").value for name in ("epochs", "batch_size")]
    assert values == [19, 64]
    assert at.number_input(key="seed_seed").value == 7
    assert not at.get("progress") and len(at.toast) == 1
    run(at)
    assert len(at.toast) == 0


@pytest.mark.usefixtures("no_mnist")
def test_a_download_that_fails_says_why_and_can_be_tried_again(
    own_app: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch() -> Iterator[Progress]:
        yield Progress(message="Downloading MNIST", fraction=0.0)
        raise DataError("MNIST could not be downloaded: nobody answers.")

    monkeypatch.setattr(download, "fetch_mnist", fetch)
    at = _train_page(own_app)
    _press(at, "Fetch MNIST (11 MB)")
    _wait_for_the_end(own_app)
    run(at)
    assert any("nobody answers" in error.value for error in at.error)
    _press(at, "Try again to fetch MNIST")
    _wait_for_the_end(own_app)
    assert own_app.download.problem == "MNIST could not be downloaded: nobody answers."


def test_a_download_under_way_ends_with_the_server_and_leaves_nothing(
    no_mnist: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_closed = False

    def fetch() -> Iterator[Progress]:
        nonlocal is_closed
        try:
            while True:
                time.sleep(0.01)
                yield Progress(message="Downloading MNIST", fraction=0.5)
        finally:
            is_closed = True

    monkeypatch.setattr(download, "fetch_mnist", fetch)
    fetching = download.Download()
    fetching.begin()
    fetching.begin()  # one is enough
    fetching.end()
    assert is_closed and not fetching.is_running and fetching.problem is None
    assert not no_mnist.exists()


def test_settings_follow_the_data_and_those_a_person_gave_stay(own_app: Shared) -> None:
    at = _train_page(own_app)
    at.selectbox(key="seed_dataset").set_value("mnist")
    at.number_input(key="seed_epochs").set_value(5)
    run(at)
    at.selectbox(key="seed_dataset").set_value("digits")
    run(at)
    assert at.number_input(key="seed_epochs").value == 5
    assert at.number_input(key="seed_batch_size").value == 32
    at.selectbox(key="seed_dataset").set_value("mnist")
    run(at)
    assert at.number_input(key="seed_batch_size").value == 64
