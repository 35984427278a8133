"""Runs: every run is kept; name them, compare them, go on with them, delete them."""

from contextlib import suppress
from typing import Final

import streamlit as st

from mnist_core.checkpoints.card import read_card
from mnist_core.errors import MnistError
from mnist_core.runs.history import History, read_history
from mnist_core.runs.folder import delete_run, open_run, restore_run
from mnist_core.runs.control import Label
from mnist_core.runs.run import Run
from mnist_core.runs.table import RunRow, describe_runs
from mnist_ui import wording
from mnist_ui.components.plot import plot
from mnist_ui.pages.runs import comparison
from mnist_ui.pages.runs.run_table import choose_runs
from mnist_ui.pages.runs.unreadable import unreadable_section
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import own_runs, own_runs_under_way, with_the_runs_left
from mnist_ui.widgets.export_import import export_import_section
from mnist_ui.widgets.network_choice import Network
from mnist_ui.widgets.next_page import (
    offer_network,
    offer_to_go_on,
    offer_to_grow,
    show_on_train_page,
)
from mnist_ui.widgets.page_head import open_page
from mnist_ui.widgets.problems import tell_problems
from mnist_ui.widgets.settings_form import train_again_with

_NUM_COMPARED: Final = 8
_SECONDS_PER_LOOK: Final = 2.0
_DELETED: Final = "deleted_run"


def _one(app: Shared, run: Run, row: RunRow) -> None:
    st.subheader(wording.unformatted(row.title), anchor=False)
    st.caption(f"Trained on {wording.DATASETS[row.dataset]}, begun {row.created[:16]}.")
    if row.changed_while_it_ran:
        st.caption(
            f"Changed while it ran: {wording.unformatted(row.changed_while_it_ran)}. Training again"
            " with its settings does not repeat that."
        )
    tell_problems([row.problem] if row.problem else [])
    label = run.label
    left, right = st.columns([1, 2])
    name = left.text_input("Name", label.name, key=f"name_{run.id}", max_chars=60)
    note = right.text_input("Note", label.note, key=f"note_{run.id}", max_chars=300)
    if Label(name=name, note=note) != label:
        _set_label(run, Label(name=name, note=note))
    with st.container(horizontal=True, gap="small"):
        if st.button("Watch it", key=f"watch_{run.id}", icon=":material/monitoring:"):
            show_on_train_page(run)
            st.switch_page("mnist_ui/pages/train/page.py")
        if run.checkpoint_path.exists():
            offer_network(
                run,
                ("Draw with it", "draw", "draw"),
                ("Evaluate it", "fact_check", "evaluate"),
                ("Its layers", "layers", "model"),
            )
        if st.button(
            "Train again with its settings", key=f"again_{run.id}", icon=":material/replay:"
        ):
            train_again_with(run.recipe, run.config)
            st.switch_page("mnist_ui/pages/train/page.py")
        if row.state in ("stopped", "lost", "failed") and run.state_path.exists():
            offer_to_go_on(app, run)
        has_ended = row.state in ("finished", "stopped", "lost", "failed")
        if has_ended and (grown := offer_to_grow(app, run)) is not None:
            show_on_train_page(grown)
            st.switch_page("mnist_ui/pages/train/page.py")
        if st.button("Delete", key=f"delete_{run.id}", icon=":material/delete:"):
            _delete(run)
            st.rerun()  # the offer to undo it stands outside of what a button here runs

    with suppress(MnistError):  # no epoch is over yet
        export_import_section(Network(read_card(run.checkpoint_path), run.checkpoint_path, run))


def _set_label(run: Run, label: Label) -> None:
    try:
        run.set_label(label)
    except MnistError as error:
        st.error(wording.unformatted(str(error)), icon=":material/error:")
        return
    st.rerun()


def _delete(run: Run) -> None:
    try:
        delete_run(run)
    except MnistError as error:
        st.toast(str(error))
        return
    st.session_state[_DELETED] = run.id


def _undo_delete() -> None:
    try:
        restore_run(st.session_state.pop(_DELETED))
    except MnistError as error:
        st.toast(str(error))


def _several(rows: list[RunRow]) -> None:
    if len(rows) > _NUM_COMPARED:
        st.info(f"The first {_NUM_COMPARED} are compared.")
    runs = {_short(row): open_run(row.id) for row in rows[:_NUM_COMPARED]}
    told: dict[str, History] = {name: read_history(run) for name, run in runs.items()}
    tell_problems(
        [
            f"{name}: {wording.lines_left_out(history.num_skipped)}"
            for name, history in told.items()
            if history.num_skipped
        ]
    )
    st.subheader("Accuracy on the watched images", anchor=False)
    plot(
        comparison.accuracies_of(told),
        key="compared_accuracy",
        description="Accuracy by epoch of the chosen runs.",
        height=360,
    )
    st.subheader("Training loss, smoothed", anchor=False)
    plot(
        comparison.losses_of(told),
        key="compared_loss",
        description="Loss by step of the chosen runs.",
        height=300,
    )
    st.subheader("Where their settings differ", anchor=False)
    found = comparison.differences(runs)
    if found:
        st.dataframe(found, hide_index=True)
    else:
        st.caption("Nowhere: they are the same run twice.")


def _short(row: RunRow) -> str:
    return f"{row.title} · {row.id[-4:]}"


def _seconds_between_looks() -> float | None:
    return _SECONDS_PER_LOOK if own_runs_under_way() else None


def _show(app: Shared, seconds: float | None) -> None:
    """Show the table and what is chosen; while a run is under way this looks again and again."""
    before = _seconds_between_looks()  # of what is shown: a run may end while it is
    with with_the_runs_left():
        _show_table(app)
    if {before, _seconds_between_looks()} != {seconds}:
        st.rerun()  # with or without the timer


def _show_table(app: Shared) -> None:
    found, unreadable = describe_runs(own_runs())
    rows = [row for row in found if row.kind != "lr_search"]
    unreadable_section(unreadable)
    if not rows and not unreadable:
        st.info(
            "There are no runs yet. Train a network, and it will be here.", icon=":material/info:"
        )
        if st.button("Train a network", key="train_one", icon=":material/model_training:"):
            st.switch_page("mnist_ui/pages/train/page.py")
        return
    chosen = choose_runs(rows) if rows else []
    if len(chosen) == 1:
        _one(app, open_run(chosen[0].id), chosen[0])
    elif chosen:
        _several(chosen)


app = open_page(
    "runs", "Your runs", "Every run is kept. Tick one to open it, two or more to compare them."
)
if _DELETED in st.session_state:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown("The run was deleted.")
        st.button("Undo", key="undo_delete", icon=":material/undo:", on_click=_undo_delete)
seconds = _seconds_between_looks()
st.fragment(run_every=seconds)(_show)(app, seconds)
