"""What runs are called."""

from pathlib import Path

import pytest

from mnist_core.checkpoints.origin import Origin
from mnist_core.config.recipes import get_recipe
from mnist_core.runs.control import Label
from mnist_core.runs.folder import create_run
from mnist_core.runs.table import describe_run, title_of


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "seed"),
        ({"seed": 3}, "seed, seed 3"),
        ({"learning_rate": 0.02}, "seed, learning rate 0.02"),
        ({"dataset": "digits", "threads": 2}, "seed"),
        ({"model": "8c5 p2 8c3 p2 d 20c3 max"}, "my 8c5 p2 …"),
        ({"model": "tiny", "seed": 1}, "my tiny, seed 1"),
        ({"epochs": 2, "rotation": 0.0, "shift": 0.0, "scale": 0.0},
         "seed, epochs 2, rotation 0.0, 2 more changes"),
    ],
)  # fmt: skip
def test_a_run_is_called_by_what_makes_it_different(
    changes: dict[str, object], title: str, tmp_path: Path
) -> None:
    config = get_recipe("seed").changed(changes)
    run = create_run(config, recipe="seed", folder=tmp_path)
    assert title_of(run) == describe_run(run).title == title


def test_a_name_that_a_person_gave_comes_first(tmp_path: Path) -> None:
    run = create_run(get_recipe("seed").config, recipe="seed", folder=tmp_path)
    run.set_label(Label(name="my best"))
    assert title_of(run) == describe_run(run).title == "my best"


def test_a_named_run_keeps_its_name_where_this_version_does_not_know_its_settings(
    tmp_path: Path,
) -> None:
    run = create_run(get_recipe("seed").config, recipe="seed", folder=tmp_path)
    run.set_label(Label(name="my best"))
    about = run.folder / "run.json"
    about.write_text(about.read_text(encoding="utf-8").replace('"rotation"', '"of_later"'))
    assert not run.is_readable()
    assert title_of(run) == "my best"


def test_a_search_and_a_fine_tuned_run_say_what_they_are(tmp_path: Path) -> None:
    config = get_recipe("seed").config
    search = create_run(config, recipe="seed", folder=tmp_path, kind="lr_search")
    assert title_of(search) == "learning rates for seed"
    tuned = create_run(
        config,
        recipe="fine-tune",
        folder=tmp_path,
        kind="fine_tuning",
        origin=Origin(name="record", epochs=19, num_drawings=12),
    )
    assert title_of(tuned) == "record fine-tuned on 12 drawings"
