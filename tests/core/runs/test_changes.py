"""What was done to a run while it trained."""

from pathlib import Path

import msgspec
import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.runs.changes import in_words
from mnist_core.runs.events import Event, Finished, LearningRateChanged, Paused, Resumed, Started
from mnist_core.runs.folder import create_run
from mnist_core.runs.history import History, read_changes
from mnist_core.runs.log import EventWriter

_STARTED = Started(
    parameters=1,
    num_train=100,
    num_watch=10,
    num_steps=30,
    steps_per_epoch=10,
    first_step=0,
    device="cpu",
    threads=1,
    versions={},
)
_STOPPED = Finished(
    is_complete=False,
    epochs=1,
    step=17,
    test_loss=0.1,
    test_accuracy=97.0,
    test_correct=97,
    test_total=100,
    seconds=30.0,
    images_per_second=100.0,
)


def _gone_on(step: int) -> Started:
    return msgspec.structs.replace(_STARTED, first_step=step)


def _rate(step: int, rate: float) -> LearningRateChanged:
    return LearningRateChanged(step=step, learning_rate=rate)


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([], ""),
        ([msgspec.structs.replace(_STOPPED, is_complete=True)], ""),
        ([_STOPPED], "stopped at epoch 1.7"),
        ([_STOPPED, _gone_on(17)], "stopped and gone on with at epoch 1.7"),
        ([_gone_on(10)], "gone on with after its process had ended at epoch 1"),
        ([Paused(step=5), Resumed(step=5), _rate(5, 0.02)],
         "paused at epoch 0.5; learning rate 0.02 from epoch 0.5 on"),
        ([Paused(step=5), Paused(step=6), Paused(step=7), Paused(step=9)],
         "paused at epoch 0.5, then led step by step to step 7; paused at epoch 0.9"),
        ([_rate(12, 0.02), _rate(13, 0.02), _rate(14, 0.1)],
         "learning rate 0.02 from epoch 1.2 on; learning rate 0.1 from epoch 1.4 on"),
        # What a killed process did after its last saved state is done anew.
        ([Paused(step=5), _rate(12, 0.02), _gone_on(10), _rate(10, 0.02)],
         "paused at epoch 0.5; gone on with after its process had ended at epoch 1;"
         " learning rate 0.02 from epoch 1 on"),
    ],
)  # fmt: skip
def test_what_was_done_is_said_once_and_in_order(
    events: list[Event], told: str, tmp_path: Path
) -> None:
    history = History()
    history.extend([_STARTED, *events])
    assert in_words(history.changes) == told
    run = create_run(TrainConfig(), recipe="seed", folder=tmp_path)
    with EventWriter(run) as writer:
        for event in [_STARTED, *events]:
            writer.write(event)
    assert list(read_changes(run)) == history.changes


def test_only_another_learning_rate_alters_the_result() -> None:
    history = History()
    history.extend([_STARTED, Paused(step=5), _rate(5, 0.02), _STOPPED])
    assert [change.alters_result for change in history.changes] == [False, True, False]


def test_a_run_that_said_nothing_yet_was_not_changed(tmp_path: Path) -> None:
    assert read_changes(create_run(TrainConfig(), recipe="seed", folder=tmp_path)) == ()
