"""The style sheets: each loaded where it is needed, and no rule in them that styles nothing."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from mnist_core.files import PROJECT_DIR
from tests.ui.opening import PAGES, html_of, page, run

_UI: Final = PROJECT_DIR / "mnist_ui"
_SHARED: Final = _UI / "widgets" / "style.css"
_SHEETS: Final = [_SHARED, *sorted((_UI / "pages").glob("*/style.css"))]
_OF_STREAMLIT: Final = {".stApp"}


def _selected(sheet: Path) -> set[str]:
    """Return the classes and ids that a sheet's selectors name: `.digit`, `#settings`."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    selectors = " ".join(re.findall(r"([^{}]+)\{", text))
    return set(re.findall(r"[.#][A-Za-z_][\w-]*", selectors)) - _OF_STREAMLIT


def _files_of(sheet: Path) -> list[Path]:
    """Return the code that a sheet is for: of its page, or all where it is shared."""
    folders = [_UI] if sheet == _SHARED else [sheet.parent, _UI / "widgets", _UI / "components"]
    return [path for folder in folders for end in ("py", "js") for path in folder.rglob(f"*.{end}")]


def _used(path: Path) -> Iterator[str]:
    """Yield what a file gives its elements: classes, ids, and Streamlit's classes of its keys.

    Where it puts a class together, that is any word that stands alone in quotes.
    """
    text = path.read_text(encoding="utf-8")
    classes = re.findall(r"""\bclass=(?:"([^"]*)|'([^']*)|([\w-]+))""", text)
    for words in map("".join, classes):
        yield from (f".{word}" for word in re.findall(r"(?<![\w{.])[\w-]+(?![\w}.])", words))
    if any("{" in "".join(words) for words in classes):
        yield from (f".{word}" for word in re.findall(r"""["'] ?([\w-]+)["']""", text))
    yield from (f"#{name}" for name in re.findall(r'\bid="([\w-]+)"', text))


def _constants(files: Iterable[Path]) -> dict[str, str]:
    """Return the texts that Python files give names to, by name: `LINE: Final = "line"`."""
    texts = (path.read_text(encoding="utf-8") for path in files if path.suffix == ".py")
    return {
        name: value
        for text in texts
        for name, value in re.findall(r'^(_?[A-Z_]+): Final = "([\w-]+)"$', text, re.MULTILINE)
    }


def _keys(path: Path, constants: dict[str, str]) -> Iterator[str]:
    """Yield patterns of the keys a Python file gives to containers and widgets."""
    if path.suffix != ".py":
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "key":
            match node.value:
                case ast.Constant(value=str(name)):
                    yield re.escape(name)
                case ast.JoinedStr(values=parts):
                    yield "".join(
                        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+"
                        for part in parts
                    )
                case ast.Name(id=name) if name in constants:
                    yield re.escape(constants[name])
                case _:
                    pass


def _is_used(name: str, used: set[str], keys: Iterable[str]) -> bool:
    if name.startswith(".st-key-"):
        return any(re.fullmatch(key, name.removeprefix(".st-key-")) for key in keys)
    return name in used


@pytest.mark.parametrize("sheet", _SHEETS, ids=lambda sheet: sheet.parent.name)
def test_every_class_of_a_sheet_is_used(sheet: Path) -> None:
    files = _files_of(sheet)
    used = {name for path in files for name in _used(path)}
    constants = _constants(files)
    keys = {key for path in files for key in _keys(path, constants)}
    assert not {name for name in _selected(sheet) if not _is_used(name, used, keys)}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.usefixtures("own_app")
def test_a_page_loads_the_shared_sheet_and_its_own_and_no_other(name: str) -> None:
    html = html_of(run(page(name)))
    for sheet in _SHEETS:
        is_loaded = sheet.read_text(encoding="utf-8").strip() in html
        assert is_loaded == (sheet == _SHARED or sheet.parent.name == name), sheet
