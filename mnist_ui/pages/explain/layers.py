"""“Layer by layer”: what each layer makes of the image, and what any one unit sees."""

import numpy as np
import streamlit as st

from mnist_core.explanation.attribution import LayerView
from mnist_ui.pages.explain.charts import field_picture, kernels_html, layers_html, map_picture
from mnist_ui.pages.explain.subject import Subject


def show_layers(views: tuple[LayerView, ...]) -> None:
    """Show the maps of all layers that change anything."""
    st.subheader("Layer by layer", anchor=False)
    st.caption(
        "Each small picture is one feature map: white where its pattern was found, blue where a"
        " value is negative. From layer to layer they get smaller and stand for larger parts of"
        " the digit."
    )
    st.html(layers_html(views))


@st.fragment
def show_unit(subject: Subject, views: tuple[LayerView, ...]) -> None:
    """Let a person pick a unit; show what it sees of the image, and the kernels that feed it."""
    by_name = {view.name: view for view in views}
    names = list(by_name)
    if st.session_state.get("unit_layer") not in names:
        convolutions = [view.name for view in views if view.kernels is not None]
        st.session_state["unit_layer"] = convolutions[len(convolutions) // 3]
    if st.session_state.get("unit_of") != subject.key:  # another image or network
        st.session_state["unit_of"] = subject.key
        _forget_unit()
    left, middle, right = st.columns([1.1, 1, 1], gap="medium")
    with left:
        st.markdown("**One unit of**")
        layer = st.selectbox(
            "Layer", names, key="unit_layer", on_change=_forget_unit, label_visibility="collapsed"
        )
        view = by_name[str(layer)]
        channel = _pick("Map", "unit_map", view.maps.shape[0], _strongest(view.maps)[0])
        values = view.maps[channel]
        strongest = _strongest(values)
        row = _pick("Row", "unit_row", values.shape[0], strongest[0])
        column = _pick("Column", "unit_column", values.shape[1], strongest[1])
        st.caption(f"Its value is {values[row, column]:.2f}.")
    with middle:
        picture = map_picture(values, float(np.abs(values).max()), (row, column))
        _figure(picture, f"map {channel} of {layer}, the unit marked")
    with right:
        if view.field is None:
            st.caption("What this unit sees cannot be told from its layers.")
        else:
            top, left_edge, bottom, right_edge = box = view.field.of(row, column)
            size = f"{bottom - top + 1} × {right_edge - left_edge + 1}"
            _figure(field_picture(subject.image, box), f"what it sees: {size} pixels of the image")
    if view.kernels is not None:
        kernels = view.kernels[channel]
        st.caption(
            f"Its {len(kernels)} kernel{'s' * (len(kernels) != 1)}, one for each map it reads:"
            " orange adds, blue takes away."
        )
        st.html(kernels_html(kernels))


def _strongest(maps: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]") -> tuple[int, ...]:
    return tuple(int(index) for index in np.unravel_index(maps.argmax(), maps.shape))


def _pick(label: str, key: str, count: int, default: int) -> int:
    """Show a slider over `count` places; none where there is no choice."""
    if count == 1:
        return 0
    if not 0 <= st.session_state.get(key, -1) < count:
        st.session_state[key] = default
    return int(st.slider(label, min_value=0, max_value=count - 1, key=key))


def _forget_unit() -> None:
    for key in ("unit_map", "unit_row", "unit_column"):
        st.session_state.pop(key, None)


def _figure(address: str, caption: str) -> None:
    st.html(
        f'<figure class="enlarged"><img src="{address}" alt="{caption}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
