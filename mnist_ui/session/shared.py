"""What all visitors share: torch, the networks that answer, and the process that starts runs.

torch takes seconds to import. A thread does it once a server, as soon as the first page is out, so
that pages show at once; they ask `is_ready` before they ask for a network.

Streamlit would collect garbage after every run of a page, and no other thread gets on meanwhile.
While torch is imported, pages look three times a second whether it is there: beside two busy
processes the looks took longer than the time between them, and the import 29 to 40 s; without the
collections 7. So `.streamlit/config.toml` leaves collecting to Python.
"""

import gc
import os
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from mnist_core.errors import MnistError
from mnist_core.runs.catalogue import find_checkpoint, network_for_drawings
from mnist_core.runs.folder import list_runs
from mnist_core.runs.launcher import Launcher
from mnist_core.runs.table import describe_runs
from mnist_core.search.launcher import SearchLauncher
from mnist_ui.session.download import Download
from mnist_ui.session.settings import settings
from mnist_ui.session.visitors import find_run_under_way

if TYPE_CHECKING:  # it loads torch
    from mnist_ui.session.networks import Networks

_SECONDS_FOR_FIRST_PAGE: Final = 2.5
"""torch is loaded after the first page is out: side by side both would take twice as long."""


def best_for_drawings() -> str:
    """Return which shipped network reads most pen strokes right (`benchmarks.drawn`)."""
    return network_for_drawings("record")


class Shared:
    """One per server. Safe to use from several threads."""

    def __init__(self) -> None:
        self.problem: str | None = None
        chosen = settings()
        unwatched = 60 * chosen.minutes_unwatched if chosen.minutes_unwatched else None
        self.launcher = Launcher(max_running=chosen.max_running, seconds_unwatched=unwatched)
        self.searches = SearchLauncher(is_open=chosen.max_running > 0, seconds_unwatched=unwatched)
        self.download = Download()
        self._networks: Networks | None = None
        self._ready = threading.Event()
        self._page_is_out = threading.Event()
        threading.Thread(target=self._load, name="load torch", daemon=True).start()

    @property
    def is_ready(self) -> bool:
        """Whether the wait for torch is over; `problem` says what went wrong meanwhile, if any."""
        return self._ready.is_set()

    def tell_page_is_out(self) -> None:
        """Let torch be loaded now; it is after a while without a word, too."""
        self._page_is_out.set()

    @property
    def networks(self) -> "Networks":
        """The networks that answer; only once `is_ready`, and never without torch."""
        assert self._networks is not None, "a page asks `is_ready` first"
        return self._networks

    def warm_up(self) -> None:
        """Keep a process that has torch loaded ready for the next run, unless one is training."""
        if self.is_ready and find_run_under_way() is None:
            self.launcher.warm_up()

    def _load(self) -> None:
        if "torch" not in sys.modules:
            self._page_is_out.wait(_SECONDS_FOR_FIRST_PAGE)
        # Visitors and a run share the processor. Each run of a page is a thread of its own, and a
        # new thread asks OpenMP, not torch, how many more it may start.
        os.environ["OMP_NUM_THREADS"] = "1"
        try:
            # Here, off the way to the first page: it loads torch.
            from mnist_ui.session.networks import load_networks

            self._networks = load_networks()
            self._networks.ask_first(find_checkpoint(best_for_drawings()))
        except (ImportError, MnistError) as error:
            self.problem = str(error)
        finally:
            # Python looks through all objects now and then: a full tenth of a second with torch's
            # among them. Frozen they are left out; and the second look finds few others, which
            # is what Python goes by to tell when the next is due.
            gc.collect()
            gc.freeze()
            gc.collect()
            self._ready.set()
        self.warm_up()
        with suppress(OSError):  # whoever opens the page of runs is told
            describe_runs(list_runs())  # kept: thousands take seconds, and nobody has asked yet


class _Only:
    """Holds the one `Shared` of this process.

    Not one of Streamlit's caches: any browser can clear these with a message, and each time there
    would be one more launcher beside the old ones.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._shared: Shared | None = None

    def get(self) -> Shared:
        with self._guard:
            if self._shared is None:
                self._shared = Shared()
            return self._shared

    def close(self) -> None:
        with self._guard:
            if self._shared is not None:
                self._shared.download.end()
                for launcher in (self._shared.launcher, self._shared.searches):
                    launcher.close()
                    launcher.wait()
            self._shared = None


_only: Final = _Only()


def shared() -> Shared:
    """Return what all visitors share; the first call starts loading torch."""
    return _only.get()


def close_shared() -> None:
    """End what all visitors share, when the runs and searches it started have ended; the next call
    starts anew.

    For tests: a server ends with its process.
    """
    _only.close()
