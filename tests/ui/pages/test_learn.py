"""Learn: every step with its idea and worth, and a way to train it. Needs no torch."""

import dataclasses
from pathlib import Path

from mnist_core.checkpoints.card import read_card, write_card
from mnist_core.config.lessons import LESSONS
from mnist_core.config.recipes import get_recipe
from mnist_core.config.settings import TrainConfig
from mnist_core.experiments.ladder import ladder
from mnist_core.files import MODELS_DIR
from mnist_core.runs.folder import create_run
from mnist_core.runs.run import Run
from mnist_ui.pages.learn import charts
from mnist_ui.pages.learn.own import own_accuracies
from tests.ui.opening import html_of, page
from tests.ui.opening import run as run_page


def test_every_step_is_told_with_what_it_is_worth() -> None:
    shown = html_of(run_page(page("learn")))
    for rung in ladder():
        assert rung.lesson.recipe.title in shown
        assert rung.study is not None and f"{rung.study.mean:.2f} %" in shown


def test_training_a_step_opens_the_form_on_its_settings() -> None:
    at = run_page(page("learn"))
    at.session_state["recipe"] = "quick"
    at.button(key="train_averaging").click()
    at.run()
    changes = at.session_state["settings_to_start_with"]
    base = get_recipe(at.session_state["recipe"]).config
    assert base.replace(**changes) == LESSONS["averaging"].recipe.config


def test_the_picture_names_every_step_and_its_single_seeds() -> None:
    steps = [rung for rung in ladder() if rung.number is not None]
    seeds, means = charts.ladder_figure(steps).data
    assert list(means.x) == list(range(1, 10))
    assert len(seeds.x) == sum(len(rung.study.test_accuracies) for rung in steps if rung.study)
    assert "9 Size by search" in charts.describe(steps)


def test_a_run_with_another_seed_counts_as_the_steps_and_an_unfinished_one_does_not(
    tmp_path: Path,
) -> None:
    def started(config: TrainConfig) -> Run:
        return create_run(config, recipe="seed", folder=tmp_path)

    plain = get_recipe("plain").config
    finished, unfinished, other = map(
        started, (plain.replace(seed=7), plain, plain.replace(epochs=3))
    )
    card = read_card(MODELS_DIR / "seed.safetensors")
    for run in (finished, other):
        write_card(run.checkpoint_path, dataclasses.replace(card, test_accuracy=98.5))
    assert own_accuracies([finished, unfinished, other]) == {"plain": [98.5]}
