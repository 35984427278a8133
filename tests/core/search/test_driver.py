"""A search: the same trials here and on a cluster, refusals, pruning; the test set stays shut."""

import dataclasses
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mnist_core.cli.main import main
from mnist_core.config.recipes import get_recipe
from mnist_core.data.mnist import MNIST_FILES
from mnist_core.errors import ConfigError, RunError
from mnist_core.experiments.executor import Executor, Here
from mnist_core.networks.named import describe
from mnist_core.runs.events import Scored
from mnist_core.runs.folder import create_run, list_runs
from mnist_core.search import driver as module
from mnist_core.search import space
from mnist_core.search.driver import run_search
from mnist_core.search.folder import BOUNDS, Asked, Search, begin_search, open_search
from mnist_core.search.outcome import commands, is_recipe, to_json
from mnist_core.search.results import Found, SearchReader
from mnist_core.search.space import SETTINGS, Space, propose_line
from mnist_core.training.worker import perform

_ASKED = Asked(
    max_parameters=3_000, trials=6, epochs=1, seeds=2, dataset="digits", recipe="tiny", at_once=3
)


@pytest.fixture
def here() -> Iterator[Here]:
    with closing(Here(jobs=2)) as executor:
        yield executor


def _search(executor: Executor, folder: Path, asked: Asked = _ASKED) -> Search:
    search = begin_search("one", asked, folder)
    for _ in run_search(search, executor):
        pass
    return search


def _found(search: Search) -> Found:
    return SearchReader(search).read()


def _essence(search: Search) -> list[tuple[str, str, tuple[float, ...]]]:
    return [(trial.config.model, trial.state, trial.losses) for trial in _found(search).trials]


def test_a_search_tries_the_same_here_and_on_a_cluster(
    here: Here, cluster: Executor, tmp_path: Path
) -> None:
    one, other = (
        _search(each, tmp_path / str(number)) for number, each in enumerate((here, cluster))
    )
    assert _essence(one) == _essence(other)
    assert len(_essence(one)) == 6


def test_a_search_that_was_stopped_goes_on_and_ends_as_if_it_had_not(
    here: Here, tmp_path: Path
) -> None:
    whole = _search(here, tmp_path / "whole")
    search = begin_search("one", _ASKED, tmp_path / "stopped")
    driver = run_search(search, here)
    for now in driver:
        if now.num_tried >= 3:
            break
    driver.close()
    assert 3 <= (num_tried := len(_found(search).trials)) < 6
    assert search.state(num_tried) == "stopped"
    assert _essence(_search(here, tmp_path / "stopped")) == _essence(whole)
    assert list_runs(search.runs_dir) == []  # none is left behind


def test_a_search_begins_with_the_recipe_itself(here: Here, tmp_path: Path) -> None:
    asked = dataclasses.replace(_ASKED, max_parameters=4_000, trials=1, seeds=1)
    search = _search(here, tmp_path, asked)
    (first,) = _found(search).trials
    start = get_recipe("tiny").config_on("digits")
    assert first.config.model == start.model
    near = {"ema_decay": 0.99, "dropout": 0.02}  # the small set's .98 and 0 are no choices
    assert {name: getattr(first.config, name) for name in SETTINGS} == {
        name: near.get(name, getattr(start, name)) for name in SETTINGS
    }
    assert not is_recipe(first, "tiny")
    config = first.config.replace(ema_decay=start.ema_decay, dropout=start.dropout)
    itself = dataclasses.replace(first, config=config)
    assert is_recipe(itself, "tiny") and not is_recipe(itself, "compact")
    told = to_json(search, Found(trials=(first, itself)))
    assert told["start"]["settings"] == {} and told["best"][0]["settings"] == near


def test_what_does_not_fit_is_refused_before_it_is_trained(here: Here, tmp_path: Path) -> None:
    found = _found(_search(here, tmp_path))
    assert found.num_refused > 0
    assert all(trial.parameters <= 3_000 for trial in found.trials)


def test_what_was_refused_is_tried_with_fewer_channels(here: Here, tmp_path: Path) -> None:
    asked = dataclasses.replace(_ASKED, max_parameters=400, trials=12, seeds=1, at_once=6)
    found = _found(_search(here, tmp_path, asked))
    # Hardly any proposal has so few: without that, 501 in a row are refused, and the search ends.
    assert len(found.trials) == 12 and found.num_refused < 100
    assert all(trial.parameters <= 400 for trial in found.trials)


