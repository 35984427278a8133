"""Imports point one way, and importing does nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_CORE = sorted((_ROOT / "mnist_core").rglob("*.py"))

_LAYERS = (
    {"__main__"},
    {"cli"},
    {"worker", "study"},
    {"sweep", "finetune"},
    {"reading"},
    {"train", "predict", "download", "launch", "table", "tensorboard"},
    {"export", "imports", "personal", "report", "evaluation_store"},
    {"robustness"},
    {"anatomy", "explain", "receptive", "trace", "whatif"},
    {"calibrate"},
    {"shapes", "segment", "photograph"},
    {"augment", "summary", "evaluate", "checkpoint", "cards", "data", "preprocess", "models"},
    {"history"},
    {"runs"},
    {"config", "curves", "events", "files", "measures", "mislabelled"},
    {"errors", "machine"},
)
"""From the top down; a module may import what stands below it, or beside it without a circle."""

_RANK = {name: rank for rank, names in enumerate(_LAYERS) for name in names}

_LIGHT = (
    "curves",
    "measures",
    "mislabelled",
    "config",
    "events",
    "files",
    "runs",
    "history",
    "cards",
    "table",
    "data",
    "download",
    "launch",
    "personal",
    "photograph",
    "report",
    "study",
    "cli",
)


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_module_of_the_core_has_its_layer() -> None:
    assert {path.stem for path in _CORE} - {"__init__"} == set(_RANK)


@pytest.mark.parametrize("path", _CORE, ids=lambda path: path.stem)
def test_the_core_imports_downward_only(path: Path) -> None:
    for name in _imported(path):
        parts = name.split(".")
        if parts[0] == "mnist_core" and len(parts) > 1 and parts[1] in _RANK:
            assert _RANK[parts[1]] >= _RANK.get(path.stem, 0), f"{path.stem} imports {name}"


@pytest.mark.parametrize("path", _CORE, ids=lambda path: path.stem)
def test_the_core_knows_no_pages_charts_or_browsers(path: Path) -> None:
    roots = {name.split(".")[0] for name in _imported(path)}
    assert not roots & {"streamlit", "plotly", "mnist_ui", "streamlit_drawable_canvas"}


def test_config_and_events_need_the_standard_library_only() -> None:
    allowed = set(sys.stdlib_module_names) | {"mnist_core"}
    for name in ("config", "events"):
        roots = {found.split(".")[0] for found in _imported(_ROOT / "mnist_core" / f"{name}.py")}
        assert roots <= allowed


@pytest.mark.parametrize("name", _LIGHT)
def test_what_a_page_needs_first_does_not_import_torch(name: str) -> None:
    code = f"import sys, mnist_core.{name}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=False).returncode == 0


def test_importing_the_training_loop_draws_nothing_and_leaves_torchvision_out() -> None:
    code = (
        "import torch; before = torch.random.get_rng_state(); threads = torch.get_num_threads()\n"
        "import mnist_core.training.worker, mnist_core.predict, sys\n"
        "assert torch.equal(before, torch.random.get_rng_state())\n"
        "assert threads == torch.get_num_threads()\n"
        "assert 'torchvision' not in sys.modules\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=False).returncode == 0


def test_nothing_is_ever_unpickled() -> None:
    for path in [*_CORE, *(_ROOT / "mnist_ui").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        assert "torch.load" not in text, path
        assert not {name.split(".")[0] for name in _imported(path)} & {"pickle", "joblib", "dill"}
