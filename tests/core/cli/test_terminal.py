"""What a person reads in the terminal, and what they can paste from it."""

import argparse
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mnist_core import records
from mnist_core.__main__ import run as start
from mnist_core.cli import parser
from mnist_core.cli.main import main
from mnist_core.cli.training import carry_out
from mnist_core.config.settings import TrainConfig
from mnist_core.files import PROJECT_DIR
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.search.folder import Asked, begin_search

Say = pytest.CaptureFixture[str]


def _paste(capsys: Say, text: str, after: str) -> int:
    """Run the command that `text` names after those words, as a shell would."""
    (line,) = (line for line in text.splitlines() if line.startswith(after))
    words = shlex.split(line.removeprefix(after))
    assert words[1:3] == ["-m", "mnist_core"]
    status = main(words[3:])
    assert "no option" not in capsys.readouterr().err
    return status


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        ("train --recipe tinny", "tiny"),
        ("train --recipe global-poling", "global-pooling"),
        ("summary --model recrod", "record"),
        ("train --epoch-count 3", "--epochs"),
        ("train --lr 0.1", "--learning-rate"),
        ("train --dataset=minst", "mnist"),
        ("search --max-parameters 900 --trials 1 --sead 2", "--seed"),
        ("trian", "train"),
        ("runs lst", "list"),
    ],
)
def test_a_slip_is_one_line_that_says_what_was_probably_meant(
    capsys: Say, arguments: str, meant: str
) -> None:
    try:
        status = main(arguments.split())
    except SystemExit as ended:
        status = ended.code
    told = capsys.readouterr().err
    assert status == 2 and told.count("\n") == 1
    assert f"Did you mean {meant!r}?" in told


def test_nothing_is_suggested_that_is_not_alike(capsys: Say) -> None:
    assert main(["train", "--recipe", "zzz"]) == 2
    assert "Did you mean" not in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["runs", "show", "one", "two"])
    assert "'two' is one word too many. See" in capsys.readouterr().err


def test_a_line_stays_for_each_epoch_and_the_result_is_no_list(runs_dir: Path, capsys: Say) -> None:
    train = ["train", "--recipe", "tiny", "--dataset", "digits", "--epochs", "2", "--seed", "4"]
    assert main(train) == 0
    said = capsys.readouterr()
    told = re.findall(
        r"^epoch (\d) of 2 +loss \d\.\d{4} +training .+ % +validation", said.err, re.M
    )
    assert told == ["1", "2"]
    assert "tiny, epochs 2, seed 4, the run" in said.err
    assert "[" not in said.out and re.search(r"^test +\d+\.\d\d % \(\d+ of 300;", said.out, re.M)
    (run,) = list_runs(runs_dir)
    assert str(run.checkpoint_path) in said.out
    assert _paste(capsys, said.err, "Look closer:") == 0


def test_what_a_stopped_run_tells_to_run_next_can_be_pasted(runs_dir: Path, capsys: Say) -> None:
    folder = runs_dir / "of my own"
    options = argparse.Namespace(json=False, runs_dir=folder, data_dir=None)
    run, other = (
        create_run(TrainConfig(dataset="digits", epochs=2), recipe="seed", folder=folder)
        for _ in "12"
    )
    for made in (run, other):
        made.stop()
        assert carry_out(made, options) == 1
    told = capsys.readouterr().err
    assert run.state() == "stopped"
    assert _paste(capsys, told[: told.index(other.id)], "Stopped early. Go on:") == 0
    assert run.state() == "finished"
    assert main(["runs", "list", "--runs-dir", str(folder)]) == 0
    assert re.search(rf"^{other.id} .+stopped .+0 of 2 ", capsys.readouterr().out, re.M)
    assert main(["runs", "show", "--runs-dir", str(folder)]) == 2
    listing = capsys.readouterr().err
    assert _paste(capsys, listing, "Name the run to show; their ids are shown by:") == 0
    assert main(["runs", "delete", other.id, "--runs-dir", str(folder)]) == 0
    deleted = capsys.readouterr().out
    assert _paste(capsys, deleted, f"Deleted {other.id}. Bring it back:") == 0
    assert other.folder.is_dir()


def test_studies_and_searches_are_listed_beside_the_runs(runs_dir: Path, capsys: Say) -> None:
    config = TrainConfig(dataset="digits", epochs=1)
    create_run(config, recipe="tiny", folder=runs_dir / "studies" / "tiny-epochs-1")
    asked = Asked(max_parameters=900, trials=3, dataset="digits")
    begin_search("small", asked, runs_dir)
    broken = begin_search("broken", asked, runs_dir)
    records.write(broken.folder / "search.json", {"of": "another version"})
    assert main(["runs", "list"]) == 0
    listed = capsys.readouterr().out
    assert re.search(r"^tiny-epochs-1 +0 of 1 +– +digits", listed, re.M)
    assert re.search(r"^small +not running +3 +900 +digits", listed, re.M)
    assert "broken" not in listed


def test_everything_a_run_is_stands_in_rows(runs_dir: Path, capsys: Say) -> None:
    run = create_run(TrainConfig(dataset="digits", seed=9), recipe="seed", folder=runs_dir)
    assert main(["runs", "show", run.id]) == 0
    shown = capsys.readouterr().out
    assert re.search(r"^name +seed, .*seed 9", shown, re.M)
    assert re.search(r"^  dataset +digits", shown, re.M)
    assert "{" not in shown and "None" not in shown


def test_the_program_is_called_as_it_was_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/mnist-lab", "train"])
    monkeypatch.setenv("PATH", "")
    assert parser.this_command() == "/somewhere/bin/mnist-lab"
    monkeypatch.setattr(sys, "argv", [str(PROJECT_DIR / "mnist_core" / "__main__.py")])
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert parser.this_command() == "python -m mnist_core"
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(Path(sys.executable).parent.parent)
    python = Path("bin", Path(sys.executable).name)
    assert parser.this_command() == f"{python} -m mnist_core"


def test_it_runs_from_any_folder_as_it_is_installed(runs_dir: Path, tmp_path: Path) -> None:
    # What `pip install -e .` comes to: the folder on the path, and a command that calls `run`.
    script = "import sys; from mnist_core.__main__ import run; sys.exit(run())"
    done = subprocess.run(
        [sys.executable, "-c", script, "evaluate", "tiny", "--dataset", "digits"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT_DIR), "MNIST_RUNS_DIR": str(runs_dir)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "of 300;" in done.stdout


def test_the_projects_file_names_the_command_and_what_it_needs() -> None:
    project = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    module, _, function = project["project"]["scripts"]["mnist-lab"].partition(":")
    assert (module, function) == (start.__module__, start.__name__)
    needed = project["tool"]["setuptools"]["dynamic"]
    files = [needed["dependencies"], *needed["optional-dependencies"].values()]
    assert all((PROJECT_DIR / file["file"][0]).is_file() for file in files)