def test_a_search_that_chose_from_other_values_cannot_go_on_and_says_so(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = begin_search("one", _ASKED, tmp_path)
    driver = run_search(search, here)
    for now in driver:
        if now.num_tried >= 3:
            break
    driver.close()
    monkeypatch.setattr(space, "WIDTHS", (*space.WIDTHS, 100))
    with pytest.raises(RunError, match="begun by another version"):
        _search(here, tmp_path)


def test_where_proposals_go_on_not_to_fit_that_is_said(
    here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_REFUSED_IN_A_ROW", 3)
    least, _ = BOUNDS["max_parameters"]
    with pytest.raises(RunError, match="None of 4 proposals fits 246 parameters; allow more"):
        _search(here, tmp_path, dataclasses.replace(_ASKED, max_parameters=least))


def test_the_smallest_network_that_is_proposed_has_as_many_parameters_as_one_must_allow() -> None:
    line = propose_line(_Least())
    assert describe(line).parameters == BOUNDS["max_parameters"][0], line
    with pytest.raises(ConfigError, match="--max-parameters is 245; it must lie in 246 to 200,000"):
        dataclasses.replace(_ASKED, max_parameters=245)


def test_a_network_that_does_not_fit_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="record has 19,386 parameters, and 7,999 are allowed"):
        dataclasses.replace(_ASKED, max_parameters=7_999, network="record")


def test_the_worse_half_is_pruned_after_its_first_seed(here: Here, tmp_path: Path) -> None:
    asked = dataclasses.replace(_ASKED, max_parameters=4_000, trials=14, at_once=8, network="tiny")
    found = _found(_search(here, tmp_path, asked))
    pruned = [trial for trial in found.trials if trial.state == "pruned"]
    assert pruned and all(len(trial.losses) == 1 for trial in pruned)
    assert all(trial.number >= 8 for trial in pruned)
    assert max(found.best[0].losses) < min(trial.loss for trial in pruned)


def test_a_trial_does_not_open_the_test_set(mnist_dir: Path, tmp_path: Path) -> None:
    raw = tmp_path / "data" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file in MNIST_FILES[:2]:
        (path,) = (mnist_dir / "MNIST" / "raw").glob(f"{file.name}*")
        shutil.copy(path, raw)
    config = Space(recipe="tiny", network="tiny", fixed=tuple(SETTINGS)).propose(_NoChoice())
    run = create_run(
        config.replace(epochs=1, batch_size=1024), recipe="tiny", folder=tmp_path, kind="trial"
    )
    *_, last = perform(run, data_dir=tmp_path / "data")
    assert isinstance(last, Scored) and last.validation_accuracy > 50
    assert not run.checkpoint_path.exists()


class _Least:
    """Chooses the least of all."""

    def suggest_categorical(self, name: str, choices: tuple[Any, ...]) -> Any:
        return choices[0]

    def suggest_int(self, name: str, low: int, high: int) -> int:
        return low

    def suggest_float(self, name: str, low: float, high: float, **how: object) -> float:
        return low


class _NoChoice:
    """Chooses nothing: nothing is searched over."""

    def suggest_categorical(self, name: str, choices: tuple[object, ...]) -> object:
        raise AssertionError(name)

    def suggest_int(self, name: str, low: int, high: int) -> int:
        raise AssertionError(name)

    def suggest_float(self, name: str, low: float, high: float, **how: object) -> float:
        raise AssertionError(name)


def test_a_search_in_the_shell_ends_with_the_best_and_what_to_do_next(
    runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "search --max-parameters 4000 --trials 2 --epochs 1 --seeds 1 --dataset digits"
    assert main([*line.split(), "--fixed-network", "8c5 p2 8c3 max", "--jobs", "1", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["trials"] == 2 and told["refused"] == 0 and told["pruned"] == 0
    best = told["best"][0]
    assert (
        best["model"] == "8c5 p2 8c3 max" and best["parameters"] == 8 * 25 + 16 + 8 * 72 + 16 + 90
    )
    assert set(best["settings"]) <= set(SETTINGS)
    search = open_search("below-4001", runs_dir)
    assert told["folder"] == str(search.folder)
    train, study = commands(_found(search).best[0], search.asked.recipe)
    assert "--model '8c5 p2 8c3 max'" in train and " study " in study
    assert main([*line.split(), "--fixed-network", "8c5 p2 8c3 max", "--jobs", "1"]) == 0
    table = capsys.readouterr().out
    assert table.split("\n", 1)[0].endswith("  settings") and "  --learning-rate " in table


@pytest.mark.parametrize(
    ("option", "value"),
    [("--trials", "0"), ("--seeds", "51"), ("--name", "../x"), ("--fixed", "epochs")],
)
def test_a_search_that_cannot_be_is_refused_in_one_line(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    line = ["search", "--max-parameters", "4000", "--trials", "1", "--dataset", "digits"]
    assert main([*line, option, value]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_another_question_under_the_same_name_is_refused(tmp_path: Path) -> None:
    begin_search("one", _ASKED, tmp_path)
    begin_search("one", dataclasses.replace(_ASKED, trials=9), tmp_path)  # more of the same
    with pytest.raises(ConfigError, match="another name"):
        begin_search("one", dataclasses.replace(_ASKED, epochs=2), tmp_path)
