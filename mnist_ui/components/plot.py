"""Every chart of the app: one component that draws a Plotly figure in place.

`st.plotly_chart` mounts anew with every change and forgets the zoom; this keeps both. The
browser loads plotly.min.js once a page, from `static/`, where it is copied from the installed
package.
"""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import streamlit as st
import streamlit.components.v2 as components
from plotly.graph_objects import Figure

from mnist_core.files import PROJECT_DIR, replacing
from mnist_ui.charts.colors import CSS_VARIABLES

_CSS: Final = """
.plot { width: 100%; overflow: hidden; color: var(--st-text-color); font-size: 0.9rem; }
.plot .main-svg { background: transparent !important; }
.plot.clickable .nsewdrag { cursor: pointer; }
"""

_component = components.component(
    "mnist_plot",
    html='<div class="plot" role="img"></div>',
    css=_CSS,
    js=Path(__file__).with_name("plot.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


@dataclass(frozen=True)
class ClickedPoint:
    """A point of a figure that was clicked: its place on the axes, as the figure names it.

    `id` is the point's own of its trace's `ids`; empty where the trace has none.
    """

    x: str | float
    y: str | float
    id: str = ""


def plot(
    figure: Figure,
    *,
    key: str,
    description: str,
    height: int = 300,
    on_click: Callable[[ClickedPoint], None] | None = None,
) -> None:
    """Draw `figure`, `height` pixels high and as wide as there is room.

    `key` names the place: a later figure of the same key is drawn into it. `description` says in
    words what the chart shows, for those who cannot see it. `on_click` is called before the next
    run of the page, as a widget's callback is; a chart cannot be clicked with the keyboard, so
    offer the same choice by other widgets too.
    """
    spec: dict[str, Any] = figure.to_plotly_json()
    spec["layout"].pop("template", None)
    data: dict[str, Any] = {
        # Tuples: of a list or a dict Streamlit asks pandas, slow to load, whether it is a table.
        "traces": tuple(spec["data"]),
        "layout": tuple(spec["layout"].items()),
        "colors": tuple(CSS_VARIABLES.items()),
        "revision": _digest(spec),
        "description": description,
        "height": height,
        "script": provide_script(),
        "isClickable": on_click is not None,
    }
    if on_click is None:
        _component(key=key, data=data, height=height)
        return

    def tell() -> None:
        match st.session_state[key].clicked:
            case {"x": str() | int() | float() as x, "y": str() | int() | float() as y} as told:
                on_click(ClickedPoint(x, y, str(told.get("id", ""))))
            case _:  # no browser of ours sends that
                return

    _component(key=key, data=data, height=height, on_clicked_change=tell)


def _digest(spec: dict[str, Any]) -> str:
    """Return the same few letters for the same figure, so that the browser need not compare."""
    text = json.dumps(spec, default=lambda array: array.tolist())
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@cache
def provide_script() -> str:
    """Copy plotly.min.js into `static/` unless it is there; return its path in the app.

    Where the folder cannot be written, the chart says in the browser that it cannot be shown.
    """
    target = PROJECT_DIR / "static" / "plotly.min.js"
    with as_file(files("plotly") / "package_data" / "plotly.min.js") as source:
        size = source.stat().st_size
        if not target.is_file() or target.stat().st_size != size:
            try:
                with replacing(target) as temporary:
                    shutil.copyfile(source, temporary)
            except OSError:
                pass
    return f"app/static/{target.name}?size={size}"
