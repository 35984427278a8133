"""The part of the Model page that answers while one types: a line, and all that it comes to.

It runs at every keystroke, so it reads no files and needs no torch; `Known` was gathered before.
"""

from typing import Final

import streamlit as st

from mnist_core.networks.named import LINES, call
from mnist_core.networks.notation import Description
from mnist_core.networks.words import Token, read_word
from mnist_ui import wording
from mnist_ui.charts.compared import describe
from mnist_ui.components.chips import chips
from mnist_ui.components.parts import part_rows, say_word
from mnist_ui.components.plot import plot
from mnist_ui.pages.model.diagram import diagram_html
from mnist_ui.pages.model.history import Design
from mnist_ui.pages.model.known import Known
from mnist_ui.pages.model.layer_table import layer_table_html
from mnist_ui.pages.model.message import message_html
from mnist_ui.pages.model.planned import planned_conditions, recipe_for
from mnist_ui.pages.model.size_picture import size_picture, tell_place
from mnist_ui.session.shared import Shared
from mnist_ui.widgets.challenge import checklist_html
from mnist_ui.widgets.expected_speed import expected_speed
from mnist_ui.widgets.next_page import LINE
from mnist_ui.widgets.problems import tell_problems
from mnist_ui.widgets.settings_form import train_again_with

_DESIGN: Final = "design"
_IS_LEAVING: Final = "is_leaving"
_KEEPS_LINE: Final = "keeps_line"
_MEASURE: Final = "measure_time"
_FIRST: Final = LINES["tiny"]
_WORDS: Final = "\n".join(
    f"- `{text}` {say_word(read_word(Token(text, 1, 0, 0)))}"
    for text in (
        *("16c5", "16c5v", "16c5s2", "16c3g4", "16c3x2", "2*16c3"),
        *("p2", "a2", "b2", "d", "d.1", "16C3", "B", "R", "max", "mean"),
    )
)
"""Every kind of word, with what it stands for."""


def measure_once() -> None:
    """Let the next run of the designer measure its line's time: that takes longer than a key."""
    st.session_state[_MEASURE] = True


def keep_line() -> None:
    """Let the next run of the designer, which no typing brings about, keep the line as it is.

    A browser that has not heard yet what a button wrote tells of a line before.
    """
    st.session_state[_KEEPS_LINE] = True


def write_line(line: str) -> None:
    """Put another line in place; to be called before the designer runs, as a callback is."""
    st.session_state[LINE] = line


@st.fragment
def designer(app: Shared, known: Known) -> None:
    """Show the line with what changes it, then what it comes to."""
    if LINE not in st.session_state and LINE not in st.query_params:
        write_line(_FIRST)
    before: Design | None = st.session_state.get(_DESIGN)
    keeps_line = st.session_state.pop(_KEEPS_LINE, False)
    if before is not None and keeps_line and st.session_state.get(LINE) in before.past:
        write_line(before.line)
    is_leaving = st.session_state.pop(_IS_LEAVING, False)
    beginnings = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", key="line_row"):
        text = st.text_input(
            "Your network in one line",
            key=LINE,
            live=True,  # after 250 ms; a duration in words would load pandas
            # Another page is not opened while a widget is bound to the address.
            bind=None if is_leaving else "query-params",
            persist_state="session",
            placeholder="16c5 p2 24c3 max",
            autocomplete="off",
        )
        design: Design = st.session_state.setdefault(_DESIGN, Design.begin(text or ""))
        design.change(text or "")
        _history_buttons(design)
        with st.popover("Words", icon=":material/menu_book:", width="content"):
            st.markdown(_WORDS)
    with beginnings:
        _offer_examples(design, known)
    st.html(message_html(design))
    left, right = st.columns([1.75, 1], gap="large")
    with left:
        part_rows(LINES.get(design.line, design.line), key="parts", on_edit=write_line)
    found = design.last_valid
    with right:
        if found is not None:
            _show_challenge(design, found, known)
        _offer_to_train(design, found, known, is_pressed=is_leaving)
    if found is None:
        return
    st.html(_as_it_is(diagram_html(found), design))
    _show_layers(app, design, found)
    _show_size(found, known)


