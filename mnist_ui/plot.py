"""Every chart of the app: one component that draws a Plotly figure in place.

`st.plotly_chart` mounts anew with every change and forgets the zoom; this keeps both. The
browser loads plotly.min.js once a page, from `static/`, where it is copied from the installed
package.
"""

import shutil
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import streamlit.components.v2 as components
from plotly.graph_objects import Figure

from mnist_core.files import PROJECT_DIR, replacing
from mnist_ui.colors import CSS_VARIABLES

_CSS: Final = """
.plot { width: 100%; overflow: hidden; color: var(--st-text-color); font-size: 0.9rem; }
.plot .main-svg { background: transparent !important; }
"""

_component = components.component(
    "mnist_plot",
    html='<div class="plot" role="img"></div>',
    css=_CSS,
    js=Path(__file__).with_name("plot.js").read_text(encoding="utf-8"),
    isolate_styles=False,
)


def plot(figure: Figure, *, key: str, description: str, height: int = 300) -> None:
    """Draw `figure`, `height` pixels high and as wide as there is room.

    `key` names the place: a later figure of the same key is drawn into it. `description` says in
    words what the chart shows, for those who cannot see it.
    """
    spec: dict[str, Any] = figure.to_plotly_json()
    spec["layout"].pop("template", None)
    data: dict[str, Any] = {
        "figure": spec,
        "description": description,
        "height": height,
        "script": provide_script(),
        "colors": CSS_VARIABLES,
    }
    _component(key=key, data=data, height=height)


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
