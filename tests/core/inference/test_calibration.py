"""How far to trust a network: temperature, doubt, and what a card says of the first."""

import pytest
import torch

from mnist_core import records
from mnist_core.checkpoints.card import KeptCalibration
from mnist_core.checkpoints.weights import load_checkpoint
from mnist_core.data.datasets import load_data, load_part
from mnist_core.errors import RecordError
from mnist_core.inference.calibration import Calibration, calibrate, fit_temperature
from mnist_core.models import build_model
from mnist_core.predict import Predictor
from mnist_core.runs.catalogue import find_checkpoint


def test_the_temperature_undoes_too_much_confidence() -> None:
    random = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(4000, 10, generator=random)
    labels = torch.multinomial(logits.softmax(1), 1, generator=random)[:, 0]
    assert fit_temperature(logits, labels) == pytest.approx(1, abs=0.06)
    assert fit_temperature(3 * logits, labels) == pytest.approx(3, abs=0.18)


def test_without_a_calibration_an_even_answer_to_a_digit_is_doubtful() -> None:
    digit = load_part("digits", "test")[0][:1].float() / 255
    untrained = build_model("seed").eval()
    with torch.inference_mode():
        probabilities, doubts = Calibration().predict(untrained, digit)
        _, fitted = Calibration(is_fitted=True).predict(untrained, digit)
    assert float(probabilities.max()) < 0.8
    assert bool(doubts[0]) and not bool(fitted[0])


def test_a_calibration_comes_back_from_its_card() -> None:
    before = Calibration(temperature=1.25, is_fitted=True)
    kept = records.encode(before.to_card())
    found = records.decode(kept, KeptCalibration, file="it", remedy="")
    assert Calibration.of_card(found) == before
    assert Calibration.of_card(None) == Calibration()


def test_what_older_cards_keep_besides_is_passed_over() -> None:
    kept = b'{"temperature": 0.9, "threshold": -2.5, "weights": "0.5 1", "facts": {"all": 0.1}}'
    found = records.decode(kept, KeptCalibration, file="it", remedy="")
    assert Calibration.of_card(found) == Calibration(temperature=0.9, is_fitted=True)


@pytest.mark.parametrize("temperature", ["0", '"hot"', "NaN", "1e999", "1" + 400 * "0", "null"])
def test_a_damaged_calibration_is_refused(temperature: str) -> None:
    content = f'{{"temperature": {temperature}}}'.encode()
    with pytest.raises(RecordError, match="cannot be read"):
        records.decode(content, KeptCalibration, file="it", remedy="")


def test_a_network_can_be_calibrated_on_the_embedded_digits_and_stays_as_it_is() -> None:
    model, _ = load_checkpoint(find_checkpoint("seed"))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    found = calibrate(model, *load_data("digits").watch)
    assert found.temperature != 1 and found.is_fitted
    assert not model.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name])


def test_an_empty_square_is_no_digit_to_the_shipped_seed() -> None:
    predictor = Predictor.load("seed")
    with torch.inference_mode():
        _, doubts = predictor.calibration.predict(predictor.model, torch.zeros(1, 1, 28, 28))
    assert bool(doubts[0])