def _history_buttons(design: Design) -> None:
    def undo() -> None:
        design.undo()
        write_line(design.line)

    def redo() -> None:
        design.redo()
        write_line(design.line)

    st.button(
        "Undo", key="undo_line", icon=":material/undo:", on_click=undo, disabled=not design.past
    )
    st.button(
        "Redo", key="redo_line", icon=":material/redo:", on_click=redo, disabled=not design.future
    )
    st.button(
        "Clear",
        key="clear_line",
        icon=":material/backspace:",
        on_click=write_line,
        args=("",),
        disabled=not design.line,
    )


def _offer_examples(design: Design, known: Known) -> None:
    """Show the chips; the one whose line stands there is pressed, and told of."""
    beginnings = known.examples
    line = design.last_valid.line if design.is_valid and design.last_valid else ""
    current = line if line in beginnings else None
    titles = {one: example.title for one, example in beginnings.items()}
    chips("Begin with", titles, current=current, key="begin_with", on_press=write_line)
    why = beginnings[current].why if current else "A network of your own."
    st.caption(wording.unformatted(why))


def _show_challenge(design: Design, found: Description, known: Known) -> None:
    name = call(found.line)
    conditions = planned_conditions(
        name, recipe_for(name), found.parameters, known.studies, known.own.get(name, [])
    )
    st.subheader("The challenge", anchor=False)
    st.html(_as_it_is(checklist_html(conditions), design))


def _offer_to_train(
    design: Design, found: Description | None, known: Known, *, is_pressed: bool
) -> None:
    st.button(
        "Train this",
        key="train_this",
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
        on_click=_leave,
        disabled=not design.is_valid,
    )
    if found is None or not design.is_valid:
        st.caption(
            "Not yet: the line is no network."
            + ("" if found is None else " What is grey belongs to the last one that was.")
        )
        return
    name = call(found.line)
    recipe = recipe_for(name)
    config = recipe.config_on(known.dataset).replace(model=name)
    if is_pressed:
        train_again_with(recipe.name, config)
        st.switch_page("mnist_ui/pages/train/page.py")
    speed = expected_speed(name, known.speeds)
    epoch = wording.duration(max(1.0, wording.num_train(config) / speed))
    st.caption(
        f"About {epoch} an epoch on this machine. {wording.plan(config, speed)}, with the recipe"
        f" “{recipe.name}”; the next page changes any of it before it starts."
    )


def _leave() -> None:
    keep_line()
    st.session_state[_IS_LEAVING] = True


def _measure() -> None:
    keep_line()
    measure_once()


def _show_layers(app: Shared, design: Design, found: Description) -> None:
    st.subheader("Its layers", anchor=False)
    name = call(found.line)
    can_measure = app.is_ready and app.problem is None and design.is_valid
    times = app.networks.times(name) if can_measure else None
    table = st.empty()
    table.html(_as_it_is(layer_table_html(found, times), design))
    st.caption(
        "For one image. Multiply-adds are those of convolutions; memory is each layer’s output;"
        " “sees” is the receptive field, the part of the 28 × 28 image that stands behind one"
        " value; time is a share, measured on this machine."
    )
    if not can_measure or times is not None:
        return
    if st.session_state.pop(_MEASURE, False):
        times = app.networks.measure_times(name)
        table.html(_as_it_is(layer_table_html(found, times), design))
    else:
        st.button(
            "Measure its time",
            key="measure",
            icon=":material/timer:",
            on_click=_measure,
        )


def _show_size(found: Description, known: Known) -> None:
    st.subheader("Accuracy by size", anchor=False)
    tell_problems(known.problems)
    own = known.own.get(call(found.line), [])
    plot(
        size_picture(known.entries, found.parameters, own),
        key="networks_compared",
        description=describe(known.entries) + tell_place(found.parameters, own),
        height=380,
    )


def _as_it_is(html: str, design: Design) -> str:
    """Grey out what is of an earlier line, while this one is no network."""
    if design.is_valid:
        return html
    return f'<div class="stale" aria-label="Of the last line that was a network">{html}</div>'
