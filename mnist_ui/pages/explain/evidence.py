"""“What spoke for it”: which ink spoke for a digit, and which against it."""

import numpy as np
import streamlit as st

from mnist_core.explanation.attribution import (
    LayerView,
    cam_layers,
    cover,
    default_cam_layer,
    grad_cam,
    occlusion,
)
from mnist_core.explanation.whatif import Change, probabilities
from mnist_ui.pages.explain.charts import Floats, evidence_html, heat_picture
from mnist_ui.pages.explain.subject import Subject
from mnist_ui.wording import format_probability


@st.fragment
def show_what_spoke(subject: Subject, views: tuple[LayerView, ...]) -> None:
    """Show occlusion and Grad-CAM for the answer and for a digit of one's choice."""
    st.subheader("What spoke for it", anchor=False)
    st.caption(
        "Occlusion covers a part of the digit and asks again; Grad-CAM adds up the maps of one"
        " layer, each by how much it speaks for the digit."
    )
    st.session_state.setdefault("explain_layer", default_cam_layer(views))
    names = cam_layers(views)
    if st.session_state["explain_layer"] not in names:
        st.session_state["explain_layer"] = default_cam_layer(views)
    others = [digit for digit in range(10) if digit != subject.digit]
    if st.session_state.get("explain_other_of") != subject.key:  # another image or network
        st.session_state["explain_other_of"] = subject.key
        st.session_state["explain_other"] = subject.runner_up
    other = st.segmented_control(
        "And what spoke for", others, key="explain_other", required=True, width="content"
    )
    layer = st.session_state["explain_layer"] if names else None
    falls = subject.kept("occlusion", lambda: occlusion(subject.model, subject.image))
    digits = [subject.digit, subject.runner_up if other is None else int(other)]
    cams = [None if layer is None else _cam(subject, digit, layer) for digit in digits]
    largest = float(max(np.abs(falls[digits]).max(), 1e-6))
    for column, digit, cam in zip(st.columns(2, gap="medium"), digits, cams, strict=True):
        title = f"For a {digit}, the answer" if digit == subject.digit else f"For a {digit}"
        share = format_probability(float(subject.probabilities[digit]))
        pictures = [
            (heat_picture(subject.image, falls[digit], largest), "by covering it (occlusion)")
        ]
        if cam is not None:
            heat = heat_picture(subject.image, cam, float(cam.max()))
            pictures.append((heat, f"by Grad-CAM at {layer}"))
        words = _words(subject, digit, falls[digit])
        column.html(evidence_html(f"{title} ({share})", pictures, words))
    st.html(
        '<p class="legend"><span class="for"></span>spoke for the digit'
        '<span class="against"></span>spoke against it</p>'
    )
    _explain_how(names)


def _cam(subject: Subject, digit: int, layer: str) -> Floats:
    name = f"grad-cam {digit} {layer}"
    return subject.kept(name, lambda: grad_cam(subject.model, subject.image, digit, layer))


def _words(subject: Subject, digit: int, falls: Floats) -> str:
    """Say what covering the strongest place does."""
    if falls.max() <= 0:
        return f"No ink spoke for a {digit}: covering any of it only makes a {digit} likelier."
    row, column = (int(i) for i in np.unravel_index(falls.argmax(), falls.shape))
    covered = cover(subject.image, row, column)
    after = probabilities(subject.read, covered, [Change()])[0]
    shares = [format_probability(float(p)) for p in (subject.probabilities[digit], after[digit])]
    answer = int(after.argmax())
    rest = "" if answer == subject.digit else f"; the network would read a {answer}"
    where = _where(row, column)
    if shares[0] == shares[1]:
        return (
            f"The strongest ink for a {digit} is {where}; covering these 5 × 5 pixels"
            f" leaves it at {shares[0]}{rest}."
        )
    return (
        f"The strongest ink for a {digit} is {where}: with these 5 × 5 pixels covered, a {digit}"
        f" goes from {shares[0]} to {shares[1]}{rest}."
    )


def _where(row: int, column: int) -> str:
    vertical = ("at the top", "in the middle", "at the bottom")[_third(row)]
    side = (" on the left", "", " on the right")[_third(column)]
    return vertical + side


def _third(position: int) -> int:
    """Return which part of the 20 pixels that a digit fills a pixel is in."""
    return 0 if position < 11 else 1 if position < 17 else 2


def _explain_how(names: list[str]) -> None:
    with st.expander("How is that found?", icon=":material/help:"):
        st.markdown(
            "**Covering it.** A cover of 5 × 5 blank pixels goes over the digit, and each time the"
            " network is asked again. Orange: without that ink the digit became less likely (its"
            " odds fell), so the ink spoke for it. Blue: it became likelier. Both digits share one"
            " scale. Covers are blank, so this tells about ink, not about gaps. (Zeiler & Fergus"
            " 2014)\n\n"
            "**Grad-CAM.** The maps of one layer are added up, each weighted by how much the"
            " digit’s score grows with it; only what speaks for the digit is kept. It is coarse,"
            " and each picture has a scale of its own. (Selvaraju et al. 2017)\n\n"
            "The two may disagree. Neither is the reason itself: they are two questions put to"
            " the network."
        )
        if names:
            st.selectbox("Layer that Grad-CAM looks at", names, key="explain_layer")
        else:
            st.caption("Here no layer has more than one place, so there is nothing for Grad-CAM.")
