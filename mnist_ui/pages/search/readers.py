"""What searches have found, read once for all visitors: a journal is long, and only grows."""

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

from mnist_core.search.folder import Search
from mnist_core.search.results import SearchReader

_MOST_KEPT: Final = 16


class _Readers:
    """Keeps the readers of the searches that were looked at last. Thread-safe."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[tuple[Path, int], SearchReader] = OrderedDict()

    def get(self, search: Search) -> SearchReader:
        try:
            journal = search.journal_path.stat().st_ino  # another one where it was made anew
        except FileNotFoundError:
            return SearchReader(search)
        key = search.folder, journal
        with self._guard:
            if key not in self._kept:
                self._kept[key] = SearchReader(search)
            self._kept.move_to_end(key)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
            return self._kept[key]


_readers: Final = _Readers()


def reader_of(search: Search) -> SearchReader:
    """Return what reads the search's journal, and remembers what it has read."""
    return _readers.get(search)
