import shlex

import pytest

from mnist_core.cli.main import main
from mnist_core.config.recipes import get_recipe, repeat_command
from mnist_core.runs.folder import list_runs
from mnist_ui.widgets.settings_form import address_of, read_address


def test_an_address_repeats_the_settings_it_was_made_from() -> None:
    recipe = get_recipe("original")
    config = recipe.config.replace(epochs=3, learning_rate=0.025, nesterov=True, dataset="digits")
    name, changes = read_address(address_of(recipe, config))
    assert get_recipe(name).changed(changes) == config


def test_what_makes_no_sense_in_an_address_is_left_out() -> None:
    address = {
        "recipe": "original",
        "epochs": "9999",
        "batch_size": "many",
        "nesterov": "perhaps",
        "dataset": "../secret",
        "colour": "blue",
        "seed": "7",
    }
    assert read_address(address) == ("original", {"seed": 7})
    assert read_address({"recipe": "magic"}) == ("quick", {})


@pytest.mark.usefixtures("runs_dir")
def test_the_command_trains_with_the_very_same_settings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    recipe = get_recipe("original")
    config = recipe.config.replace(
        dataset="digits", epochs=1, learning_rate=0.02, nesterov=True, threads=1
    )
    words = shlex.split(repeat_command(recipe.name, config))
    assert words[:3] == ["python", "-m", "mnist_core"]
    assert main([*words[3:], "--json"]) == 0
    capsys.readouterr()
    (run,) = list_runs()
    assert run.config == config
    assert run.recipe == "original"


def test_an_address_may_carry_a_network_as_its_line() -> None:
    line = "8c5 p2 2*8c3 p2 d 12c3 max"
    config = get_recipe("tiny").config.replace(model=line)
    address = address_of(get_recipe("tiny"), config)
    assert address["model"] == line
    assert read_address(address) == ("tiny", {"model": line})
    assert read_address({"recipe": "tiny", "model": "8c5 p2 9x9 max"}) == ("tiny", {})
