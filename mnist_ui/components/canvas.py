"""The one place that knows streamlit-drawable-canvas: a square to draw on, with undo and clear.

The package's own toolbar shows on hover only, which a finger cannot do, so it is taken away and
undo and clear are buttons of ours. They hand the canvas another drawing to begin with, under the
same key, so that it is never mounted anew; undo first asks the browser (`canvas.js`), which knows
of strokes that the canvas has yet to send.
"""

from pathlib import Path

import streamlit as st
import streamlit.components.v2 as components
from streamlit_drawable_canvas import CanvasResult, st_canvas

from mnist_ui.components.drawing import PAD_SIDE, Drawing, Memory, recall
from mnist_ui.components.fabric import ERASER, MADE_UP, PEN, mark_to_object, object_to_mark

_helper = components.component(
    "mnist_canvas_helper",
    js=Path(__file__).with_name("canvas.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def drawing_pad(key: str) -> Drawing | None:
    """Show the canvas with its tools; return the drawing, or None while it is empty.

    The drawing is uint8 (280, 280, 4), white on black. It is still there when a person comes back
    from another page.
    """
    memory = recall(key)
    if key not in st.session_state:
        memory.begin_with(memory.marks)
        st.session_state.pop(f"{key}_sent", None)
    memory.sample = None  # this pad writes none
    with st.container(key=f"{key}_pad", gap="small"):
        with st.container(key=f"{key}_frame", gap=None):
            result = st_canvas(
                stroke_width=st.session_state.get(f"{key}_brush", 22),
                stroke_color=ERASER if st.session_state.get(f"{key}_eraser") else PEN,
                background_color=ERASER,
                width=PAD_SIDE,
                height=PAD_SIDE,
                drawing_mode="freedraw",
                initial_drawing={
                    "objects": [mark_to_object(mark) for mark in memory.start],
                    "revision": memory.revision,
                },
                return_image_data=True,
                key=key,
            )
            _helper(
                key=f"{key}_helper",
                data={
                    "frame": f"{key}_frame",
                    "undo": f"{key}_undo",
                    "name": "Square to draw a digit on",
                    "side": PAD_SIDE,
                },
            )
        _tools(key)
    _take(key, memory, result)
    return memory.image


def _take(key: str, memory: Memory, result: CanvasResult) -> None:
    """Keep what the canvas sent, once: until it sends something else, our buttons count."""
    if result.json_data is None:
        return
    try:
        marks = [object_to_mark(one) for one in result.json_data["objects"]]
    except MADE_UP:
        return
    if st.session_state.get(f"{key}_sent") != marks:
        st.session_state[f"{key}_sent"] = marks
        memory.take(marks, result.image_data)


def _tools(key: str) -> None:
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Undo",
            key=f"{key}_undo",
            icon=":material/undo:",
            on_click=_undo,
            args=(key,),
            width="stretch",
        )
        st.button(
            "Clear",
            key=f"{key}_clear",
            icon=":material/delete:",
            on_click=_clear,
            args=(key,),
            width="stretch",
        )
    st.toggle("Eraser", key=f"{key}_eraser", persist_state="session")
    st.slider(
        "Brush width",
        min_value=8,
        max_value=40,
        value=22,
        step=2,
        key=f"{key}_brush",
        persist_state="session",
    )


def _undo(key: str) -> None:
    memory = recall(key)
    memory.begin_with(memory.marks[:-1])


def _clear(key: str) -> None:
    recall(key).begin_with([])
    st.session_state[f"{key}_eraser"] = False  # of a blank pad there is nothing to erase
