import msgspec

from mnist_core.runs.events import (
    Epoch,
    Failed,
    Finished,
    LearningRateFound,
    Preparing,
    Step,
    decode,
    encode,
)

_EVENTS = (
    Preparing(message="Reading digits"),
    Step(
        step=10,
        epoch=0.5,
        loss=0.25,
        learning_rate=0.1,
        gradient_norm=1.5,
        images_per_second=4000.0,
        seconds=0.2,
    ),
    Epoch(
        epoch=1,
        step=20,
        train_loss=0.5,
        train_accuracy=90.0,
        watch_loss=0.25,
        watch_accuracy=95.0,
        seconds=0.5,
    ),
    LearningRateFound(learning_rate=0.05),
    Failed(message="A line\nand another: “ü”"),
)


def test_an_event_survives_its_line() -> None:
    for event in _EVENTS:
        line = encode(event)
        assert "\n" not in line
        assert decode(line) == event


def test_the_name_that_version_0_2_gave_to_a_found_learning_rate_is_known() -> None:
    assert decode('{"event":"swept","learning_rate":0.05}') == LearningRateFound(learning_rate=0.05)


def test_an_event_of_a_later_version_is_passed_over() -> None:
    assert decode('{"event":"telepathy","thought":7}') is None


def test_a_finished_run_says_on_how_many_images_it_was_tested() -> None:
    names = {field.name for field in msgspec.structs.fields(Finished)}
    assert {"test_correct", "test_total", "is_complete"} <= names
