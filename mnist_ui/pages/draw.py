"""Draw: a canvas on the left, what the network makes of it on the right."""

import streamlit as st

from mnist_core.errors import CheckpointError
from mnist_ui import wording
from mnist_ui.answer import answer_html
from mnist_ui.cache import Shared
from mnist_ui.canvas import drawing_pad
from mnist_ui.charts import probability_bars
from mnist_ui.layout import open_page
from mnist_ui.networks import Network, choose_network
from mnist_ui.plot import plot


def _draw_and_answer(app: Shared, network: Network | None, is_waiting: bool) -> None:
    """Show canvas and answer; a stroke runs this alone."""
    left, right = st.columns([1, 2.1], gap="medium")
    with left:
        drawing = drawing_pad("canvas")
    prediction, waiting = None, ""
    if not app.is_ready:
        waiting = "The network is being loaded; draw meanwhile."
    elif is_waiting:
        st.rerun()  # without the timer
    elif network is not None and drawing is not None:
        try:
            prediction = app.predictor(network.path).predict(drawing)
        except CheckpointError as error:
            right.error(str(error))
    with right:
        st.html(answer_html(prediction, waiting=waiting))
        probabilities = None if prediction is None else [float(p) for p in prediction.probabilities]
        plot(
            probability_bars(probabilities),
            key="probabilities",
            description=_describe(probabilities),
            height=280,
        )


def _describe(probabilities: list[float] | None) -> str:
    if probabilities is None:
        return "How likely each digit is: empty until something is drawn."
    shares = ", ".join(f"{digit}: {100 * p:.1f} %" for digit, p in enumerate(probabilities))
    return f"How likely the network finds each digit. {shares}."


app = open_page(
    "Draw a digit",
    "Draw with the mouse or a finger. The network answers as soon as you lift the pen.",
)
network = choose_network("Who answers")
if network is not None:
    still = (
        " It is still training: its answers change with every epoch." if network.is_training else ""
    )
    st.caption(f"{network.card.parameters:,} parameters · {wording.accuracy(network.card)}.{still}")
if app.problem:
    st.error(app.problem)

seconds = 0.3 if not app.is_ready else 2.0 if network is not None and network.is_training else None
st.fragment(run_every=seconds)(_draw_and_answer)(app, network, not app.is_ready)

with st.expander("How does it see?", icon=":material/help:"):
    st.markdown(
        "Your drawing is cropped to its ink, shrunk to 20 pixels and moved so that its centre of"
        " mass lies in the middle of 28 × 28 pixels: just as MNIST’s digits were made. So it does"
        " not matter where on the canvas you draw, or how large. Things to try: a 7 with and"
        " without a bar, a 1 with a foot, a 4 closed at the top, something that is no digit."
    )
