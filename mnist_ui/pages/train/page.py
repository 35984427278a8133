"""Train: settings on the left, the run as it happens on the right."""

from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from mnist_core.config.recipes import Recipe, repeat_command
from mnist_core.config.settings import TrainConfig
from mnist_core.data.drawings import has_strokes, own_folder
from mnist_core.errors import DataError, MnistError
from mnist_core.runs.folder import create_run
from mnist_core.runs.history import History
from mnist_core.runs.run import Run, State
from mnist_core.runs.table import title_of
from mnist_core.strokes.files import StrokeSet, read_strokes
from mnist_ui import wording
from mnist_ui.pages.train.probe import choose_probe
from mnist_ui.pages.train.queue_view import others_under_way, show_queue
from mnist_ui.pages.train.run_so_far import read_on
from mnist_ui.pages.train.run_view import show_run
from mnist_ui.session.limits import refusal, refusal_of_size, refusal_to_wait
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import (
    UNDER_WAY,
    find_run_under_way,
    num_waiting,
    own_runs,
    start_run,
    visitor,
    with_the_runs_left,
)
from mnist_ui.widgets import settings_form
from mnist_ui.widgets.challenge_strip import challenge_strip
from mnist_ui.widgets.expected_speed import expected_speed, known_speeds
from mnist_ui.widgets.get_mnist import offer_mnist
from mnist_ui.widgets.network_choice import choose_listed
from mnist_ui.widgets.next_page import SHOWN, show_on_train_page
from mnist_ui.widgets.page_head import open_page

_NUM_RUNS: Final = 50


def _start_panel(app: Shared) -> None:
    """Show the settings of the next run; a change to one runs this alone."""
    recipe = settings_form.choose_recipe()
    button = st.container()  # what happens on the press stands above the settings it follows
    config = settings_form.settings_form(recipe)
    probe = choose_probe()
    with button:
        _offer_to_train(app, recipe, config, probe)
    if config is not None:
        _offer_to_search(app, recipe, config)
        with st.expander("As a command", icon=":material/terminal:"):
            st.code(repeat_command(recipe.name, config), language="bash", wrap_lines=True)


def _offer_to_train(
    app: Shared, recipe: Recipe, config: TrainConfig | None, probe: bytes | None
) -> None:
    if config is None:
        _train_button("Train", is_offered=False)
        return
    speed = expected_speed(config.model, known_speeds(own_runs()[:_NUM_RUNS]))
    waiting = num_waiting(app.launcher.waiting())
    refused = refusal(config, settings(), images_per_second=speed) or refusal_to_wait(
        settings(), waiting
    )
    if refused is not None:
        _train_button("Train", is_offered=False)
        st.error(refused, icon=":material/block:")
    else:
        live = find_run_under_way()
        label = "Train" if live is None else "Train after the one that runs"
        if _train_button(label):
            _start(app, recipe, config, probe=probe)
    st.caption(f"{wording.plan(config, speed)}. {wording.what_is_watched(config)}")
    settings_form.tell_changes(recipe, config)


def _train_button(label: str, *, is_offered: bool = True) -> bool:
    """Show the button, the same one whatever it says: a press is not lost when that changes."""
    return st.button(
        label,
        key="train",
        type="primary",
        icon=":material/play_arrow:" if is_offered else None,
        width="stretch",
        disabled=not is_offered,
    )


def _offer_to_search(app: Shared, recipe: Recipe, config: TrainConfig) -> None:
    is_pressed = st.button(
        "Find a learning rate", key="find_rate", icon=":material/search:", width="stretch"
    )
    if not is_pressed:
        return
    if (refused := refusal_of_size(config, settings())) is not None:
        st.error(refused, icon=":material/block:")
        return
    _start(app, recipe, config, kind="lr_search")


def _start(app: Shared, recipe: Recipe, config: TrainConfig, **more: Any) -> None:
    try:
        owner = visitor()
        strokes = _own_strokes(owner) if config.stroke_renders else None
        run = start_run(
            app.launcher,
            lambda: create_run(config, recipe=recipe.name, owner=owner, strokes=strokes, **more),
        )
    except (MnistError, OSError) as error:
        st.error(str(error), icon=":material/error:")
        return
    show_on_train_page(run)
    st.rerun()  # the run stands outside of what a button here runs


