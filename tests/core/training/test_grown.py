"""A run that goes on from an epoch of another."""

from pathlib import Path

import pytest
import torch

from mnist_core.checkpoints.card import read_card
from mnist_core.checkpoints.epochs import keep_epoch, kept_epochs
from mnist_core.checkpoints.weights import load_tensors
from mnist_core.cli.main import main
from mnist_core.config.recipes import get_recipe
from mnist_core.errors import ConfigError, RunError
from mnist_core.experiments.entries import entry_of, why_no_entry
from mnist_core.runs.events import Started
from mnist_core.runs.folder import create_grown_run, create_run, delete_run
from mnist_core.runs.history import read_history
from mnist_core.runs.run import Run
from mnist_core.runs.table import describe_run
from mnist_core.sharing.report import report_html
from mnist_core.training.worker import perform

_CONFIG = get_recipe("tiny").config_on("digits").replace(epochs=3)
_STEPS = 38
"""Of an epoch."""


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = create_run(_CONFIG, recipe="tiny", folder=tmp_path_factory.mktemp("runs"))
    list(perform(run))
    return run


def _weights(run: Run) -> torch.Tensor:
    found = load_tensors(run.checkpoint_path)
    return torch.cat([found[name].flatten().double() for name in sorted(found)])


def test_each_epoch_is_kept(parent: Run) -> None:
    assert kept_epochs(parent.folder) == [1, 2, 3]
    assert not parent.state_path.exists()


def test_with_the_same_settings_it_ends_with_the_same_weights(parent: Run) -> None:
    grown = create_grown_run(parent, 1)
    list(perform(grown))
    assert torch.equal(_weights(grown), _weights(parent))
    assert kept_epochs(grown.folder) == [2, 3]


def test_it_says_what_it_grew_from_and_counts_its_own_epochs(parent: Run) -> None:
    grown = create_grown_run(parent, 2, {"epochs": 5, "learning_rate": 0.02})
    list(perform(grown))
    card, history = read_card(grown.checkpoint_path), read_history(grown)
    assert (card.origin, card.epochs, card.epochs_before) == (parent.id, 3, 2)
    assert card.total_epochs == 5 and card.is_complete
    assert [epoch.epoch for epoch in history.epochs] == [3, 4, 5]
    assert history.started is not None and history.started.first_step == 2 * _STEPS
    assert max(step.learning_rate for step in history.steps) <= 0.02
    assert not history.changes
    assert history.finished is not None
    assert card.seconds < read_card(parent.checkpoint_path).seconds * 5
    row = describe_run(grown)
    assert row.title.startswith("tiny from epoch 2, epochs 5, learning rate 0.02")
    assert row.origin == f"{describe_run(parent).title} · {parent.id[-4:]}"
    assert (row.epochs_before, row.epochs_done, row.epochs) == (2, 3, 3)
    assert f"It began from {parent.id}, trained for 2 epochs before (5 in all):" in report_html(
        grown
    )


def test_it_goes_on_where_it_was_stopped_like_any_other(parent: Run) -> None:
    grown = create_grown_run(parent, 1)
    events = perform(grown)
    for _ in events:
        if grown.state_path.exists():
            break
    events.close()
    grown.prepare_to_resume()
    told = list(perform(grown))
    started = next(event for event in told if isinstance(event, Started))
    assert started.first_step == 2 * _STEPS
    assert torch.equal(_weights(grown), _weights(parent))
    assert [change.what for change in read_history(grown).changes] == [
        "gone on with after its process had ended"
    ]


def test_it_is_no_entry_for_the_challenge(parent: Run) -> None:
    grown = create_grown_run(parent, 2)
    list(perform(grown))
    assert "it went on from an epoch of another run" in why_no_entry(
        read_card(grown.checkpoint_path)
    )
    with pytest.raises(RunError, match="random weights"):
        entry_of(grown)


def test_its_parent_may_be_deleted(tmp_path: Path) -> None:
    run = create_run(_CONFIG, recipe="tiny", folder=tmp_path)
    list(perform(run))
    grown = create_grown_run(run, 2)
    delete_run(run)
    list(perform(grown))
    assert grown.state() == "finished" and describe_run(grown).origin == run.id


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"epochs": 2}, "more epochs in all than 2"),
        ({"batch_size": 64}, "keeps its batch size: 32"),
        ({"model": "seed"}, "keeps its network: tiny"),
        ({"ema_decay": 0.0}, "averages its weights as that did"),
    ],
)
def test_what_it_cannot_go_on_with_is_refused(
    parent: Run, changes: dict[str, object], reason: str
) -> None:
    with pytest.raises(ConfigError, match=reason):
        create_grown_run(parent, 2, changes)


def test_an_epoch_that_is_not_kept_is_refused_with_those_that_are(parent: Run) -> None:
    with pytest.raises(RunError, match=r"Nothing is kept of epoch 7 .* kept are: 1, 2, 3"):
        create_grown_run(parent, 7)


def test_so_many_epochs_are_kept_and_no_more(tmp_path: Path) -> None:
    state = tmp_path / "state.safetensors"
    for epoch in range(1, 101):
        state.write_bytes(b"0" * 100)
        keep_epoch(tmp_path, state, epoch)
        kept = kept_epochs(tmp_path)
        assert len(kept) <= 20 and kept[-1] == epoch
    assert kept_epochs(tmp_path)[:4] == [8, 16, 24, 32]
    state.write_bytes(b"0" * 3_000_000)
    keep_epoch(tmp_path, state, 101)
    assert len(kept_epochs(tmp_path)) == 2 and kept_epochs(tmp_path)[-1] == 101


def test_a_kept_epoch_is_a_copy_of_its_own(parent: Run) -> None:
    epochs = [load_tensors(parent.folder / "epochs" / f"000{n}.safetensors") for n in (1, 2, 3)]
    name = next(name for name in epochs[0] if name.startswith("model.") and "weight" in name)
    first = [tensors[name] for tensors in epochs]
    assert not torch.equal(first[0], first[1]) and not torch.equal(first[1], first[2])


def test_the_command_goes_on_from_an_epoch(
    parent: Run, capsys: pytest.CaptureFixture[str], runs_dir: Path
) -> None:
    there = ["--runs-dir", str(parent.folder.parent)]
    resume = ["runs", "resume", parent.id, *there]
    assert main([*resume, "--from-epoch", "2", "--epochs", "4", "--json"]) == 0
    assert '"epochs": 4' in capsys.readouterr().out
    assert main([*resume, "--epochs", "4"]) == 2
    assert "--from-epoch" in capsys.readouterr().err
    assert main([*resume, "--from-epoch", "9"]) == 2
    assert "kept are: 1, 2, 3" in capsys.readouterr().err
