"""Accuracy against distortions on the Evaluate page: measured when asked for, then kept."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import streamlit as st

from mnist_core.evaluation.robustness import DISTORTIONS, NUM_POINTS, RobustnessPoint
from mnist_core.evaluation.store import read_robustness, robustness_of
from mnist_core.files import last_changed
from mnist_ui.components.plot import plot
from mnist_ui.pages.evaluate import charts, gallery
from mnist_ui.pages.evaluate.image_sets import Examined, turn

_NUM_QUICK: Final = 2_000
_MEASURED: Final = "robustness"


@st.fragment
def distortions(one: Examined) -> None:
    """Show accuracy against distortions; measured when asked for."""
    total = len(one.labels)
    num_images = min(total, _NUM_QUICK)
    if total > _NUM_QUICK:
        choices = {f"{_NUM_QUICK:,} of them": _NUM_QUICK, f"all {total:,}": total}
        st.session_state.setdefault("robustness_images", next(iter(choices)))
        chosen = st.segmented_control(
            "Images", list(choices), key="robustness_images", required=True
        )
        num_images = choices.get(str(chosen), _NUM_QUICK)
    points = _kept_points(one, num_images)
    if points is None:
        asking = st.empty()
        with asking.container():
            st.markdown(
                "Rotate, shift, dirty or thicken every image a little more each time: when does"
                " the network lose its way?"
            )
            is_pressed = st.button(
                "Measure it", key="measure_it", type="primary", icon=":material/play_arrow:"
            )
            if not is_pressed:
                return
            points = _measure_robustness(one, num_images)
        asking.empty()
    _show_robustness(one, points)


def _kept_points(one: Examined, num_images: int) -> Sequence[RobustnessPoint] | None:
    """Return what was measured before, by anyone or, where nothing can be kept, by this visitor."""
    own = st.session_state.get(_MEASURED)
    if own is not None and own[0] == _key(one, num_images):
        return own[1]
    return read_robustness(one.network.path, one.images, num_images=num_images)


def _measure_robustness(one: Examined, num_images: int) -> Sequence[RobustnessPoint]:
    key = _key(one, num_images)
    points: list[RobustnessPoint] = []
    bar = st.progress(0.0, text="Measuring…")
    told = robustness_of(one.network.path, one.images, num_images=num_images)
    while True:
        with turn():
            point = next(told, None)  # after the last one it keeps them
        if point is None:
            break
        points.append(point)
        bar.progress(len(points) / NUM_POINTS, text=f"Measuring {point.distortion}…")
    st.session_state[_MEASURED] = key, points
    return points


def _key(one: Examined, num_images: int) -> tuple[object, ...]:
    return one.network.path, last_changed(one.network.path), one.images.digest, num_images


def _show_robustness(one: Examined, points: Sequence[RobustnessPoint]) -> None:
    clean = one.images.images[:1].float() / 255
    columns = st.columns(2, gap="large")
    for place, (name, distortion) in enumerate(DISTORTIONS.items()):
        own = [point for point in points if point.distortion == name]
        with columns[place % 2]:
            st.subheader(name.capitalize(), anchor=False)
            course = ", ".join(f"{p.amount:g}: {100 * p.correct / p.total:.1f} %" for p in own)
            plot(
                charts.robustness_course(own, unit=distortion.unit, uirevision=name),
                key=f"robustness_{name}",
                description=f"Accuracy by {name} in {distortion.unit}. {course}.",
                height=220,
            )
            examples = [distortion.apply(clean, p.amount)[0, 0].numpy() for p in own]
            st.html(
                gallery.examples_html(
                    [(image * 255).round().astype(np.uint8) for image in examples],
                    [f"{p.amount:g}" for p in own],
                )
            )
    st.caption(
        f"Of {points[0].total:,} images; the band is the 95 % interval (Wilson). Rotation:"
        " clockwise to the right. Shift: each image to the left, the right, up or down, by lot."
        " Noise: white is 1."
    )