def _own_strokes(owner: str) -> StrokeSet:
    """Return what the visitor drew and kept; raises `DataError` with the remedy for nothing."""
    if not has_strokes(owner):
        raise DataError(
            "These settings train on pen strokes, too, and you have kept no drawings yet. Keep some"
            " on Draw, or train with a file of strokes in a terminal: the command is below."
        )
    return read_strokes(own_folder(owner))


def _follow_link() -> None:
    """Show the run that the address names, once: the settings write the address anew."""
    named = st.query_params.get("run")
    if named is None:
        return
    del st.query_params["run"]
    found = next((run for run in own_runs() if run.id == named and run.is_readable()), None)
    if found is not None:
        show_on_train_page(found)
    else:
        st.warning(
            "The link leads to a run that is not here: it was deleted, or is another visitor’s.",
            icon=":material/link_off:",
        )


def _runs_to_choose() -> list[Run]:
    """Return the newest runs, and the one that is shown, be it ever so old."""
    runs = own_runs()
    shown = st.session_state.get(SHOWN)
    return runs[:_NUM_RUNS] + [run for run in runs[_NUM_RUNS:] if run.id == shown]


def _choose_run() -> Run | None:
    runs = {run.id: run for run in _runs_to_choose() if run.is_readable()}
    if not runs:
        return None
    if st.session_state.get(SHOWN) not in runs:
        live = find_run_under_way()
        show_on_train_page(live if live and live.id in runs else next(iter(runs.values())))
    shown = str(st.session_state[SHOWN])
    labels = wording.told_apart({name: _describe(run) for name, run in runs.items()})
    return runs[choose_listed("Run", labels, key=SHOWN, default=shown, is_label_shown=False)]


def _describe(run: Run) -> str:
    data = wording.DATASETS[run.config.dataset]
    return f"{run.created:%-d %b, %H:%M:%S} · {title_of(run)} · {data}"


def _seconds_between_looks(
    run: Run, state: State, history: History, others: Sequence[Run]
) -> float | None:
    """Return how often to look at a run shown in that state: often where an answer is awaited.

    Never at its end; but while others are under way they are looked at, too.
    """
    if state not in UNDER_WAY:
        return 1.0 if others else None
    is_awaited = not history.steps or run.control().stop
    return 0.3 if is_awaited else 1.0


def _watch(app: Shared, run: Run, seconds: float | None) -> None:
    """Show the run; where it is gone, or damaged, the whole page runs again and shows another."""
    with with_the_runs_left():
        if run.is_readable():
            _look(app, run, seconds)
            return
    st.rerun()


def _look(app: Shared, run: Run, seconds: float | None) -> None:
    """Show the run; where it is to be looked at more or less often, the whole page runs again.

    At the end, as everywhere: a press would be lost on a look that ends before its buttons.
    """
    others = others_under_way(run)
    state = run.state()  # before what it said is read: at its end that is all
    so_far = read_on(run, beside=[other.id for other in others])
    for looked_at in (run, *others):
        app.launcher.watch(looked_at)
    with st.container():  # whatever comes into it, the run below keeps its place
        if state == "waiting" and app.launcher.problem is not None:
            st.warning(app.launcher.problem, icon=":material/warning:")
        show_queue(app, run, others)
    show_run(app, run, so_far, state)
    if _seconds_between_looks(run, state, so_far.history, others) != seconds:
        st.rerun()


def _empty() -> None:
    st.html(
        '<div class="empty-run"><b>Nothing has been trained here yet.</b><br>'
        "Press Train: the first numbers come within seconds, and the page stays yours meanwhile."
        " You can leave it, reload it or close it; the run goes on and is found again.</div>"
    )


app = open_page("train", "Train a network", "Pick a recipe, press Train, and watch it learn.")
challenge_strip()
app.warm_up()
_follow_link()
offer_mnist(app)
left, right = st.columns([1, 2.1], gap="large")
with left:
    st.html('<div id="settings"></div>')  # where a phone's "Train another" leads
    st.fragment(_start_panel)(app)
with right:
    run = _choose_run()
    if run is None:
        _empty()
    else:
        others = others_under_way(run)
        kept = read_on(run, beside=[other.id for other in others])
        seconds = _seconds_between_looks(run, run.state(), kept.history, others)
        st.fragment(run_every=seconds)(_watch)(app, run, seconds)
