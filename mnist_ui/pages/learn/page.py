"""Learn: the challenge in steps; why each one helps, what it is worth, and a way to train it."""

from html import escape

import streamlit as st

from mnist_core.config.knob import Knob
from mnist_core.config.recipe import Recipe
from mnist_core.config.settings import knobs
from mnist_core.data.mnist import usual_dataset
from mnist_core.experiments.ladder import Rung, ladder
from mnist_core.networks.named import LINES
from mnist_ui.components.plot import plot
from mnist_ui.pages.learn import charts
from mnist_ui.pages.learn.own import own_accuracies
from mnist_ui.session.visitors import own_runs
from mnist_ui.widgets.next_page import LINE
from mnist_ui.widgets.page_head import open_page
from mnist_ui.widgets.problems import tell_problems
from mnist_ui.widgets.settings_form import train_again_with


def _show(rung: Rung, own: list[float]) -> None:
    recipe = rung.lesson.recipe
    with st.container(border=True, key=f"rung_{recipe.name}"):
        st.html(_card_html(rung, own))
        with st.container(horizontal=True, gap="small"):
            _ways_on(recipe)


def _ways_on(recipe: Recipe) -> None:
    if st.button("Train this step", key=f"train_{recipe.name}", icon=":material/play_arrow:"):
        train_again_with(recipe.name, recipe.config_on(usual_dataset()))
        st.switch_page("mnist_ui/pages/train/page.py")
    if st.button("Change its network", key=f"design_{recipe.name}", icon=":material/edit:"):
        line = {LINE: _line(recipe.config.model)}
        st.switch_page("mnist_ui/pages/model/page.py", query_params=line)


def _card_html(rung: Rung, own: list[float]) -> str:
    recipe = rung.lesson.recipe
    number = "" if rung.number is None else f"<i>{rung.number}</i>"
    changes = "".join(
        f"<li>{escape(knobs()[name].label)}: <b>{escape(_value(knobs()[name], value))}</b></li>"
        for name, value in rung.changes.items()
        if name != "model"  # it stands below, as it does in every step
    )
    return (
        f'<div class="rung"><div><h3>{number}{escape(recipe.title)}</h3>'
        f"<p>{escape(rung.lesson.why)}</p>"
        + (f'<ul aria-label="What changes">{changes}</ul>' if changes else "")
        + f"<code>{escape(_line(recipe.config.model))}</code></div>{_result_html(rung, own)}</div>"
    )


def _line(model: str) -> str:
    return LINES.get(model, model)


def _value(knob: Knob, value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:g} {knob.unit}".strip() if isinstance(value, float) else str(value)


def _result_html(rung: Rung, own: list[float]) -> str:
    study = rung.study
    if study is None:
        return '<div class="worth"><b>–</b><span>not measured</span></div>'
    gain = "" if rung.gain is None else f"<em>{rung.gain:+.2f}</em>"
    deviation = study.standard_deviation or 0.0
    yours = f"<span>yours: {max(own):.2f} %</span>" if own else ""
    return (
        f'<div class="worth"><b>{study.mean:.2f} %</b>{gain}'
        f"<span>mean of {len(study.test_accuracies)} seeds, ± {deviation:.2f}</span>"
        f"<span>{study.parameters:,} parameters, {study.epochs} epochs</span>{yours}</div>"
    )


open_page(
    "learn",
    "From stuck to the challenge",
    "One idea of the field at a time: why it helps, what it was measured to be worth, and a button"
    " to see for yourself.",
)
problems: list[str] = []
rungs = ladder(problems=problems)
tell_problems(problems)
steps = [rung for rung in rungs if rung.number is not None]
own = own_accuracies(own_runs())
plot(
    charts.ladder_figure(steps),
    key="ladder",
    description=charts.describe(steps),
    height=320,
)
st.caption(
    "Each step keeps what the one before it had. All seeds train on MNIST’s 60,000 training images;"
    " the 10,000 test images were measured once a run, after its last epoch, and chose nothing."
)
for rung in steps:
    _show(rung, own.get(rung.lesson.recipe.name, []))
st.subheader("Failures teach too", anchor=False)
for rung in rungs:
    if rung.number is None:
        _show(rung, own.get(rung.lesson.recipe.name, []))
