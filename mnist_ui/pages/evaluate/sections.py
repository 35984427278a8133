"""The parts of the Evaluate page, each drawn only when it is looked at."""

from typing import Final

import numpy as np
import streamlit as st

from mnist_core.data.label_errors import LABEL_ERRORS
from mnist_core.errors import MnistError
from mnist_core.evaluation.metrics import compare_answers, most_confused, reliability, score_digits
from mnist_ui.components.plot import ClickedPoint, plot
from mnist_ui.pages.evaluate import charts, gallery, words
from mnist_ui.pages.evaluate.image_sets import Examined, Places, evaluation_of
from mnist_ui.widgets.network_choice import choose_listed, labels_of, list_networks
from mnist_ui.widgets.why import Puzzle, pictures_to_explain
from mnist_ui.wording import unformatted

_NUM_SHOWN: Final = 24
_NUM_PAIRS: Final = 8
_TRUTH: Final = "cell_truth"
_ANSWER: Final = "cell_answer"


@st.fragment
def confusion(one: Examined) -> None:
    """Show the confusion matrix and the images of the cell that is chosen, by click or by name."""
    worst = _worst_cell(one)
    truth = int(st.session_state.setdefault(_TRUTH, worst[0]))
    answer = int(st.session_state.setdefault(_ANSWER, worst[1]))
    left, right = st.columns([1.05, 1], gap="large")
    with left:
        st.caption("Rows are the truth, columns the answer. Click a cell to see its images.")
        plot(
            charts.confusion_with_choice(
                one.found.confusion, truth=truth, answer=answer, uirevision="confusion"
            ),
            key="evaluation_confusion",
            description=_confusion_words(one),
            height=430,
            on_click=_look_at,
        )
    with right:
        with st.container(horizontal=True):
            st.selectbox("Truth", range(10), key=_TRUTH, persist_state="session")
            st.selectbox("Read as", range(10), key=_ANSWER, persist_state="session")
        places = _places_of(one, truth, answer)
        shown = places[:_NUM_SHOWN]
        st.caption(words.cell_words(truth, answer, len(places), len(shown)))
        _show_specimens(one, shown, key="cell_images")


def digits(one: Examined) -> None:
    """Show how well each digit is read, and which are confused."""
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        st.html(gallery.scores_html(score_digits(one.found.confusion)))
        st.caption(
            "**Precision**: of the images read as this digit, how many are. **Recall**: of the"
            " images of this digit, how many are read so. **F1**: their harmonic mean."
        )
    with right:
        pairs = most_confused(one.found.confusion, limit=_NUM_PAIRS)
        if pairs:
            st.caption("The pairs of digits that are confused most")
            st.html(gallery.pairs_html(pairs))
        else:
            st.caption("No digit was taken for another.")


@st.fragment
def mistakes(one: Examined) -> None:
    """Show the mistakes, the one that costs most first."""
    wrong = one.mistakes
    if not len(wrong):
        st.success("It read every image right.", icon=":material/check:")
        return
    st.caption(
        "The worst first: those for whose truth the network gave the smallest probability. The"
        " bars are its probabilities; the truth’s is green. Press a picture, and Explain says why."
    )
    if one.source.has_known_doubts:
        num_doubted = sum(int(place) in LABEL_ERRORS for place in wrong)
        st.caption(words.doubts_words(num_doubted, len(wrong)))
    key = f"num_mistakes_{one.network.id}_{one.source.id}"
    num_shown = int(st.session_state.get(key, _NUM_SHOWN))
    _show_specimens(one, wrong[:num_shown], key="mistakes")
    if num_shown < len(wrong):
        st.button(
            f"Show more ({len(wrong) - num_shown:,} left)",
            key="show_more_mistakes",
            on_click=_show_more,
            args=(key, num_shown),
            icon=":material/expand_more:",
        )


