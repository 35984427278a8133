import math
from collections.abc import Callable, Iterator

import pytest
import torch

from mnist_core.config.settings import TrainConfig
from mnist_core.data.datasets import Digits, load_data
from mnist_core.errors import ConfigError
from mnist_core.runs.events import Epoch, Event, Failed, Finished, Started, Step, Tick
from mnist_core.training.loop import share_of_learning_rate, train
from mnist_core.training.state import TrainState

_CONFIG = TrainConfig(
    dataset="digits",
    epochs=2,
    batch_size=64,
    ema_decay=0.9,
    dropout=0.2,
    rotation=10,
    shift=1,
    thickness=0.3,
    weight_decay=0.001,
)


@pytest.fixture(scope="module")
def digits() -> Digits:
    return load_data("digits")


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _run(config: TrainConfig, digits: Digits) -> tuple[TrainState, list[Event]]:
    state = TrainState(config)
    return state, list(train(state, digits))


def _weights(state: TrainState) -> torch.Tensor:
    return torch.cat([value.flatten().double() for value in state.result.state_dict().values()])


def _advance(events: Iterator[Event], until: Callable[[], bool]) -> None:
    for _ in events:
        if until():
            return


def test_a_run_tells_its_start_each_epoch_and_its_end(digits: Digits) -> None:
    _, events = _run(_CONFIG, digits)
    told = [event for event in events if not isinstance(event, Tick | Step)]
    assert [type(event) for event in told] == [Started, Epoch, Epoch, Finished]
    started, *epochs, finished = told
    assert isinstance(started, Started) and isinstance(finished, Finished)
    assert (started.num_train, started.steps_per_epoch, started.num_steps) == (1_200, 19, 38)
    assert [epoch.epoch for epoch in epochs if isinstance(epoch, Epoch)] == [1, 2]
    assert finished.is_complete and finished.epochs == 2 and finished.test_total == 300


def test_every_batch_yields_once_so_that_a_stop_acts_within_one(digits: Digits) -> None:
    _, events = _run(_CONFIG, digits)
    assert sum(isinstance(event, Tick | Step) for event in events) == 38


def test_the_first_and_the_last_step_are_told(digits: Digits) -> None:
    _, events = _run(_CONFIG, digits)
    steps = [event.step for event in events if isinstance(event, Step)]
    assert steps == [1, 10, 20, 30, 38]


def test_a_network_learns_the_small_set(digits: Digits) -> None:
    _, events = _run(_CONFIG.replace(epochs=8, dropout=0.0), digits)
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.test_accuracy > 85
    assert finished.test_accuracy == pytest.approx(100 * finished.test_correct / 300)


def test_the_same_seed_gives_the_same_weights_bit_for_bit(digits: Digits) -> None:
    assert torch.equal(_weights(_run(_CONFIG, digits)[0]), _weights(_run(_CONFIG, digits)[0]))


def test_another_seed_gives_other_weights(digits: Digits) -> None:
    other = _CONFIG.replace(seed=1)
    assert not torch.equal(_weights(_run(_CONFIG, digits)[0]), _weights(_run(other, digits)[0]))


def test_weights_do_not_depend_on_what_was_drawn_before(digits: Digits) -> None:
    torch.manual_seed(5)
    first = _weights(_run(_CONFIG, digits)[0])
    torch.manual_seed(6)
    assert torch.equal(first, _weights(_run(_CONFIG, digits)[0]))


@pytest.mark.parametrize("stop_after", [1, 7, 19, 30])
def test_going_on_from_a_saved_state_equals_never_stopping(digits: Digits, stop_after: int) -> None:
    whole, events = _run(_CONFIG, digits)
    first = TrainState(_CONFIG)
    _advance(train(first, digits), lambda: first.step == stop_after)
    tensors = {name: value.clone().contiguous() for name, value in first.tensors().items()}
    second = TrainState(_CONFIG)
    second.restore(tensors, first.numbers())
    later = list(train(second, digits))
    assert torch.equal(_weights(second), _weights(whole))
    told = [event for event in later if isinstance(event, Epoch)]
    expected = [event for event in events if isinstance(event, Epoch)][-len(told) :]
    assert [(e.train_loss, e.watch_loss) for e in told] == [
        (e.train_loss, e.watch_loss) for e in expected
    ]


