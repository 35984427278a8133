"""Runs as entries for the challenge: which of them count, and which is best. Needs no torch.

An entry keeps to all that the challenge asks for but its accuracy, which is what entries are ranked
by. It was trained here from random weights: the run's folder, which only the process that trains
writes to, says so. An imported network has no such folder.
"""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from mnist_core.checkpoints.card import Card, card_path, read_card
from mnist_core.config.challenge import MAX_CHALLENGE_EPOCHS, network_conditions
from mnist_core.errors import MnistError, RunError
from mnist_core.files import last_changed, runs_dir
from mnist_core.runs.folder import list_runs, open_run
from mnist_core.runs.run import Run

NUM_TEST: Final = 10_000
"""Images of MNIST's test set."""

_NANOSECONDS_TO_TRUST: Final = 1_000_000_000
"""A folder that was changed just now may change once more without its time telling."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A run's result; `correct` of MNIST's test images were read right at the end of its training.

    `model` is a name or a line, `run` the run's id, `owner` whose it is.
    """

    run: str
    owner: str
    model: str
    parameters: int
    epochs: int
    correct: int
    created: datetime

    @property
    def accuracy(self) -> float:
        """Percent of the test images."""
        return 100 * self.correct / NUM_TEST

    @property
    def rank(self) -> tuple[int, int, datetime, str]:
        """What entries are sorted by, the best first: accuracy, then fewer parameters, then age."""
        return -self.correct, self.parameters, self.created, self.run


def best_below(entries: Iterable[Entry], num_parameters: int) -> Entry | None:
    """Return the best entry with fewer parameters than that, or None."""
    fitting = (entry for entry in entries if entry.parameters < num_parameters)
    return min(fitting, key=lambda entry: entry.rank, default=None)


def why_no_entry(card: Card) -> list[str]:
    """Say what keeps a network from being an entry, however accurate it is; nothing if it is one.

    Raises `ConfigError` for a card whose network is unknown.
    """
    size, _, regularisation = network_conditions(card.model, dropout=card.config.dropout)
    reasons: list[str] = []
    if card.dataset != "mnist":
        reasons.append(f"it was trained on {card.dataset}, and the challenge is about MNIST")
    if card.is_fine_tuned:
        drawings = f"{card.num_drawings:,} drawings" if card.num_drawings else "drawings"
        reasons.append(
            f"it learned from {drawings} of a person’s own, which may be like test images"
        )
    elif card.origin:
        reasons.append("it went on from an epoch of another run")
    if card.strokes:
        reasons.append("it learned from pen strokes too, and the challenge is about MNIST alone")
    if card.total_epochs > MAX_CHALLENGE_EPOCHS:
        told = f"{card.epochs:,} epochs"
        told += f", {card.total_epochs:,} in all" if card.epochs_before else ""
        reasons.append(f"{told}, and fewer than {MAX_CHALLENGE_EPOCHS + 1} are asked for")
    if not size.is_met:
        reasons.append(f"{size.found} parameters, and {size.asked} are asked for")
    if not regularisation.is_met:
        reasons.append(f"{regularisation.found}, and {regularisation.asked} are asked for")
    return reasons


def entry_of(run: Run) -> Entry:
    """Return the run as an entry; raises `RunError` with all that keeps it from being one."""
    reasons: list[str] = []
    try:
        card = read_card(run.checkpoint_path)
    except MnistError as error:
        raise RunError("It is no entry yet: its training has not ended.") from error
    if not card.is_complete or run.state() != "finished":
        reasons.append("it has not been trained to its last epoch")
    if run.kind != "training" or run.origin is not None:
        reasons.append("it did not begin from random weights")
    if card.name != run.id or card.model != run.config.model:
        reasons.append("its weights are of another run")
    reasons += why_no_entry(card)
    if not reasons and (card.test_total != NUM_TEST or card.test_correct is None):
        reasons.append("it was not measured on all test images")
    if reasons:
        raise RunError(f"It is no entry: {'; '.join(reasons)}.")
    assert card.test_correct is not None
    return Entry(
        run=run.id,
        owner=run.owner,
        model=card.model,
        parameters=card.parameters,
        epochs=int(card.total_epochs),
        correct=card.test_correct,
        created=run.created,
    )


class Entries:
    """The entries among the runs of one folder. Safe to use from several threads.

    A run is read once it has ended, and again only where its files have changed: to ask again
    costs two looks at each run that is no entry and none at those that are.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or runs_dir()
        self._guard = threading.Lock()
        self._listed_at = 0
        self._runs: list[Run] = []
        self._found: dict[str, Entry] = {}
        self._refused: dict[str, tuple[int, int]] = {}

    def all(self) -> list[Entry]:
        """Return the entries of all that is in the folder now, the best first."""
        with self._guard:
            self._list()
            found = [entry for run in self._runs if (entry := self._look(run)) is not None]
        return sorted(found, key=lambda entry: entry.rank)

    def find(self, run_id: str) -> Entry | None:
        """Return the entry of that run; None if it is none, or is there no more."""
        try:
            run = open_run(run_id, self._folder)
        except RunError:
            return None
        with self._guard:
            return self._look(run)

    def _list(self) -> None:
        changed = last_changed(self._folder)
        if changed == self._listed_at:
            return
        is_settled = time.time_ns() - changed > _NANOSECONDS_TO_TRUST
        self._runs = list_runs(self._folder)
        self._listed_at = changed if is_settled else 0
        there = {run.id for run in self._runs}
        for gone in {*self._found, *self._refused} - there:
            self._found.pop(gone, None)
            self._refused.pop(gone, None)

    def _look(self, run: Run) -> Entry | None:
        if run.id in self._found:
            return self._found[run.id]
        state = last_changed(card_path(run.checkpoint_path)), _size(run.events_path)
        if self._refused.get(run.id) == state:
            return None
        try:
            entry = entry_of(run)
        except MnistError:  # a damaged one hides no other
            self._refused[run.id] = state
            return None
        self._refused.pop(run.id, None)
        self._found[run.id] = entry
        return entry


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
