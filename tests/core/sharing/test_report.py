"""A run on paper."""

import csv
import dataclasses
import io
import re
import shlex
from html.parser import HTMLParser
from pathlib import Path

import pytest

from mnist_core.checkpoints.card import read_card, write_card
from mnist_core.cli.main import main
from mnist_core.config.recipes import RECIPES, get_recipe, repeat_command
from mnist_core.config.settings import TrainConfig
from mnist_core.errors import MnistError
from mnist_core.runs.control import Label
from mnist_core.runs.events import Paused
from mnist_core.runs.folder import create_run
from mnist_core.runs.run import Run
from mnist_core.runs.table import describe_run
from mnist_core.sharing.report import metrics_csv, report_html
from mnist_core.training.worker import perform

_VOID = {"meta", "img", "br", "path", "polyline"}


@pytest.fixture
def run(runs_dir: Path) -> Run:
    config = get_recipe("seed").config.replace(dataset="digits", epochs=3, nesterov=False)
    made = create_run(config, recipe="seed", folder=runs_dir)
    list(perform(made))
    return made


class _Checker(HTMLParser):
    """Fails on a tag that is closed without having been opened; gathers what would be loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(page: str) -> _Checker:
    checker = _Checker()
    checker.feed(page)
    assert checker.open == []
    checker.text = " ".join(checker.text.split())
    return checker


def test_the_report_is_whole_and_loads_nothing(run: Run) -> None:
    page = report_html(run)
    found = _read(page)
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page
    assert all(address.startswith("data:image/png") for address in found.addresses)
    assert page.count("<svg") == 2 and "nan" not in re.sub("[a-z]nan", "", page.lower())


def test_the_report_tells_result_settings_and_command(run: Run) -> None:
    text = _read(report_html(run)).text
    assert "of 300 test images" in text and "16,402 parameters" in text
    assert "Nesterov momentum" in text
    assert repeat_command("seed", run.config) in text
    # The data, the epochs, Nesterov momentum, and what the recipe has otherwise on the small set.
    assert text.count("changed") == 8


def test_what_was_changed_while_a_run_trained_is_told_and_no_command_repeats_it(
    runs_dir: Path,
) -> None:
    config = TrainConfig(dataset="digits", epochs=2)
    made = create_run(config, recipe="seed", folder=runs_dir)
    made.tell(pause_at=19)
    for event in perform(made):
        if isinstance(event, Paused):
            made.change_learning_rate(0.02)
            made.resume()
    page = report_html(made)
    text = _read(page).text
    assert "paused at epoch 1" in text and "learning rate 0.02 from epoch 1 on" in text
    assert "cannot repeat what was changed" in text
    assert page.count("<title>learning rate 0.02 from epoch 1 on</title>") == 2
    rows = list(csv.DictReader(io.StringIO(metrics_csv(made))))
    assert [(row["step"], row["change"]) for row in rows if row["record"] == "change"] == [
        ("19", "paused at epoch 1"),
        ("19", "learning rate 0.02 from epoch 1 on"),
    ]
    assert describe_run(made).changed_while_it_ran.endswith("learning rate 0.02 from epoch 1 on")


def test_a_run_that_nobody_touched_is_repeated_without_a_reserve(run: Run) -> None:
    text = _read(report_html(run)).text
    assert "Changed while" not in text and "cannot repeat" not in text


def test_what_a_person_wrote_is_text_and_nothing_else(run: Run) -> None:
    run.set_label(Label(name="<script>alert(1)</script>", note='"><img src=x onerror=alert(1)>'))
    page = report_html(run)
    found = _read(page)
    assert "<script" not in page and "<img src=x" not in page
    assert "<script>alert(1)</script>" in found.text


def test_every_value_of_the_page_is_escaped_wherever_it_comes_from(run: Run) -> None:
    card = read_card(run.checkpoint_path)
    strange = "<b>\"'&</b>"
    card = dataclasses.replace(card, recipe=strange, origin=strange, versions={strange: strange})
    write_card(run.checkpoint_path, card)
    found = _read(page := report_html(run))
    assert "<b>" not in page and found.text.count(strange) == 2


@pytest.mark.parametrize("recipe", [*RECIPES, "of another version"])
def test_the_command_repeats_the_very_settings(
    recipe: str, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TrainConfig(dataset="digits", epochs=1, nesterov=False, rotation=3.5, seed=7)
    trained: list[TrainConfig] = []

    def stop(run: Run, options: object, **more: object) -> int:
        trained.append(run.config)
        return 0

    monkeypatch.setattr("mnist_core.cli.training.carry_out", stop)
    words = shlex.split(repeat_command(recipe, config))
    assert words[:3] == ["python", "-m", "mnist_core"]
    assert main(words[3:]) == 0
    assert trained == [config]


def test_a_run_without_an_epoch_has_no_report_yet(runs_dir: Path) -> None:
    made = create_run(TrainConfig(dataset="digits"), recipe="seed", folder=runs_dir)
    for make in (report_html, metrics_csv):
        with pytest.raises(MnistError):
            make(made)


def test_a_run_that_was_stopped_is_reported_too(runs_dir: Path) -> None:
    config = TrainConfig(dataset="digits", epochs=3)
    made = create_run(config, recipe="seed", folder=runs_dir)
    for event in perform(made):
        if type(event).__name__ == "Epoch":
            made.stop()
    text = _read(report_html(made)).text
    assert "1 epoch over 1,200 images" in text
