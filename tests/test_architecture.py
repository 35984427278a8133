"""Imports point one way between folders, and importing does nothing."""

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from mnist_core.files import PROJECT_DIR

_TABLE: Final = """
mnist_core/errors
mnist_core/files
mnist_core/records       errors files
mnist_core/images
mnist_core/processes     errors files
mnist_core/networks      errors images
mnist_core/models        networks
mnist_core/config        errors networks
mnist_core/data          errors files images
mnist_core/strokes       errors files records images
mnist_core/checkpoints   errors files records networks models config strokes
mnist_core/runs          errors files records images processes config strokes checkpoints
mnist_core/evaluation    errors files records data checkpoints
mnist_core/doubt         errors files records images data strokes checkpoints evaluation
mnist_core/inference     errors data checkpoints evaluation doubt
mnist_core/explanation   images networks data
mnist_core/predict       errors files checkpoints runs inference
mnist_core/training      errors files records images processes models config data strokes
                         checkpoints runs inference evaluation
mnist_core/experiments   errors files records processes networks config data strokes
                         checkpoints runs training
mnist_core/search        errors files records processes networks config runs experiments
mnist_core/sharing       errors files records images models config data checkpoints runs
                         inference evaluation experiments
mnist_core/cli           errors files processes networks models config data strokes checkpoints runs
                         doubt evaluation predict training experiments search
                         sharing
mnist_ui/wording         core
mnist_ui/charts          core wording
mnist_ui/session         core wording
mnist_ui/components      core charts
mnist_ui/widgets         core wording charts session components
mnist_ui/pages           core wording charts session components widgets
streamlit_app            core session widgets
"""
"""A row a folder or module, from the bottom up: what it may import besides itself.

`core` is all of mnist_core. docs/design.md shows this table.
"""

_ROOTS: Final = ("mnist_core", "mnist_ui", "streamlit_app")
_MOST_NAMES: Final = 12
_MOST_LINES: Final = 300
_MOST_LINES_OF_A_FUNCTION: Final = 60
_MOST_THAT_WAIT: Final = 16
"""Imports that do not stand at a module's top, in all of the code."""


def _read_table() -> dict[str, set[str]]:
    rows: dict[str, set[str]] = {}
    for line in re.sub(r"\n +", " ", _TABLE.strip()).splitlines():
        place, *names = line.split()
        core = {row for row in rows if row.startswith("mnist_core/")}
        by_name = {row.rpartition("/")[2]: row for row in rows}
        rows[place] = {
            row for name in names for row in (core if name == "core" else {by_name[name]})
        }
    return rows


_MAY_IMPORT: Final = _read_table()
_FILES: Final = sorted(
    path.relative_to(PROJECT_DIR)
    for root in _ROOTS
    for path in [*(PROJECT_DIR / root).rglob("*.py"), PROJECT_DIR / f"{root}.py"]
    if path.is_file()
)
_MODULES: Final = [path for path in _FILES if path.name not in ("__init__.py", "__main__.py")]


def _place(parts: tuple[str, ...]) -> str:
    """Return the row of the table for a module's path or dotted name, split at its parts."""
    return "/".join(parts[:2])


