"""Draw: a pad on the left, what the network makes of it on the right."""

from typing import Final

import streamlit as st

from mnist_core.errors import MnistError
from mnist_core.inference.reading import Reading
from mnist_core.networks.named import describe
from mnist_ui import wording
from mnist_ui.components.canvas import drawing_pad
from mnist_ui.components.drawing import PAD_SIDE, Drawing, Picture, pen_strokes, recall
from mnist_ui.components.pad import live_pad, newest_drawing, tell_answered
from mnist_ui.pages.draw.answer import answer_html, bars_html, digits_html, frames_html, on_pad_html
from mnist_ui.pages.draw.keep import ToKeep, keep_section
from mnist_ui.pages.draw.photo import upload_section
from mnist_ui.pages.draw.preprocess_steps import preprocess_steps_html
from mnist_ui.pages.draw.second_network import (
    SecondNetwork,
    choose_second_network,
    name_beside,
    name_of,
    offer_before_and_after,
)
from mnist_ui.session.shared import Shared, best_for_drawings
from mnist_ui.widgets.challenge_strip import challenge_strip
from mnist_ui.widgets.network_choice import Network, choose_network
from mnist_ui.widgets.next_page import offer_mistakes
from mnist_ui.widgets.page_head import open_page
from mnist_ui.widgets.samples import Sample, random_sample

_PAD: Final = "canvas"
_SAMPLE: Final = "sample"


def _draw_and_answer(
    app: Shared, network: Network | None, second: SecondNetwork | None, was_ready: bool
) -> None:
    """Show pad and answers; a stroke runs this alone, and so does the timer of the page."""
    if st.session_state.setdefault("was_drawn_on", False):
        app.tell_page_is_out()
    st.session_state["was_drawn_on"] = True
    left, right = st.columns(2, gap="medium")
    drawn = left.container(key="drawn", gap=None)
    with drawn:
        drawing = live_pad(_PAD) if st.session_state["is_live"] else drawing_pad(_PAD)
    with right:
        reading = _answers(app, drawing, network, second)
    with drawn:
        digits = () if reading is None or len(reading.digits) == 1 else reading.digits
        st.html(frames_html(digits, (PAD_SIDE, PAD_SIDE)) + on_pad_html(reading))
    if network is not None:
        _offer_to_keep(app, network, drawing, reading)
    if st.session_state["is_live"]:
        with drawn:
            tell_answered(_PAD)
    if app.is_ready and not was_ready:
        st.rerun()  # without the timer


def _offer_to_keep(
    app: Shared, network: Network, drawing: Drawing | None, reading: Reading | None
) -> None:
    """Let a person say what the digit was; closed, it costs a stroke no time."""
    box = st.expander(
        "Was it right? Keep your drawing",
        icon=":material/fact_check:",
        key="keep",
        on_change="rerun",
    )
    if box.open:
        with box:
            keep_section(
                app, network, _to_keep(drawing, reading), lambda: _newest_to_keep(app, network)
            )


def _to_keep(drawing: Drawing | None, reading: Reading | None) -> ToKeep | None:
    """Return what could be kept: a drawing of one digit, made by a person."""
    digits = () if reading is None or not _is_own() else reading.digits
    if drawing is None or len(digits) != 1:
        return None
    image = digits[0].prediction.image
    return ToKeep(drawing=drawing, image=image, strokes=pen_strokes(_PAD))


def _newest_to_keep(app: Shared, network: Network) -> ToKeep | None:
    """The same for what the pad told last; in a callback, which runs before the page does."""
    drawing = newest_drawing(_PAD)
    if drawing is None or not app.is_ready:
        return None
    return _to_keep(drawing, app.networks.read(network.path, drawing))


def _answers(
    app: Shared, drawing: Drawing | None, network: Network | None, second: SecondNetwork | None
) -> Reading | None:
    """Show the answer of one network or of two; return the first one's."""
    if network is None:
        st.html(answer_html(None))
        return None
    if second is None:
        reading = shown = _answer(app, drawing, network, None)
    else:
        columns = st.columns(2, gap="small")
        first, other_place = reversed(columns) if isinstance(second, str) else columns
        with first:
            reading = _answer(app, drawing, network, None, name_beside(network, second))
        with other_place:
            other = _answer(app, drawing, network, second, name_of(second))
        shown = reading or other  # both see the same, if they can be asked
    digits = () if shown is None else shown.digits
    if len(digits) < 2:
        st.html(preprocess_steps_html(drawing, digits[0].prediction.stages if digits else None))
    return reading


