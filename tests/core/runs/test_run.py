import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_core.config.settings import TrainConfig
from mnist_core.errors import ConfigError, RecordError, RunError
from mnist_core.runs.control import Control, ControlReader, Kind
from mnist_core.runs.events import (
    Epoch,
    Event,
    Failed,
    Finished,
    Paused,
    Resumed,
    Started,
    Step,
    encode,
)
from mnist_core.runs.folder import (
    create_run,
    open_run,
)
from mnist_core.runs.history import History, read_history
from mnist_core.runs.log import EventReader, EventWriter
from mnist_core.runs.run import Run

_CONFIG = TrainConfig(dataset="digits", epochs=3, seed=4)


def _step(number: int) -> Step:
    return Step(
        step=number,
        epoch=number / 10,
        loss=1.0 / number,
        learning_rate=0.1,
        gradient_norm=1.0,
        images_per_second=100.0,
        seconds=float(number),
    )


def _epoch(number: int) -> Epoch:
    return Epoch(
        epoch=number,
        step=10 * number,
        train_loss=0.5,
        train_accuracy=90.0,
        watch_loss=0.5,
        watch_accuracy=91.0,
        seconds=10.0 * number,
    )


def _started(first_step: int = 0) -> Started:
    return Started(
        parameters=1,
        num_train=100,
        num_watch=10,
        num_steps=30,
        steps_per_epoch=10,
        first_step=first_step,
        device="cpu",
        threads=1,
        versions={},
    )


def _finished(is_complete: bool) -> Finished:
    return Finished(
        is_complete=is_complete,
        epochs=3,
        step=30,
        test_loss=0.1,
        test_accuracy=97.0,
        test_correct=97,
        test_total=100,
        seconds=30.0,
        images_per_second=100.0,
    )


def _write(run: Run, *events: Event) -> None:
    with EventWriter(run) as writer:
        for event in events:
            writer.write(event)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return create_run(_CONFIG, recipe="seed", folder=tmp_path)


def test_a_run_keeps_its_settings_and_recipe(run: Run, tmp_path: Path) -> None:
    found = open_run(run.id, tmp_path)
    assert (found.config, found.recipe) == (_CONFIG, "seed")


def test_an_unreadable_description_is_named_with_the_remedy(run: Run) -> None:
    (run.folder / "run.json").write_text("{")
    with pytest.raises(RecordError, match=r"run\.json cannot be read.*Put the run aside"):
        _ = run.config


def test_each_reading_gives_only_what_is_new(run: Run) -> None:
    reader = EventReader(run)
    assert reader.read() == []
    _write(run, _step(1))
    assert reader.read() == [_step(1)]
    _write(run, _step(2), _step(3))
    assert reader.read() == [_step(2), _step(3)]
    assert reader.read() == []


def test_a_line_half_written_waits_for_its_end(run: Run) -> None:
    line = encode(_step(1)).encode() + b"\n"
    reader = EventReader(run)
    run.events_path.write_bytes(line + line[:10])
    assert len(reader.read()) == 1
    with run.events_path.open("ab") as file:
        file.write(line[10:])
    assert reader.read() == [_step(1)]


def test_a_line_torn_by_a_kill_is_dropped_before_the_next_is_written(run: Run) -> None:
    run.events_path.write_bytes(encode(_step(1)).encode() + b'\n{"event":"st')
    _write(run, _step(2))
    assert EventReader(run).read() == [_step(1), _step(2)]


@pytest.mark.parametrize(
    ("last", "state"),
    [
        (_finished(True), "finished"),
        (_finished(False), "stopped"),
        (Failed(message="no"), "failed"),
        (_step(1), "lost"),
    ],
)
def test_a_run_without_a_process_stands_where_its_last_event_says(
    run: Run, last: Step | Finished | Failed, state: str
) -> None:
    _write(run, last)
    assert run.state() == state


def test_a_new_run_waits_and_one_that_nobody_took_is_lost(run: Run) -> None:
    assert run.state() == "waiting"
    os.utime(run.folder / "run.json", (0, 0))
    assert run.state() == "lost"


