"""The live pad: a square of our own that answers while the pen moves, and takes keys too.

Pen, eraser, undo and clear work in the browser at once; what is drawn comes here as points, at
most ten times a second and when the pen is lifted, and never before the last one was answered;
less often where the server is busy with other visitors.
"""

from pathlib import Path
from typing import Any, Final

import streamlit as st
import streamlit.components.v2 as components

from mnist_ui.components.drawing import Drawing, Memory, parse_marks, recall, render

BRUSH: Final = 22
"""Width of the pen to begin with, in pixels of the pad."""

_MOST_TELLINGS: Final = 2**53
"""Beyond this a browser's numbers have gaps."""

_HTML: Final = """
<div class="pad">
  <div class="pad-square" role="application" tabindex="0" aria-label="Square to draw a digit on"
       aria-describedby="pad-help" aria-busy="true">
    <canvas width="840" height="840"></canvas>
    <span class="pad-cursor" aria-hidden="true"></span>
    <span class="pad-tip" aria-hidden="true" hidden></span>
    <span class="pad-sampled">A sample. Draw over it: yours takes its place.</span>
  </div>
  <div class="pad-tools">
    <button type="button" data-tool="eraser" aria-pressed="false">Eraser</button>
    <button type="button" data-tool="undo" disabled>Undo</button>
    <button type="button" data-tool="clear" disabled>Clear</button>
    <label class="pad-brush">Brush <input type="range" min="8" max="40" step="2"></label>
  </div>
  <div class="pad-try" role="group" aria-label="Samples to try">
    <span>Try</span>
    <button type="button" data-sample="barred">a barred 7</button>
    <button type="button" data-sample="flagged">a 1 with a flag</button>
    <button type="button" data-sample="fortyTwo">42</button>
    <button type="button" data-sample="letter">a letter</button>
  </div>
  <p class="pad-help" id="pad-help">Keys: arrows move, <kbd>Space</kbd> paints,
    <kbd>Shift</kbd> + arrow draws a line, <kbd>Backspace</kbd> erases.</p>
  <span class="pad-spoken" role="status" aria-live="polite"></span>
</div>
"""

_folder = Path(__file__).parent
_component = components.component(
    "mnist_pad",
    html=_HTML,
    css=(_folder / "pad.css").read_text(encoding="utf-8"),
    js="".join((_folder / name).read_text("utf-8") for name in ("pad_samples.js", "pad.js")),
    isolate_styles=False,
)


_answered = components.component(
    "mnist_pad_answered",
    js="""export default function ({ data }) {
      document.dispatchEvent(new CustomEvent("mnist-pad-answered", { detail: data.number }));
    }""",
    isolate_styles=False,
)


def live_pad(key: str) -> Drawing | None:
    """Show the pad with its tools; return what is on it, uint8 (280, 280), or None if nothing is.

    That is the drawing, or, until a person touches the pad, a sample (`Memory.sample`). The drawing
    is still there when a person comes back from another page. The pad tells of no further change
    until `tell_answered` is called.
    """
    memory, name = recall(key), f"{key}_live"
    if name not in st.session_state:
        memory.begin_with(memory.marks)
    result = _component(
        key=name,
        data={
            # A tuple: of a list Streamlit asks pandas, slow to load, whether it is a table.
            "start": tuple(mark.to_json() for mark in memory.start),
            "revision": memory.revision,
            "isNew": not memory.num_told and not memory.marks,
            "brush": BRUSH,
        },
        default={"drawing": None},
        on_drawing_change=lambda: None,
    )
    _take(memory, result.drawing)
    return memory.image if memory.sample is None else memory.sample


def newest_drawing(key: str) -> Drawing | None:
    """Return the drawing with what the pad told last; for a callback, which `live_pad` follows.

    None while the pad is empty or shows a sample.
    """
    memory, told = recall(key), st.session_state.get(f"{key}_live")
    if told is not None:
        _take(memory, told.get("drawing"))
    return memory.image if memory.sample is None else None


def tell_answered(key: str) -> None:
    """Let the pad of that key know that what it told last is answered by what was shown so far."""
    _answered(key=f"{key}_answered", data={"number": recall(key).num_told})


def _take(memory: Memory, sent: Any) -> None:
    """Keep what the browser sent, unless it was drawn on an older beginning."""
    if not isinstance(sent, dict):
        return
    number: Any = sent.get("number")
    if type(number) is int and 0 <= number <= _MOST_TELLINGS:
        memory.num_told = number
    if sent.get("revision") == memory.revision:
        try:
            marks = parse_marks(sent.get("marks"))
        except ValueError:  # no browser of ours sends that
            return
        is_sample = sent.get("isSample") is True and bool(marks)
        memory.take([] if is_sample else marks)
        memory.sample = render(marks) if is_sample else None
