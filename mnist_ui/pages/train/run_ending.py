"""How a run ended: its result, or what went wrong."""

from contextlib import suppress
from typing import Final

import streamlit as st

from mnist_core.checkpoints.card import Card, read_card
from mnist_core.errors import MnistError
from mnist_core.files import open_plain
from mnist_core.runs.events import Finished, Started
from mnist_core.runs.history import History
from mnist_core.runs.run import Run, State
from mnist_ui import wording
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import own_runs

_LINES_OF_LOG: Final = 20
_MOST_OF_LOG: Final = 100_000
_NUM_EARLIER: Final = 100


def show_ending(app: Shared, run: Run, history: History, state: State) -> None:
    """Say why a run failed or was lost, or what came of it; nothing while it trains."""
    if state == "failed" and history.failed is not None:
        st.error(history.failed.message, icon=":material/error:")
    if state == "lost":
        done = f"epoch {history.epochs[-1].epoch}" if history.epochs else "its first steps"
        st.error(
            f"The process that trained this run ended without a word, after {done}. What was saved"
            " is kept; it can go on from there, or be trained again.",
            icon=":material/link_off:",
        )
    if state in ("failed", "lost"):
        _log(run)
    if history.finished is not None and state in ("finished", "stopped"):
        _result(app, run, history)


def _log(run: Run) -> None:
    try:
        with open_plain(run.log_path) as file:
            file.seek(max(0, run.log_path.stat().st_size - _MOST_OF_LOG))
            lines = file.read(_MOST_OF_LOG).decode("utf-8", "replace").splitlines()
    except OSError:
        return
    if lines:
        with st.expander("What the process printed last"):
            st.code("\n".join(lines[-_LINES_OF_LOG:]), language=None)


def _result(app: Shared, run: Run, history: History) -> None:
    finished = history.finished
    assert finished is not None
    try:
        card = read_card(run.checkpoint_path)
    except MnistError as error:
        st.error(str(error))
        return
    st.html(_result_html(run, card, finished, history.started))
    if app.is_ready:
        # Here: it needs torch, without which the page shows a run.
        from mnist_ui.pages.train.run_details import show_details

        show_details(run, card)
    earlier = "" if card.test_accuracy is None else wording.against_earlier(card, _earlier(run))
    st.markdown(f"{earlier} {wording.next_idea(card)}".strip())


def _result_html(run: Run, card: Card, finished: Finished, started: Started | None) -> str:
    """Say how well it reads: test images where they were measured, else those it watches."""
    how = "after" if finished.is_complete else "stopped after"
    how += f" {wording.all_epochs(card)} and {wording.duration(finished.seconds)} of training"
    if finished.test_accuracy is not None and finished.test_correct is not None:
        accuracy = finished.test_accuracy
        told = (
            f"of {wording.measured_on(card)} read right ({finished.test_correct:,} of"
            f" {finished.test_total:,}), {how}. {wording.against_challenge(card)}"
        )
    elif finished.watch_accuracy is not None:
        accuracy = finished.watch_accuracy
        num_watched = f"{started.num_watch:,} " if started else ""
        told = (
            f"of {num_watched}{wording.watched(run.config)} images read right, {how}. The test"
            " images have not been looked at: they are for the end."
        )
    else:
        return ""
    return f'<div class="result"><span class="big">{accuracy:.2f} %</span><span>{told}</span></div>'


def _earlier(run: Run) -> list[Card]:
    """Return the cards of this visitor's finished runs that began before this one."""
    found: list[Card] = []
    for other in own_runs()[:_NUM_EARLIER]:
        if other.id < run.id:
            with suppress(MnistError):
                found.append(read_card(other.checkpoint_path))
    return found
