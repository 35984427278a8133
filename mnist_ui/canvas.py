"""The one place that knows streamlit-drawable-canvas: a square to draw on, with undo and clear.

The package's own toolbar shows on hover only, which a finger cannot do, so it is taken away and
undo and clear are buttons of ours. Both hand the canvas another drawing to begin with, under the
same key, so that it is never mounted anew.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import streamlit as st
import streamlit.components.v2 as components
from numpy.typing import NDArray
from streamlit_drawable_canvas import st_canvas

SIDE: Final = 280

Drawing = NDArray[np.uint8]

_finish = components.component(
    "mnist_canvas_finish",
    js=Path(__file__).with_name("canvas.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass
class _Memory:
    """What was drawn, kept while the page is left, and what the canvas was told to begin with."""

    strokes: list[Any] = field(default_factory=list)
    image: Drawing | None = None
    start: dict[str, Any] = field(default_factory=lambda: {"objects": [], "revision": 0})
    num_strokes_to_leave: int | None = None

    def begin_with(self, strokes: list[Any]) -> None:
        """Let the canvas show these strokes; the revision makes it look at them again."""
        self.start = {"objects": strokes, "revision": self.start["revision"] + 1}


def drawing_pad(key: str) -> Drawing | None:
    """Show the canvas with its tools; return the drawing, or None before the first stroke.

    The drawing is uint8 (280, 280, 4), white on black. It is still there when a person comes back
    from another page.
    """
    memory = _memory(key)
    if key not in st.session_state:
        memory.begin_with(memory.strokes)
    with st.container(key=f"{key}_pad", width=SIDE, gap="small"):
        with st.container(key=f"{key}_frame", gap=None):
            result = st_canvas(
                stroke_width=st.session_state.get(f"{key}_brush", 22),
                stroke_color="#FFFFFF",
                background_color="#000000",
                width=SIDE,
                height=SIDE,
                drawing_mode="freedraw",
                initial_drawing=memory.start,
                return_image_data=True,
                key=key,
            )
            _finish(
                key=f"{key}_finish",
                data={"frame": f"{key}_frame", "name": "Square to draw a digit on"},
            )
        _tools(key)
    return _take(memory, result.json_data["objects"] if result.json_data else [], result.image_data)


def _take(memory: _Memory, strokes: list[Any], image: Drawing | None) -> Drawing | None:
    """Return the drawing as it is now, which may be ahead of what the browser last sent."""
    if memory.num_strokes_to_leave == len(strokes):
        return memory.image
    memory.num_strokes_to_leave = None
    if image is not None:
        memory.strokes = strokes
        memory.image = image if strokes else None
    return memory.image


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
    memory = _memory(key)
    _leave(memory, memory.strokes[:-1])


def _clear(key: str) -> None:
    _leave(_memory(key), [])


def _leave(memory: _Memory, strokes: list[Any]) -> None:
    if not memory.strokes:
        return
    memory.num_strokes_to_leave = len(memory.strokes)
    memory.strokes = strokes
    if not strokes:
        memory.image = None
    memory.begin_with(strokes)


def _memory(key: str) -> _Memory:
    return st.session_state.setdefault(f"{key}_memory", _Memory())


def last_drawing(key: str) -> Drawing | None:
    """Return what the visitor drew last on the canvas of that key, on whichever page."""
    return _memory(key).image
