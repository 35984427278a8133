"""A part that looks again and again runs the whole page anew only at its end.

Where it did so before, a press that came with that look would be lost: its button is never reached.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mnist_core.files import PROJECT_DIR

_PATHS: Final = sorted((PROJECT_DIR / "mnist_ui").rglob("*.py"))


def _names_of_looks(tree: ast.Module) -> Iterator[str]:
    """Yield the functions that are called by a timer: `st.fragment(run_every=…)`, in both forms."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(map(_has_timer, node.decorator_list)):
            yield node.name
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call) and _has_timer(node.func):
            (argument,) = node.args
            assert isinstance(argument, ast.Name)
            yield argument.id


def _has_timer(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and any(word.arg == "run_every" for word in node.keywords)


def _early(function: ast.FunctionDef) -> Iterator[int]:
    """Yield the lines of a function that run the page anew, but for its last statement's."""
    for statement in function.body[:-1]:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "st.rerun":
                yield node.lineno


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in _PATHS:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def test_a_look_runs_the_page_anew_only_at_its_end() -> None:
    looks = {name for _, tree in _trees() for name in _names_of_looks(tree)}
    assert {"_watch", "watch", "_show", "_offer", "_look_again", "_draw_and_answer"} <= looks
    found = [
        f"{path.relative_to(PROJECT_DIR)}:{line}"
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in looks
        for line in _early(node)
    ]
    assert found == []