def certainty(one: Examined) -> None:
    """Show whether the network is right as often as it is sure."""
    bins = reliability(one.confidences, one.is_right)
    in_words = words.calibration_words(bins)
    left, right = st.columns([1.4, 1], gap="large")
    with left:
        plot(
            charts.reliability_diagram(bins, uirevision="reliability"),
            key="evaluation_reliability",
            description=f"Reliability diagram. {in_words}",
            height=400,
        )
    with right:
        st.markdown(in_words)
        st.caption(
            "Each point gathers the answers of one degree of certainty. Below the line the network"
            " promises more than it keeps. Long bars mean few images: read nothing into them."
        )


@st.fragment
def comparison(one: Examined) -> None:
    """Compare with a second network on the same images."""
    others = {net.id: net for net in list_networks() if net.id != one.network.id}
    if not others:
        st.info("There is no second network yet. Train one, and it can be compared here.")
        return
    chosen = choose_listed(
        "Compare with", labels_of(others), key="compared_network", default=next(iter(others))
    )
    network = others[chosen]
    try:
        with st.spinner(f"Reading {len(one.labels):,} images…"):
            found = evaluation_of(network.path, one.images)
    except MnistError as error:
        st.error(str(error), icon=":material/error:")
        return
    other = Examined(network, one.source, one.images, found)
    if one.source.was_trained_on(network.card):
        st.warning("The second network was trained on these very images.")
    counts = compare_answers(one.is_right, other.is_right)
    left, right = st.columns([1, 1.2], gap="large")
    left.html(gallery.paired_html(counts, one.name, other.name))
    right.markdown(
        f"**{one.found.accuracy:.2f} %** against **{found.accuracy:.2f} %**. "
        + words.comparison_words(counts, one.name, other.name)
    )
    for better, worse in ((one, other), (other, one)):
        places = np.flatnonzero(better.is_right & ~worse.is_right)
        places = places[np.argsort(-worse.found.losses.numpy()[places], kind="stable")]
        if len(places):
            st.subheader(f"Only {unformatted(better.name)} reads these", anchor=False)
            told = f"With the answers and probabilities of {unformatted(worse.name)}."
            st.caption(f"{told} {_limit(len(places))}")
            key = "only_first_reads" if better is one else "only_second_reads"
            _show_specimens(worse, places[:_NUM_SHOWN], key=key)


def _show_specimens(one: Examined, places: Places, *, key: str) -> None:
    """Show the images in these places; one that is pressed opens on Explain."""
    shown = one.specimens(places)
    puzzles = {
        specimen.index: Puzzle(
            specimen.image, f"No. {specimen.index} of {one.source.label}: {specimen.words}."
        )
        for specimen in shown
    }
    html = gallery.specimens_html(shown)
    pictures_to_explain(html, puzzles, network=one.network.id, key=key)


def _limit(num: int) -> str:
    return f"The {_NUM_SHOWN} worst of {num:,}." if num > _NUM_SHOWN else ""


def _look_at(point: ClickedPoint) -> None:
    digits = {str(digit): digit for digit in range(10)}
    truth, answer = digits.get(str(point.y)), digits.get(str(point.x))
    if truth is not None and answer is not None:
        st.session_state[_TRUTH], st.session_state[_ANSWER] = truth, answer


def _show_more(key: str, num_shown: int) -> None:
    st.session_state[key] = num_shown + _NUM_SHOWN


def _worst_cell(one: Examined) -> tuple[int, int]:
    counts = np.array(one.found.confusion)
    np.fill_diagonal(counts, 0)
    truth, answer = divmod(int(counts.argmax()), 10)
    return truth, answer


def _places_of(one: Examined, truth: int, answer: int) -> Places:
    """Return the places of a cell's images: mistakes by falling certainty, right ones by rising."""
    places = np.flatnonzero((one.labels == truth) & (one.answers == answer))
    sure = one.confidences[places]
    return places[np.argsort(sure if truth == answer else -sure, kind="stable")]


def _confusion_words(one: Examined) -> str:
    pairs = most_confused(one.found.confusion, limit=3)
    told = ", ".join(f"{p.first} and {p.second} {p.count} times" for p in pairs) or "none"
    return f"Confusion matrix, rows are the truth. Confused most: {told}."