def _answer(
    app: Shared,
    drawing: Drawing | None,
    network: Network,
    second: SecondNetwork | None,
    who: str = "",
) -> Reading | None:
    """Show what one network reads: a digit with its ten bars, or a number digit by digit."""
    reading, waiting = None, ""
    if not app.is_ready:
        waiting = "The network is being loaded; draw meanwhile."
    elif drawing is not None:
        try:
            reading = _read(app, drawing, network, second)
        except MnistError as error:
            st.error(str(error))
    panel = answer_html(reading, waiting=waiting, note=_note(), who=who, is_asked=_is_own())
    digits = () if reading is None else reading.digits
    if reading is not None and len(digits) > 1:
        st.html(panel + digits_html(reading))
    else:
        st.html(panel + bars_html(digits[0].prediction if digits else None))
    return reading


def _read(app: Shared, drawing: Drawing, network: Network, second: SecondNetwork | None) -> Reading:
    if isinstance(second, str):
        return app.networks.read_untrained(network.card, drawing)
    return app.networks.read((second or network).path, drawing)


def _take_sample() -> None:
    sample = random_sample()
    st.session_state[_SAMPLE] = sample
    recall(_PAD).begin_with([Picture(sample.pixels)])


def _is_own() -> bool:
    """Whether a person has put on the pad what is on it; else it writes a sample."""
    return recall(_PAD).sample is None


def _note() -> str:
    """Say so where no person drew what is on the pad: a sample, or a test digit and its label."""
    if not _is_own():
        return "A sample, read as it is written."
    sample: Sample | None = st.session_state.get(_SAMPLE)
    if sample is None or recall(_PAD).marks != [Picture(sample.pixels)]:
        return ""
    return f"A test image of {sample.source}. Its label: {sample.label}."


def _choices(network: Network, *, is_ready: bool) -> SecondNetwork | None:
    """Show what else one can do here; return who answers beside the network."""
    with st.container(key="draw_more", horizontal=True, vertical_alignment="bottom"):
        st.button(
            "A test digit",
            key="take_sample",
            icon=":material/shuffle:",
            on_click=_take_sample,
            disabled=not is_ready,
            help="Draws any of the test images, which no network was trained on.",
        )
        offer_mistakes(network.id, key="mistakes_of_it")
        second = choose_second_network(network)
        st.toggle(
            "Live",
            key="is_live",
            persist_state="session",
            help="On: our own pad answers while you draw, and takes keys. Off: the pad of"
            " streamlit-drawable-canvas answers after each stroke.",
        )
    return second


def _seconds_between(networks: list[Network], *, is_ready: bool) -> float | None:
    """Return how often to look again: for torch, or for an epoch of a network in training."""
    if not is_ready:
        return 0.3
    return 2.0 if any(network.is_training for network in networks) else None


app = open_page(
    "draw",
    "Draw a digit",
    "Draw with the mouse, a finger or the keys. The network answers while you draw.",
)
challenge_strip()
st.session_state.setdefault("is_live", True)
# Asked once: were torch in between two answers, what the first put here would stay.
is_ready = app.is_ready
with st.container(key="who", horizontal=True, vertical_alignment="bottom"):
    network, second = choose_network("Who answers", best_for_drawings()), None
    if network is not None:
        offer_before_and_after()
middle = st.container()
if network is not None:
    line = wording.unformatted(describe(network.card.model).line)
    facts = f"{line} · {network.card.parameters:,} parameters · {wording.accuracy(network.card)}."
    if network.id == best_for_drawings():
        facts += " Of the networks that ship it reads pen-drawn digits best."
    if network.is_training:
        facts += " It is still training: its answers change with every epoch."
    st.caption(facts)
    second = _choices(network, is_ready=is_ready)
if app.problem:
    st.error(app.problem)

asked = [one for one in (network, second) if isinstance(one, Network)]
with middle:
    st.fragment(run_every=_seconds_between(asked, is_ready=is_ready))(_draw_and_answer)(
        app, network, second, is_ready
    )

if network is not None:
    st.fragment(upload_section)(app, network)

with st.expander("How does it see?", icon=":material/help:"):
    st.markdown(
        "Your drawing is cropped to its ink, shrunk to 20 pixels and moved so that its centre of"
        " mass lies in the middle of 28 × 28 pixels: just as MNIST’s digits were made. So it does"
        " not matter where on the canvas you draw, or how large. Things to try: a 7 with and"
        " without a bar, a 1 with a foot, a 4 closed at the top, something that is no digit."
    )
