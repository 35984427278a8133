"""The Data page, as Streamlit runs it."""

import re
from pathlib import Path

import pytest
import torch
from streamlit.testing.v1 import AppTest

from mnist_core.config.recipes import get_recipe
from mnist_core.data.augment import augment
from mnist_core.data.datasets import load_data
from mnist_ui.pages.data.charts import addresses, class_balance, mean_images
from mnist_ui.session.shared import Shared
from tests.ui.opening import page, run


@pytest.fixture
def no_mnist(
    ready_app: Shared, runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    monkeypatch.setenv("MNIST_DATA_DIR", str(tmp_path))
    return tmp_path


def _pictures(html: str) -> list[str]:
    return re.findall(r'src="(data:[^"]+)"', html)


def _grid(at: AppTest) -> str:
    return next(
        str(e.proto.body) for e in at.get("html") if '<div class="digit-grid "' in e.proto.body
    )


@pytest.mark.usefixtures("no_mnist")
def test_without_mnist_it_shows_the_small_set_and_says_how_to_get_mnist() -> None:
    at = run(page("data"))
    assert any(button.label.startswith("Fetch MNIST") for button in at.button)
    assert at.selectbox(key="data_dataset").options == ["the small set"]
    train = load_data("digits").train
    assert _pictures(_grid(at)) == addresses(train[0][:54])
    assert re.findall(r"<figcaption>(\d)<", _grid(at)) == [str(d) for d in train[1][:54].tolist()]


@pytest.mark.usefixtures("no_mnist")
def test_a_digit_and_a_part_can_be_chosen_and_turned_through() -> None:
    at = run(page("data"))
    at.segmented_control(key="data_part").set_value("test").run()
    at.pills(key="data_digit").set_value("4").run()
    images, labels = load_data("digits").test
    fours = images[labels == 4]
    assert set(re.findall(r"<figcaption>(\d)<", _grid(at))) == {"4"}
    assert _pictures(_grid(at)) == addresses(fours)
    at.pills(key="data_digit").set_value("all").run()
    at.number_input(key="data_page_digits_test_all").set_value(6).run()
    assert not at.exception
    assert _pictures(_grid(at)) == addresses(images[270:])  # the last page is not full


@pytest.mark.usefixtures("no_mnist")
def test_augmentation_is_that_of_training_with_the_sliders_values() -> None:
    at = run(page("data"))
    at.selectbox(key="augmented_recipe").set_value("seed").run()
    images, labels = load_data("digits").train
    seven = images[(labels == 7).nonzero()[0]]
    config = get_recipe("seed").config

    def expected(seed: int, rotation: float) -> list[str]:
        distorted = augment(
            seven.expand(17, 1, 28, 28),
            torch.Generator().manual_seed(seed),
            rotation=rotation,
            shift=config.shift,
            scale=config.scale,
        )
        return addresses(torch.cat([seven.float() / 255, distorted]))

    assert _pictures(_large(at)) == expected(0, config.rotation)
    at.slider(key="augmented_seed_rotation").set_value(40.0).run()
    assert _pictures(_large(at)) == expected(0, 40.0)
    next(b for b in at.button if b.label == "Distort it anew").click().run()
    assert _pictures(_large(at)) == expected(1, 40.0)


def _large(at: AppTest) -> str:
    return next(
        str(e.proto.body) for e in at.get("html") if '<div class="digit-grid large"' in e.proto.body
    )


@pytest.mark.usefixtures("no_mnist")
def test_a_recipe_without_augmentation_shows_the_image_as_it_is() -> None:
    at = run(page("data"))
    at.selectbox(key="augmented_recipe").set_value("original").run()
    assert len(set(_pictures(_large(at)))) == 1
    assert any("All is at zero" in caption.value for caption in at.caption)


def test_a_damaged_mnist_is_told_with_the_remedy(no_mnist: Path) -> None:
    raw = no_mnist / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (raw / f"{name}-ubyte").write_bytes(b"\0\0\x08\x03")
    at = run(page("data"))
    assert any("is truncated" in e.value and "Delete it" in e.value for e in at.error)


def test_the_mean_is_each_digits_own() -> None:
    images = torch.zeros(3, 1, 28, 28, dtype=torch.uint8)
    images[0], images[1], images[2, 0, 0, 0] = 255, 51, 255
    means = mean_images(images, torch.tensor([2, 2, 5]))
    assert means[2].unique().tolist() == pytest.approx([0.6])
    assert float(means[5].sum()) == 1.0
    assert float(means[[0, 1, 3, 4, 6, 7, 8, 9]].sum()) == 0.0


def test_the_balance_has_a_bar_a_digit_with_its_count() -> None:
    figure = class_balance([10, 0, 30, *[0] * 7], shown="x").to_plotly_json()
    assert list(figure["data"][0]["y"])[:3] == [10, 0, 30]
    assert figure["data"][0]["text"][2] == "75.0 %"