def _imported(path: Path) -> set[tuple[str, ...]]:
    """Return the dotted names a file imports, wherever in it, each split at its dots."""
    names: set[str] = set()
    for node in ast.walk(ast.parse((PROJECT_DIR / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path} imports relatively"
            # From the package itself come its folders and modules.
            is_root = node.module in _ROOTS
            names |= {
                f"{node.module}.{alias.name}" if is_root else node.module for alias in node.names
            }
    return {tuple(name.split(".")) for name in names}


def _page(parts: tuple[str, ...]) -> str | None:
    return parts[2] if parts[:2] == ("mnist_ui", "pages") and len(parts) > 3 else None


@pytest.mark.parametrize("path", _MODULES, ids=str)
def test_every_file_stands_in_a_folder_of_the_table(path: Path) -> None:
    assert _place(path.with_suffix("").parts) in _MAY_IMPORT


@pytest.mark.parametrize("path", _MODULES, ids=str)
def test_a_file_imports_only_what_its_folder_may(path: Path) -> None:
    parts = path.with_suffix("").parts
    own = _place(parts)
    for name in _imported(path):
        if name[0] in _ROOTS and _place(name) != own:
            assert _place(name) in _MAY_IMPORT[own], f"{path} imports {'.'.join(name)}"
        elif _page(name) is not None:
            assert _page(name) == _page(parts), f"{path} imports another page"


def test_no_row_of_the_table_allows_what_nobody_imports() -> None:
    used: dict[str, set[str]] = {place: set() for place in _MAY_IMPORT}
    for path in _MODULES:
        own = _place(path.with_suffix("").parts)
        used[own] |= {_place(name) for name in _imported(path)} - {own}
    for place, allowed in _MAY_IMPORT.items():
        if place.startswith("mnist_core/"):
            assert allowed <= used[place], f"{place} does not import {allowed - used[place]}"


def test_the_design_shows_this_table() -> None:
    assert _TABLE in (PROJECT_DIR / "docs" / "design.md").read_text(encoding="utf-8")


def test_a_package_says_what_it_is_and_imports_nothing() -> None:
    for path in _FILES:
        if path.name == "__init__.py":
            (only,) = ast.parse((PROJECT_DIR / path).read_text(encoding="utf-8")).body
            assert isinstance(only, ast.Expr) and isinstance(only.value, ast.Constant), path


def test_no_folder_is_crowded_and_no_module_or_function_is_long() -> None:
    folders: dict[Path, int] = {}
    for path in _MODULES:
        folders[path.parent] = folders.get(path.parent, 0) + 1
        text = (PROJECT_DIR / path).read_text(encoding="utf-8")
        assert len(text.splitlines()) <= _MOST_LINES, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                assert length <= _MOST_LINES_OF_A_FUNCTION, f"{path}: {node.name}"
    assert max(folders.values()) <= _MOST_NAMES, folders


def test_no_test_or_measurement_is_long() -> None:
    for root in ("tests", "benchmarks"):
        for path in (PROJECT_DIR / root).rglob("*.py"):
            lines = path.read_text(encoding="utf-8").splitlines()
            assert len(lines) <= _MOST_LINES, path


def test_the_core_knows_no_pages_charts_or_browsers() -> None:
    for path in _FILES:
        if path.parts[0] == "mnist_core":
            roots = {name[0] for name in _imported(path)}
            assert not roots & {"streamlit", "plotly", "mnist_ui", "streamlit_drawable_canvas"}


def test_settings_and_recipes_need_the_standard_library_only_and_events_msgspec() -> None:
    allowed = set(sys.stdlib_module_names) | {"mnist_core"}
    light = ("config/knob", "config/settings", "config/recipes", "config/challenge")
    for name in light:
        path = Path("mnist_core", f"{name}.py")
        assert {found[0] for found in _imported(path)} <= allowed, path
    for name in ("records", "runs/events", "checkpoints/origin"):
        path = Path("mnist_core", f"{name}.py")
        assert {found[0] for found in _imported(path)} <= allowed | {"msgspec"}, path


def test_what_is_read_from_files_comes_in_by_one_door() -> None:
    for path in _FILES:
        text = (PROJECT_DIR / path).read_text(encoding="utf-8")
        if path.parts[0] == "mnist_core":
            assert "json.load" not in text, f"{path} decodes on its own, not by mnist_core.records"


_LIGHT: Final = (
    "config.settings",
    "config.recipes",
    "files",
    "runs.catalogue",
    "runs.history",
    "runs.launcher",
    "runs.run",
    "runs.table",
    "checkpoints.card",
    "data.mnist",
    "data.parts",
    "data.small_set",
    "data.download",
    "data.drawings",
    "data.label_errors",
    "evaluation.metrics",
    "inference.photograph",
    "inference.segment",
    "experiments.board",
    "experiments.study",
    "search.launcher",
    "search.results",
    "sharing.report",
    "cli.main",
)
"""Modules of the core that pages and help need before torch is loaded."""


def test_what_a_page_needs_first_does_not_import_torch() -> None:
    code = "import sys\n" + "\n".join(
        f"import mnist_core.{name}; assert 'torch' not in sys.modules, {name!r}" for name in _LIGHT
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, check=True)


def test_importing_the_training_loop_draws_nothing_and_leaves_torchvision_out() -> None:
    code = (
        "import torch; before = torch.random.get_rng_state(); threads = torch.get_num_threads()\n"
        "import mnist_core.training.worker, mnist_core.predict, sys\n"
        "assert torch.equal(before, torch.random.get_rng_state())\n"
        "assert threads == torch.get_num_threads()\n"
        "assert 'torchvision' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT_DIR, check=True)


def test_nothing_is_ever_unpickled() -> None:
    for path in _FILES:
        assert "torch.load" not in (PROJECT_DIR / path).read_text(encoding="utf-8"), path
        assert not {name[0] for name in _imported(path)} & {"pickle", "joblib", "dill"}


def test_the_few_imports_that_wait_say_why() -> None:
    """Those inside a function, and those for the type checker alone."""
    waiting: list[str] = []
    for path in _FILES:
        text = (PROJECT_DIR / path).read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.walk(ast.parse(text)):
            is_for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            inside = node.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else []
            imports = [
                line.lineno
                for statement in inside
                for line in ast.walk(statement)
                if isinstance(line, ast.Import | ast.ImportFrom)
            ]
            for number in [*imports, *([node.lineno] if is_for_types else [])]:
                waiting.append(f"{path}:{number}")
                assert "#" in lines[number - 1] + lines[number - 2], f"{path}:{number} says not why"
    assert len(waiting) <= _MOST_THAT_WAIT, waiting
