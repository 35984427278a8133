"""How far to trust a network: temperature, doubt, and what a card says of both."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_core import records
from mnist_core.checkpoints.card import KeptCalibration
from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.data.datasets import load_data, load_part
from mnist_core.errors import CheckpointError, RecordError
from mnist_core.inference.calibration import Calibration, Pens, calibrate, fit_temperature
from mnist_core.inference.non_digits import CHOOSING, HELD_OUT, draw_non_digits
from mnist_core.inference.outliers import logits_and_features
from mnist_core.models import MODELS, build_model
from mnist_core.predict import Predictor
from mnist_core.runs.catalogue import find_checkpoint
from mnist_core.strokes.files import PenDigit
from mnist_core.strokes.redrawn import Redrawn


def test_the_temperature_undoes_too_much_confidence() -> None:
    random = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(4000, 10, generator=random)
    labels = torch.multinomial(logits.softmax(1), 1, generator=random)[:, 0]
    assert fit_temperature(logits, labels) == pytest.approx(1, abs=0.06)
    assert fit_temperature(3 * logits, labels) == pytest.approx(3, abs=0.18)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_features_tell_what_the_convolutions_found(name: str) -> None:
    model = build_model(name).eval().requires_grad_(False)
    with torch.inference_mode():
        images = torch.rand(3, 1, 28, 28)
        logits, features = logits_and_features(model, images)
        torch.testing.assert_close(logits, model(images))
        one = logits_and_features(model, images[1:2])[1]
    *found, last = [module for module in model.modules() if isinstance(module, torch.nn.Conv2d)]
    assert last.out_channels == 10
    channels = sum(convolution.out_channels for convolution in found)
    assert features.shape == (3, 2 * channels + 9 * found[-1].out_channels)
    torch.testing.assert_close(one[0], features[1], atol=1e-5, rtol=1e-5)
    assert not any(module._forward_hooks for module in model.modules())


def test_threads_do_not_get_each_others_features() -> None:
    model = build_model("seed").eval()
    images = torch.rand(40, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = logits_and_features(model, images)[1]

        def ask(number: int) -> torch.Tensor:
            with torch.no_grad():
                return logits_and_features(model, images[number : number + 1])[1][0]

        with ThreadPoolExecutor(8) as pool:
            found = torch.stack(list(pool.map(ask, range(40))))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


def test_without_a_calibration_an_even_answer_is_doubtful() -> None:
    with torch.inference_mode():
        probabilities, doubts = Calibration().predict(
            build_model("seed").eval(), torch.zeros(1, 1, 28, 28)
        )
    assert bool(doubts[0]) and float(probabilities.max()) < 0.8


def test_a_calibration_comes_back_from_its_card() -> None:
    before = Calibration(temperature=1.25, threshold=-2.5, weights=(0.5, -1.0), facts={"all": 0.1})
    kept = records.encode(before.to_card())
    found = records.decode(kept, KeptCalibration, file="it", remedy="")
    assert Calibration.of_card(found) == before
    assert Calibration.of_card(None) == Calibration()


@pytest.mark.parametrize(
    "change",
    [
        '"temperature":0',
        '"temperature":"hot"',
        '"threshold":NaN',
        '"threshold":1' + 400 * "0",
        '"weights":"1 two"',
        '"weights":"1e999"',
        '"weights":[1,2]',
        '"facts":null',
    ],
)
def test_a_damaged_calibration_is_refused(change: str) -> None:
    whole = records.encode(Calibration().to_card()).decode().rstrip("}\n")
    with pytest.raises(RecordError, match="cannot be read"):
        records.decode(f"{whole},{change}}}".encode(), KeptCalibration, file="it", remedy="")


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(CheckpointError, match="another network"):
        Calibration(weights=(1.0, 2.0)).predict(
            build_model("seed").eval(), torch.zeros(1, 1, 28, 28)
        )


def test_shapes_are_the_same_for_a_seed_and_others_for_another() -> None:
    first, again, other = (draw_non_digits(CHOOSING, 2, seed=seed) for seed in (1, 1, 2))
    for kind, images in first.items():
        np.testing.assert_array_equal(images, again[kind])
        assert (images != other[kind]).any()


def test_no_kind_of_shape_is_both_chosen_on_and_held_out() -> None:
    assert not set(CHOOSING) & set(HELD_OUT)
    assert not set(CHOOSING.values()) & set(HELD_OUT.values())


def test_a_network_can_be_calibrated_on_the_embedded_digits_and_stays_as_it_is() -> None:
    model, _ = load_checkpoint(find_checkpoint("seed"))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    digits = load_data("digits")
    found = calibrate(model, digits.train[0], digits.watch)
    like = calibrate(model, digits.train[0], None, like=Calibration(temperature=1.5))
    assert found.temperature != 1 and like.temperature == 1.5
    assert found.facts["shapes_accepted"]["all"] < 0.2
    assert not model.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_pen_digits_that_were_trained_on_are_not_taken_for_scribbles() -> None:
    model, _ = load_checkpoint(find_checkpoint("seed"))
    digits = load_data("digits")
    flagged = np.array([[0, 120], [90, 0], [95, 200]], np.float32)
    strokes = Redrawn([PenDigit(digit=1, strokes=(flagged,))])
    pens = Pens(
        varied=strokes.draw_some(300, seed=1),
        as_written=strokes.draw_some(300, seed=3, as_written=True),
    )
    found = [
        calibrate(
            model, digits.train[0], digits.watch, num_non_digits=40, is_measured=False, pens=given
        )
        for given in (None, pens)
    ]
    others = strokes.draw_some(300, seed=2, as_written=True).float() / 255
    with torch.inference_mode():
        doubted = [float(one.predict(model, others)[1].float().mean()) for one in found]
    assert doubted[1] < 0.04 < doubted[0]
    assert [one.facts.get("pen_digits_accepted") for one in found] == [None, 0.99]


def test_the_shipped_seed_doubts_shapes_it_never_met() -> None:
    predictor = Predictor.load("seed")
    shapes = draw_non_digits(HELD_OUT, 40, seed=9)
    images = torch.from_numpy(np.concatenate(list(shapes.values())))
    with torch.inference_mode():
        _, doubts = predictor.calibration.predict(predictor.model, images)
    assert float(doubts.float().mean()) > 0.7


@pytest.mark.mnist
def test_the_shipped_seed_accepts_digits_it_never_met(mnist_dir: Path) -> None:
    predictor = Predictor.load("seed")
    images, labels = load_part("mnist", "test", data_dir=mnist_dir)
    with torch.inference_mode():
        probabilities, doubts = predictor.calibration.predict(
            predictor.model, images[:3000].float() / 255
        )
    assert float(doubts.float().mean()) < 0.03
    sure = ~doubts
    assert float((probabilities.argmax(1) == labels[:3000])[sure].float().mean()) > 0.99
