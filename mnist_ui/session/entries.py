"""The runs that count for the challenge: read once for all visitors, told to each of their own."""

from functools import cache
from pathlib import Path

from mnist_core.experiments.entries import Entries, Entry
from mnist_core.files import EVERYONE, runs_dir
from mnist_ui.session.visitors import visitor


def entries() -> Entries:
    """Return what keeps the entries of this server's runs."""
    return _entries(runs_dir())


def own_entries() -> list[Entry]:
    """Return the entries among this visitor's runs, the best first."""
    me = visitor()
    return [entry for entry in entries().all() if me in (EVERYONE, entry.owner)]


@cache
def _entries(folder: Path) -> Entries:
    return Entries(folder)
