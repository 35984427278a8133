import pytest

from mnist_core.cli.main import main
from mnist_core.config.lessons import LESSONS
from mnist_core.config.recipes import RECIPES, get_recipe, repeat_command
from mnist_core.runs.folder import list_runs

_EVERY = [*RECIPES, *LESSONS]


@pytest.mark.parametrize("name", _EVERY)
def test_every_recipe_makes_enough_steps_on_the_small_set(name: str) -> None:
    config = get_recipe(name).config_on("digits")
    steps = config.epochs * -(-1_200 // config.batch_size)
    assert config.dataset == "digits" and 400 <= steps <= 2_000


def test_the_small_sets_settings_are_a_recipes_own_and_what_is_given_wins() -> None:
    recipe = get_recipe("seed")
    usual = recipe.config_on("digits")
    assert recipe.changed({}) == recipe.config and recipe.config.dataset == "mnist"
    assert recipe.changed({"dataset": "digits"}) == usual
    assert recipe.changed({"dataset": "digits", "epochs": 19}) == usual.replace(epochs=19)


@pytest.mark.parametrize("dataset", ["mnist", "digits"])
@pytest.mark.parametrize("name", _EVERY)
def test_the_changes_of_a_config_give_it_back(name: str, dataset: str) -> None:
    recipe = get_recipe(name)
    config = recipe.config_on(dataset).replace(learning_rate=0.07, seed=3)
    changes = recipe.changes_in(config)
    assert changes.keys() <= {"dataset", "learning_rate", "seed"}
    assert recipe.changed(changes) == config


def test_the_command_of_a_run_on_the_small_set_names_only_what_was_changed() -> None:
    recipe = get_recipe("compact")
    config = recipe.config_on("digits")
    usual = "python -m mnist_core train --recipe compact --dataset digits"
    assert repeat_command("compact", config) == usual
    assert repeat_command("compact", config.replace(seed=2)) == usual + " --seed 2"


@pytest.mark.usefixtures("runs_dir")
def test_the_small_set_is_read_well_by_what_its_first_press_of_train_makes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", "--recipe", "quick", "--dataset", "digits", "--json"]) == 0
    capsys.readouterr()
    (run,) = list_runs()
    assert run.config == get_recipe("quick").config_on("digits")
    assert main(["evaluate", run.id, "--json"]) == 0
    assert '"correct": 29' in capsys.readouterr().out  # of 300: 290 or more
