import inspect
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_core.cli.main import COMMANDS, load_command, main
from mnist_core.config.settings import TrainConfig
from mnist_core.runs.folder import create_run
from mnist_core.training.worker import perform

Say = pytest.CaptureFixture[str]


def _json(capsys: Say, *arguments: str) -> dict[str, object]:
    assert main([*arguments, "--json"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    return json.loads(lines[0])


def _train(capsys: Say, *arguments: str) -> dict[str, object]:
    short = ("--dataset", "digits", "--epochs", "2", "--threads", "1")
    return _json(capsys, "train", "--recipe", "seed", *short, *arguments)


@pytest.mark.usefixtures("runs_dir")
def test_training_prints_one_object_with_all_that_was_promised(capsys: Say) -> None:
    result = _train(capsys, "--seed", "3")
    assert result["model"] == "seed" and result["parameters"] == 16_402
    assert (result["epochs"], result["seed"], result["dataset"]) == (2, 3, "digits")
    assert isinstance(result["validation_accuracy"], list)
    assert len(result["validation_accuracy"]) == 2
    assert isinstance(result["seconds"], float) and isinstance(result["images_per_second"], float)
    assert Path(str(result["checkpoint"])).is_file()
    assert "test_accuracy_by_epoch" not in result


@pytest.mark.usefixtures("runs_dir")
def test_a_run_evaluates_to_the_accuracy_it_printed(capsys: Say) -> None:
    result = _train(capsys)
    for name in (str(result["run"]), str(result["checkpoint"])):
        found = _json(capsys, "evaluate", name)
        assert found["accuracy"] == result["test_accuracy"]
        assert found["total"] == 300 and found["parameters"] == 16_402
        confusion = np.array(found["confusion"])
        assert confusion.shape == (10, 10) and confusion.sum() == 300
        assert np.trace(confusion) == found["correct"]


@pytest.mark.usefixtures("runs_dir")
def test_watching_the_test_set_is_told_epoch_by_epoch(capsys: Say) -> None:
    result = _train(capsys, "--watch", "test")
    assert isinstance(result["test_accuracy_by_epoch"], list)
    assert result["test_accuracy_by_epoch"][-1] == result["test_accuracy"]
    assert result["validation_accuracy"] == []


@pytest.mark.usefixtures("runs_dir")
def test_the_same_command_gives_the_same_weights(capsys: Say) -> None:
    first, second = _train(capsys), _train(capsys)
    files = [Path(str(result["checkpoint"])).read_bytes() for result in (first, second)]
    assert files[0] == files[1]


def test_runs_are_listed_shown_and_deleted(capsys: Say, runs_dir: Path) -> None:
    run = str(_train(capsys, "--seed", "5", "--learning-rate", "0.05")["run"])
    listed = _json(capsys, "runs", "list")["runs"]
    assert isinstance(listed, list) and [row["id"] for row in listed] == [run]
    assert (listed[0]["state"], listed[0]["seed"], listed[0]["epochs_done"]) == ("finished", 5, 2)
    assert "learning_rate 0.05" in listed[0]["changes"]
    assert _json(capsys, "runs", "show", run)["dataset"] == "digits"
    assert _json(capsys, "runs", "delete", run) == {"deleted": run}
    told = _json(capsys, "runs", "list")
    assert told == {"runs": [], "unreadable": [], "studies": [], "searches": []}
    assert _json(capsys, "runs", "restore", run) == {"restored": run}
    assert (runs_dir / run / "model.safetensors").is_file()


def test_searches_are_not_listed_and_a_damaged_folder_hides_no_run(
    capsys: Say, runs_dir: Path
) -> None:
    config = TrainConfig(dataset="digits")
    shown = [
        create_run(config, recipe="seed", folder=runs_dir, kind=kind).id
        for kind in ("training", "fine_tuning")
    ]
    create_run(config, recipe="seed", folder=runs_dir, kind="lr_search")
    damaged = create_run(config, recipe="seed", folder=runs_dir)
    (damaged.folder / "run.json").write_text("{")
    listed = _json(capsys, "runs", "list")["runs"]
    assert isinstance(listed, list)
    assert sorted(row["id"] for row in listed) == sorted(shown)
    assert {row["kind"] for row in listed} == {"training", "fine_tuning"}


def test_a_stopped_run_is_resumed_to_its_end(capsys: Say, runs_dir: Path) -> None:
    config = TrainConfig(dataset="digits", epochs=2, threads=1)
    run = create_run(config, recipe="seed", folder=runs_dir)
    run.stop()
    list(perform(run))
    assert run.state() == "stopped"
    result = _json(capsys, "runs", "resume", run.id)
    assert result["epochs"] == 2 and run.state() == "finished"
    assert main(["runs", "resume", run.id]) == 2
    assert "is finished" in capsys.readouterr().err


def test_a_stopped_run_is_measured_on_the_test_set_when_its_end_is_said(
    capsys: Say, runs_dir: Path
) -> None:
    run = create_run(TrainConfig(dataset="digits", epochs=2), recipe="seed", folder=runs_dir)
    run.stop()
    list(perform(run))
    result = _json(capsys, "runs", "finish", run.id)
    assert result["test_total"] == 300 and result["epochs"] == 0
    assert main(["runs", "finish", run.id]) == 2
    assert "only a stopped one can be finished" in capsys.readouterr().err


@pytest.mark.usefixtures("runs_dir")
def test_tensorboard_reads_a_runs_curves(capsys: Say) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result = _train(capsys, "--tensorboard")
    found = EventAccumulator(str(Path(str(result["checkpoint"])).parent / "tensorboard")).Reload()
    assert [round(e.value, 3) for e in found.Scalars("accuracy/watched")] == pytest.approx(
        result["validation_accuracy"], abs=0.01
    )
    assert found.Scalars("loss/train")[0].step == 1


def test_the_summary_is_printed_and_as_json(capsys: Say) -> None:
    assert main(["summary", "--model", "seed"]) == 0
    assert "Total params: 16,402" in capsys.readouterr().out
    found = _json(capsys, "summary", "--model", "seed")
    assert found["total_parameters"] == 16_402
    assert found["total_mb"] == 0.24


def test_pictures_are_predicted_and_a_blank_one_has_no_digit(capsys: Say, tmp_path: Path) -> None:
    blank, bar = tmp_path / "blank.png", tmp_path / "bar.png"
    Image.new("L", (100, 100), 255).save(blank)
    picture = np.full((100, 100), 255, np.uint8)
    picture[20:80, 46:54] = 0
    Image.fromarray(picture).save(bar)
    found = _json(capsys, "predict", str(blank), str(bar))
    assert isinstance(found["predictions"], list)
    first, second = found["predictions"]
    assert first == {
        "file": str(blank),
        "digit": None,
        "probabilities": None,
        "number": None,
        "is_doubtful": False,
    }
    assert (second["digit"], second["number"]) == (1, "1") and len(second["probabilities"]) == 10


def test_a_picture_of_two_digits_has_a_number_and_no_digit(capsys: Say, tmp_path: Path) -> None:
    path, touching = tmp_path / "eleven.png", tmp_path / "touching.png"
    picture = np.full((100, 100), 255, np.uint8)
    picture[20:80, 26:34] = picture[20:80, 66:74] = 0
    Image.fromarray(picture).save(path)
    picture[46:54, 0:100] = 0
    Image.fromarray(picture[40:60]).save(touching)
    found = _json(capsys, "predict", str(path), str(touching))
    assert isinstance(found["predictions"], list)
    several, blot = found["predictions"]
    assert (several["digit"], several["probabilities"]) == (None, None)
    assert (several["number"], several["is_doubtful"]) == ("11", False)
    assert (blot["digit"], blot["number"], blot["is_doubtful"]) == (None, "?", True)
    assert main(["predict", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 11\n"


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["train", "--recipe", "magic"], "Known are quick"),
        (["train", "--dataset", "digits", "--epochs", "0"], "between 1 and 100"),
        (["runs", "resume", "no-run"], "There is no run"),
        (["evaluate", "nothing"], "Name a shipped model"),
        (["predict", "nowhere.png"], "does not exist"),
        (["runs", "show"], "Name the run to show"),
        (["summary", "--model", "resnet"], "Known are seed"),
    ],
)
@pytest.mark.usefixtures("runs_dir")
def test_a_mistake_is_one_line_with_the_remedy_and_exit_status_2(
    capsys: Say, arguments: list[str], remedy: str
) -> None:
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert remedy in said.err and said.err.count("\n") == 1


def test_an_unknown_option_is_one_line_and_exit_status_2(capsys: Say) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "--epoch-count", "3"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("runs_dir")
def test_training_without_data_names_the_file_and_the_ways_to_get_it(
    capsys: Say, tmp_path: Path
) -> None:
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"):
        (raw / name).write_bytes(b"\0\0\10\3")
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        (raw / name).touch()
    assert main(["train", "--data-dir", str(tmp_path / "data")]) == 2
    said = capsys.readouterr()
    assert "train-images-idx3-ubyte is truncated" in said.err and "Delete it" in said.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("train --help", "--learning-rate"),
        ("train --epochs 0", "between 1 and 100"),
        ("train --recipe magic", "Known are quick"),
        ("train --learning-rate x", "invalid float value"),
        ("study --seeds 0", "at least one seed"),
        ("runs show", "Name the run"),
        ("runs resume no-run", "There is no run"),
        ("runs list", "There are no runs"),
    ],
)
@pytest.mark.usefixtures("runs_dir")
def test_help_and_mistakes_are_told_without_loading_torch(arguments: str, told: str) -> None:
    code = (
        "import sys\nfrom mnist_core.cli.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments.split()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert told in done.stdout + done.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_function(name: str) -> None:
    command = load_command(name)
    assert command.__module__.startswith("mnist_core.cli.")
    assert list(inspect.signature(command).parameters) == ["options"]