def test_a_run_is_running_exactly_as_long_as_its_process_lives(run: Run) -> None:
    _write(run, _step(1))
    code = (
        "import sys; from pathlib import Path; from mnist_core.runs.run import Run\n"
        "with Run(Path(sys.argv[1])).lock(): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(run.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert run.state() == "running"
        process.kill()
        process.wait()
    assert run.state() == "lost"


def test_a_stop_is_asked_for_and_forgotten_when_the_run_goes_on(run: Run) -> None:
    _write(run, _finished(False))
    run.stop()
    assert run.control().stop
    run.prepare_to_resume()
    assert not run.control().stop


def test_a_finished_run_does_not_go_on(run: Run) -> None:
    _write(run, _finished(True))
    with pytest.raises(RunError, match="is finished"):
        run.prepare_to_resume()


def test_a_resumed_run_forgets_the_steps_it_walks_again() -> None:
    history = History()
    history.extend([_started(), _step(10), _epoch(1), _step(15), Failed(message="disk full")])
    history.extend([_started(first_step=10), _step(11)])
    assert [step.step for step in history.steps] == [10, 11]
    assert [epoch.epoch for epoch in history.epochs] == [1]
    assert history.failed is None


def test_a_pause_tells_the_step_it_is_at_between_two_that_are_told() -> None:
    history = History()
    history.extend([_started(), _step(10), Paused(step=14)])
    assert history.num_steps_done == 14
    history.extend([Resumed(step=14), _step(20)])
    assert history.num_steps_done == 20


def test_the_time_left_is_told_from_this_processs_own_pace() -> None:
    history = History()
    history.extend([_started(), _step(1), _step(10)])
    assert history.seconds_left == pytest.approx(20.0)
    assert history.fraction_done == pytest.approx(1 / 3)
    history.extend([_started(first_step=10)])
    assert history.seconds_left is None


def test_all_that_a_run_said_is_read_back(run: Run) -> None:
    _write(run, _started(), _step(1), _epoch(1), _finished(True))
    history = read_history(run)
    assert (history.started, history.finished) == (_started(), _finished(True))
    assert (history.steps, history.epochs) == ([_step(1)], [_epoch(1)])


def test_a_run_is_told_one_thing_without_forgetting_another(run: Run) -> None:
    reader = ControlReader(run.control_path)
    assert reader.read() == Control()
    run.change_learning_rate(0.05)
    run.pause()
    assert reader.read() == Control(pause_at=0, learning_rate=0.05)
    run.make_one_step(steps_done=7)
    assert reader.read().pause_at == 8
    run.resume()
    assert reader.read() == Control(learning_rate=0.05)


def test_a_learning_rate_out_of_bounds_is_not_passed_on(run: Run) -> None:
    with pytest.raises(ConfigError, match="Learning rate"):
        run.change_learning_rate(0.0)
    assert run.control() == Control()


def test_a_runs_probe_is_kept_pixel_by_pixel(tmp_path: Path) -> None:
    probe = bytes(range(256)) * 3 + bytes(16)
    assert create_run(_CONFIG, recipe="seed", folder=tmp_path, probe=probe).probe == probe
    assert create_run(_CONFIG, recipe="seed", folder=tmp_path).probe is None


def test_a_run_of_another_version_is_told_apart_and_not_listed_with_its_settings(
    run: Run,
) -> None:
    about = json.loads((run.folder / "run.json").read_text())
    about["config"]["threads"] = 0
    (run.folder / "run.json").write_text(json.dumps(about))
    assert not run.is_readable()
    with pytest.raises(RecordError, match="Threads.*with settings of this version"):
        _ = run.config


def test_a_setting_of_another_version_is_not_ignored(run: Run) -> None:
    about = json.loads((run.folder / "run.json").read_text())
    about["config"]["lerning_rate"] = 0.1
    (run.folder / "run.json").write_text(json.dumps(about))
    with pytest.raises(RecordError, match="lerning_rate"):
        _ = run.config


@pytest.mark.parametrize("kind", ["training", "lr_search", "fine_tuning"])
def test_a_run_says_in_one_field_what_kind_it_is(tmp_path: Path, kind: Kind) -> None:
    run = create_run(_CONFIG, recipe="seed", folder=tmp_path, kind=kind)
    assert run.kind == kind and run.is_readable()
    assert json.loads((run.folder / "run.json").read_text())["kind"] == kind


def test_a_run_of_a_later_versions_kind_is_told_apart(run: Run) -> None:
    about = json.loads((run.folder / "run.json").read_text())
    (run.folder / "run.json").write_text(json.dumps(about | {"kind": "distillation"}))
    assert not run.is_readable()
    with pytest.raises(RecordError, match="distillation"):
        _ = run.kind
