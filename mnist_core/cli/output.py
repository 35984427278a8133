"""What all commands print with: one JSON object or text and tables, and a progress bar.

The bar is on standard error, and so is all that is told on the way.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

_WIDE: Final = 1_000
"""Columns where nobody looks at a terminal: what is piped is read line by line."""


def say(options: argparse.Namespace, value: dict[str, Any], shown: RenderableType) -> None:
    """Print `value` as JSON where that was asked for, else what is to be shown."""
    if options.json:
        print(json.dumps(value))
    elif isinstance(shown, str):
        print(shown)
    else:
        width = None if sys.stdout.isatty() else _WIDE
        Console(width=width, highlight=False).print(shown)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()
) -> Table:
    """Return rows of texts under their columns; those named `right` are set to the right."""
    found = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for name in columns:
        found.add_column(name, justify="right" if name in right else "left", overflow="fold")
    for row in rows:
        found.add_row(*map(Text, row))
    return found


def facts(rows: Iterable[tuple[str, str]]) -> Table:
    """Return what is known of one thing: a name and a text in each row."""
    found = Table(box=None, show_header=False, pad_edge=False)
    found.add_column(style="dim")
    found.add_column(overflow="fold")
    for name, text in rows:
        found.add_row(name, Text(text))
    return found


def together(*parts: RenderableType) -> Group:
    """Return parts one below the other, with an empty line between two."""
    spaced = [part for one in parts for part in (one, "")]
    return Group(*spaced[:-1])


def progress_bar() -> Progress:
    return Progress(console=Console(stderr=True, highlight=False, markup=False))
