"""The networks a visitor can choose from: those that ship, and those of the kept runs."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import streamlit as st

from mnist_core import files
from mnist_core.checkpoints.card import Card, read_card
from mnist_core.errors import MnistError
from mnist_core.runs.catalogue import imported_dir, list_models
from mnist_core.runs.run import Run
from mnist_core.runs.table import title_of
from mnist_ui import wording
from mnist_ui.session.visitors import is_under_way, own_runs, visitor
from mnist_ui.widgets.problems import tell_problems

_DEFAULT: Final = "seed"
CHOICE: Final = "network"
"""Where the session keeps the id of the network that a person has chosen last, if one has.

To be written by `choose_elsewhere`.
"""

_BEST: Final = "record"
_NUM_RUNS: Final = 30


@dataclass(frozen=True)
class Network:
    """A checkpoint one can draw for or look into."""

    card: Card
    path: Path
    run: Run | None = None

    @property
    def id(self) -> str:
        return self.card.name if self.run is None else self.run.id

    @property
    def label(self) -> str:
        card = self.card
        if card.test_accuracy is not None:
            measured = f"{card.test_accuracy:.2f} %"
        elif self.is_training:  # a label stays what it is from one epoch to the next
            measured = "in training"
        else:
            measured = f"epoch {wording.plain_epochs(card.epochs)} of {card.config.epochs}"
        if self.run is None:
            return f"{card.name} · on {wording.DATASETS[card.dataset]} · {measured}"
        name = _title(self.run) or card.model
        when = f"yours, {self.run.created:%-d %b, %H:%M}"
        return f"{name} · {when} · on {wording.DATASETS[card.dataset]} · {measured}"

    @property
    def is_training(self) -> bool:
        return self.run is not None and is_under_way(self.run)


def _title(run: Run) -> str:
    return title_of(run) if run.is_readable() else ""


def list_networks(problems: list[str] | None = None) -> list[Network]:
    """Return what ships, the default first, what was imported, and the newest runs' networks.

    What cannot be read is left out; why is added to `problems`. The Runs page tells of runs.
    """
    found: list[Network] = []
    for folder in (files.MODELS_DIR, imported_dir(visitor())):
        cards = sorted(list_models(folder, problems), key=lambda card: card.name != _DEFAULT)
        found += [Network(card, folder / f"{card.name}.safetensors") for card in cards]
    for run in own_runs()[:_NUM_RUNS]:
        with suppress(MnistError):  # no epoch is over yet, or it cannot be read
            _ = run.created
            found.append(Network(read_card(run.checkpoint_path), run.checkpoint_path, run))
    return found


def choose_network(label: str, best: str = _BEST) -> Network | None:
    """Show the selector, the same choice on every page; None where there is no network at all.

    Until a person has chosen, it stands on their newest run, or, where they have none, on the
    shipped network named `best`.
    """
    problems: list[str] = []
    networks = {network.id: network for network in list_networks(problems)}
    tell_problems(problems)
    if not networks:
        st.info("There is no trained network yet. Train one, and it will be here.")
        return None
    newest = next((network.id for network in networks.values() if network.run is not None), best)
    wanted = [st.session_state.get(CHOICE), newest, best, *networks]
    labels = labels_of(networks)
    default = next(name for name in wanted if name in networks)
    return networks[choose_listed(label, labels, key=CHOICE, default=default)]


def choose_listed(
    label: str,
    labels: Mapping[str, str],
    *,
    key: str,
    default: str,
    help: str | None = None,
    is_label_shown: bool = True,
) -> str:
    """Show a list of ids by their labels; return the one that stands there.

    It is the one that the session keeps under `key`, or else `default`. Only a person's choice is
    kept there. Where a label changes, another list takes the place of the one before: a browser
    tells what is chosen by its label, and of one that is no longer there Streamlit makes the first.
    So it does after `choose_elsewhere`, and not after a choice from it: the focus stays there.
    """
    own = f"{key}_of_{hash(frozenset(labels.items()))}_{times_chosen_elsewhere(key)}"
    chosen = st.session_state.get(key)
    st.session_state[own] = chosen if chosen in labels else default

    shown_as = f"{key}_shown_as"
    st.session_state[shown_as] = own

    def remember() -> None:
        if st.session_state[shown_as] == own:  # of the list before, Streamlit calls this, too
            st.session_state[key] = st.session_state[own]
            _count(f"{key}_chosen_from_list")

    shown = st.selectbox(
        label,
        list(labels),
        key=own,
        format_func=labels.__getitem__,
        on_change=remember,
        help=help,
        label_visibility="visible" if is_label_shown else "collapsed",
    )
    return str(shown)


def times_chosen_from_list(key: str) -> int:
    """Return how often a person has chosen from the list of that key on this visit."""
    return st.session_state.get(f"{key}_chosen_from_list", 0)


def choose_elsewhere(key: str, chosen: str) -> None:
    """Let the list of that key stand on `chosen`; to be called before it is shown.

    What the browser still says of the list before, until it hears of this, is no choice.
    """
    st.session_state[key] = chosen
    _count(f"{key}_chosen_elsewhere")


def times_chosen_elsewhere(key: str) -> int:
    """Return how often something else than its list has chosen for that key on this visit."""
    return st.session_state.get(f"{key}_chosen_elsewhere", 0)


def _count(name: str) -> None:
    st.session_state[name] = st.session_state.get(name, 0) + 1


def labels_of(networks: Mapping[str, Network]) -> dict[str, str]:
    """Return what a selector says of each network, by its id; no two read the same."""
    return wording.told_apart({name: network.label for name, network in networks.items()})