def test_a_requested_stop_ends_the_run_after_the_batch_with_a_result(digits: Digits) -> None:
    state = TrainState(_CONFIG)
    events = train(state, digits)
    _advance(events, lambda: state.step == 5)
    state.stop_is_requested = True
    finished = list(events)
    assert len(finished) == 1 and isinstance(finished[0], Finished)
    assert not finished[0].is_complete and finished[0].step == 5
    assert finished[0].epochs == round(5 / 19, 4)  # 1,200 images in batches of 64


def test_a_learning_rate_far_too_high_ends_with_advice(digits: Digits) -> None:
    config = _CONFIG.replace(epochs=30, learning_rate=2.0, schedule="constant", momentum=0.99)
    _, events = _run(config, digits)
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert "learning rate" in failed.message


def test_training_images_are_shuffled_and_each_seen_once_an_epoch(
    digits: Digits, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []
    from mnist_core.training import loop as module

    real = module.train_step

    def spy(state: TrainState, images: torch.Tensor, labels: torch.Tensor, rate: float):
        seen.append(labels)
        return real(state, images, labels, rate)

    monkeypatch.setattr(module, "train_step", spy)
    _run(_CONFIG, digits)
    first, second = torch.cat(seen).split(1_200)
    assert not torch.equal(first, second) and not torch.equal(first, digits.train[1])
    assert torch.equal(first.bincount(), digits.train[1].bincount())


def test_the_test_set_does_not_change_what_is_learned(digits: Digits) -> None:
    nonsense = Digits(
        train=digits.train,
        watch=digits.watch,
        test=(digits.test[0], (digits.test[1] + 1) % 10),
        source="digits",
    )
    assert torch.equal(_weights(_run(_CONFIG, digits)[0]), _weights(_run(_CONFIG, nonsense)[0]))


def test_the_result_is_that_of_the_last_epoch(digits: Digits) -> None:
    state, events = _run(_CONFIG.replace(watch="test"), load_data("digits", watch="test"))
    epochs = [event for event in events if isinstance(event, Epoch)]
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.test_accuracy == epochs[-1].watch_accuracy
    assert state.step == finished.step


def test_the_learning_rate_rises_to_its_peak_and_falls_almost_to_zero() -> None:
    config = TrainConfig(warmup=0.2)
    rates = [share_of_learning_rate(step, 100, config) for step in range(100)]
    assert max(rates) == pytest.approx(1) and rates.index(max(rates)) in (19, 20)
    assert 0 < rates[-1] < 0.02 and 0 < rates[0] < 0.06
    assert rates[:20] == sorted(rates[:20]) and rates[20:] == sorted(rates[20:], reverse=True)


def test_a_constant_learning_rate_is_constant() -> None:
    config = TrainConfig(schedule="constant")
    assert {share_of_learning_rate(step, 100, config) for step in range(100)} == {1.0}


def test_averaged_weights_are_not_those_of_the_last_step(digits: Digits) -> None:
    state, _ = _run(_CONFIG, digits)
    assert state.averaged is state.result
    ours = dict(state.result.named_parameters())
    last = dict(state.model.named_parameters())
    assert not torch.equal(ours["layers.0.conv.weight"], last["layers.0.conv.weight"])
    plain, _ = _run(_CONFIG.replace(ema_decay=0.0), digits)
    assert plain.result is plain.model


def test_a_gpu_that_is_not_there_is_refused_with_the_remedy() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU here")
    with pytest.raises(ConfigError, match="auto or cpu"):
        TrainState(_CONFIG.replace(device="cuda"))


def test_speed_and_time_are_told_as_they_are(digits: Digits) -> None:
    _, events = _run(_CONFIG, digits)
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.images_per_second == pytest.approx(2 * 1_200 / finished.seconds)
    assert math.isfinite(finished.test_loss)
