"""One trial that was chosen: its line, its numbers, its curve, and where to go with it."""

from html import escape
from typing import Final

import streamlit as st

from mnist_core.errors import MnistError
from mnist_core.networks.named import LINES, call
from mnist_core.runs.folder import create_run
from mnist_core.search.folder import Asked
from mnist_core.search.outcome import commands, to_train
from mnist_core.search.results import Trial
from mnist_ui import wording
from mnist_ui.components.plot import plot
from mnist_ui.pages.search import charts, words
from mnist_ui.session.limits import refusal, refusal_to_wait
from mnist_ui.session.settings import settings
from mnist_ui.session.shared import Shared
from mnist_ui.session.visitors import num_waiting, own_runs, start_run, visitor
from mnist_ui.widgets.expected_speed import expected_speed, known_speeds
from mnist_ui.widgets.next_page import LINE, show_on_train_page

_NUM_RUNS: Final = 50


def show_trial(app: Shared, search: str, asked: Asked, trial: Trial) -> None:
    """Show the trial of the search of that name, with its ways on."""
    st.html(_trial_html(search, asked, trial))
    _ways_on(app, asked, trial)
    left, right = st.columns([1, 1.2], gap="large")
    with left:
        st.html(_settings_html(trial, asked.recipe))
        with st.expander("As commands", icon=":material/terminal:"):
            train, study = commands(trial, asked.recipe)
            st.code(f"{train}\n\n{study}", language="bash", wrap_lines=True)
            st.caption(
                "The second trains ten seeds on all training images, and is the first look at the"
                " test set."
            )
    with right:
        if trial.curve:
            plot(
                charts.course(trial),
                key="trial_curve",
                description=words.course(trial),
                height=250,
            )
            st.caption("Accuracy on the held-out images by epoch, of its first seed.")


def _trial_html(search: str, asked: Asked, trial: Trial) -> str:
    low, high = trial.interval or (trial.loss, trial.loss)
    between = "" if trial.interval is None else f", 95 % interval {low:.4f} to {high:.4f}"
    seeds = words.seeds(trial) or (f"{asked.seeds} seeds" if asked.seeds > 1 else "one seed")
    facts = (
        ("validation error", f"{words.error(trial):.2f} %"),
        ("parameters", f"{trial.parameters:,}"),
        ("validation loss", f"{trial.loss:.4f}{between}"),
        ("trained", f"{wording.count_epochs(asked.epochs)}, {seeds}"),
    )
    told = "".join(f"<div><dt>{name}</dt><dd>{text}</dd></div>" for name, text in facts)
    line = LINES.get(trial.config.model, trial.config.model)
    return (
        f'<section class="trial"><h3>Network {trial.number} of {escape(search)}</h3>'
        f"<code>{escape(line)}</code><dl>{told}</dl></section>"
    )


def _settings_html(trial: Trial, recipe: str) -> str:
    changed = words.settings(trial, recipe)
    if not changed:
        return f'<p class="trial-settings">Settings as in the recipe “{escape(recipe)}”.</p>'
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th><td>{escape(text)}</td></tr>"
        for name, text in changed
    )
    return (
        f'<table class="trial-settings"><caption>Other than in the recipe “{escape(recipe)}”'
        f"</caption><tbody>{rows}</tbody></table>"
    )


def _ways_on(app: Shared, asked: Asked, trial: Trial) -> None:
    config = to_train(trial)
    with st.container(horizontal=True, gap="small"):
        if st.button(
            f"Train it for {config.epochs} epochs",
            key="train_trial",
            type="primary",
            icon=":material/play_arrow:",
        ):
            _train(app, asked, trial)
        if st.button("Open in the designer", key="design_trial", icon=":material/edit:"):
            line = LINES.get(config.model, config.model)
            st.switch_page("mnist_ui/pages/model/page.py", query_params={LINE: line})


def _train(app: Shared, asked: Asked, trial: Trial) -> None:
    config = to_train(trial)
    config = config.replace(model=call(config.model))
    speed = expected_speed(config.model, known_speeds(own_runs()[:_NUM_RUNS]))
    waiting = num_waiting(app.launcher.waiting())
    refused = refusal(config, settings(), images_per_second=speed) or refusal_to_wait(
        settings(), waiting
    )
    if refused is not None:
        st.error(refused, icon=":material/block:")
        return
    owner = visitor()
    try:
        run = start_run(app.launcher, lambda: create_run(config, recipe=asked.recipe, owner=owner))
    except (MnistError, OSError) as error:
        st.error(wording.unformatted(str(error)), icon=":material/error:")
        return
    show_on_train_page(run)
    st.switch_page("mnist_ui/pages/train/page.py")
