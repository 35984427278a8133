"""Every widget is known by its key, whatever it says: a press is not lost when its words change."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mnist_core.files import PROJECT_DIR

_WIDGETS: Final = {
    *("button", "download_button", "checkbox", "toggle", "radio", "selectbox", "multiselect"),
    *("slider", "select_slider", "segmented_control", "pills", "number_input", "text_input"),
    *("text_area", "date_input", "time_input", "color_picker", "file_uploader", "camera_input"),
    *("data_editor", "st_canvas"),
}


def _nameless(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        names = {keyword.arg for keyword in node.keywords}  # None stands for **those
        if name in _WIDGETS and not names & {"key", None}:
            yield f"{path.relative_to(PROJECT_DIR)}:{node.lineno} {name}"


def test_every_widget_has_a_key() -> None:
    paths = sorted((PROJECT_DIR / "mnist_ui").rglob("*.py"))
    assert [found for path in paths for found in _nameless(path)] == []
