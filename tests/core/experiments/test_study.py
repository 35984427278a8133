import json
import re
import statistics
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import pytest

from mnist_core.cli.main import main
from mnist_core.errors import RecordError
from mnist_core.experiments.executor import Here
from mnist_core.experiments.study import (
    Study,
    list_studies,
    read_study,
    run_study,
    study_folder,
    study_name,
)
from mnist_core.runs.folder import list_runs

_CHANGES = {"dataset": "digits", "epochs": 2}
_NAME = study_name("seed", _CHANGES)


def _study(*accuracies: float) -> Study:
    return Study(
        name="seed",
        recipe="seed",
        dataset="mnist",
        model="seed",
        parameters=16_402,
        epochs=19,
        num_train=60_000,
        test_accuracies=accuracies,
        seconds=tuple(200.0 for _ in accuracies),
        jobs=2,
        date="2026-11-23",
        machine={},
    )


def test_a_study_in_the_shell_trains_each_seed_on_all_images_and_sums_up(
    runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["study", "--recipe", "seed", "--dataset", "digits", "--epochs", "2"]
    assert main([*arguments, "--seeds", "2", "--jobs", "2", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["seeds"] == [0, 1]
    assert told["num_train"] == 1_497  # none held out
    assert told["mean"] == pytest.approx(statistics.fmean(told["test_accuracies"]))
    assert len(set(told["test_accuracies"])) == 2  # two seeds, two networks
    kept = read_study(study_folder(_NAME, runs_dir) / "study.json")
    assert json.loads(json.dumps(kept.to_json())) == told
    assert [study.name for study in list_studies(runs_dir)][-1] == _NAME


@pytest.fixture
def here() -> Iterator[Here]:
    with closing(Here(jobs=1)) as executor:
        yield executor


def test_an_interrupted_study_goes_on_with_its_runs(runs_dir: Path, here: Here) -> None:
    home = study_folder(_NAME, runs_dir)
    with closing(Here(jobs=1)) as killed:
        first = run_study("seed", _CHANGES, num_seeds=2, executor=killed, folder=runs_dir)
        for now in first:
            if now.test_accuracies:
                break
        first.close()
    before = {run.id: run.state() for run in list_runs(home)}
    assert sorted(before.values())[0] == "finished"
    assert "running" not in before.values()
    again = run_study("seed", _CHANGES, num_seeds=2, executor=here, folder=runs_dir)
    last = list(again)[-1]
    assert last.fraction == 1.0 and len(last.test_accuracies) == 2
    assert {run.id for run in list_runs(home)} == set(before)


def test_a_finished_study_is_not_trained_again(runs_dir: Path, here: Here) -> None:
    list(run_study("seed", _CHANGES, num_seeds=1, executor=here, folder=runs_dir))
    (run,) = list_runs(study_folder(_NAME, runs_dir))
    events = run.events_path.read_bytes()
    again = run_study("seed", _CHANGES, num_seeds=1, executor=here, folder=runs_dir)
    told = list(islice(again, 2))
    assert len(told) == 1
    assert run.events_path.read_bytes() == events


def test_the_interval_is_students() -> None:
    study = _study(99.5, 99.6, 99.7)
    assert study.standard_deviation == pytest.approx(0.1)
    assert study.interval is not None
    low, high = study.interval
    assert (high - low) / 2 == pytest.approx(4.303 * 0.1 / 3**0.5, rel=1e-3)
    assert _study(99.5).interval is None


def test_a_damaged_study_says_so(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(RecordError, match=r"study\.json"):
        read_study(path)


@pytest.mark.parametrize("option", ["--seeds", "--jobs"])
def test_a_study_of_nothing_is_refused(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", option, "0"]) == 2
    assert "at least one" in capsys.readouterr().err


def test_every_seed_of_a_study_trains_with_the_same_strokes(
    runs_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "pens.jsonl"
    lines = [{"digit": digit, "strokes": [[[0, 0], [digit, 200]]]} for digit in range(10)]
    file.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    arguments = ["study", "--recipe", "draw", "--dataset", "digits", "--epochs", "1"]
    arguments += ["--seeds", "2", "--jobs", "2", "--strokes", str(file), "--json"]
    assert main(arguments) == 0
    first = json.loads(capsys.readouterr().out)["test_accuracies"]
    home = study_folder(study_name("draw", {"dataset": "digits", "epochs": 1}), runs_dir)
    told = [run.strokes for run in list_runs(home)]
    assert len(told) == 2 and all(one is not None and one.name == "pens.jsonl" for one in told)
    assert main(arguments) == 0  # nothing is trained again
    assert json.loads(capsys.readouterr().out)["test_accuracies"] == first
    assert len(list_runs(home)) == 2


def test_a_line_gives_a_folder_a_plain_name_of_its_own() -> None:
    one, other = (study_name("tiny", {"model": f"8c5 p2 2*{n}c3 max"}) for n in (8, 12))
    assert one != other
    assert re.fullmatch(r"[A-Za-z0-9._-]+", one)
