"""The drawing that a run classifies after each epoch: the visitor's own, or one easy to misread."""

from functools import cache

import numpy as np
import streamlit as st

from mnist_core.data.preprocess import Floats, preprocess
from mnist_ui.components.drawing import Drawing, last_drawing
from mnist_ui.widgets.samples import default_drawing


def choose_probe() -> bytes | None:
    """Show where the probe comes from; return its 28×28 bytes."""
    drawing = last_drawing("canvas")
    options = ["a 4 that is almost a 9"] + (["my drawing"] if drawing is not None else [])
    chosen = st.selectbox(
        "Probe",
        options,
        index=len(options) - 1,
        key="choose_probe",
    )
    st.caption(
        "The probe is a drawing that the network is asked after each epoch, to watch it make up its"
        " mind."
    )
    own = _own_probe(drawing) if drawing is not None and chosen == "my drawing" else None
    return own or _default_probe()


@cache
def _default_probe() -> bytes:
    image = preprocess(default_drawing())
    assert image is not None
    return _as_bytes(image)


def _own_probe(drawing: Drawing) -> bytes | None:
    """Return what a network would see of the drawing; None where it is blank."""
    # Here: it loads scipy, which the page does without until there is a drawing.
    from mnist_core.inference.segment import find_one_digit

    part = find_one_digit(drawing)
    return None if part is None else _as_bytes(part.stages.centred)


def _as_bytes(image: Floats) -> bytes:
    return (image * 255).round().astype(np.uint8).tobytes()
