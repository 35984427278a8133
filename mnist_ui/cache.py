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
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from mnist_core.cards import find_checkpoint
from mnist_core.errors import MnistError
from mnist_core.launch import Launcher
from mnist_core.runs import Run, list_runs
from mnist_ui.settings import settings

if TYPE_CHECKING:
    from mnist_core.predict import Predictor
    from mnist_core.summary import Summary

BEST_FOR_DRAWINGS: Final = "record"
"""Of the networks that ship, the one that reads most pen strokes right (`benchmarks.drawn`)."""

_SECONDS_FOR_FIRST_PAGE: Final = 2.5
"""torch is loaded after the first page is out: side by side both would take twice as long."""

_MAX_PREDICTORS: Final = 8
_NUM_RUNS_TO_ASK: Final = 50


class Shared:
    """One per server. Safe to use from several threads."""

    def __init__(self) -> None:
        self.problem: str | None = None
        chosen = settings()
        self.launcher = Launcher(
            max_running=chosen.max_running,
            seconds_unwatched=60 * chosen.minutes_unwatched if chosen.minutes_unwatched else None,
        )
        self._guard = threading.Lock()
        self._predictors: OrderedDict[tuple[Path, int], Predictor] = OrderedDict()
        self._summaries: dict[str, Summary] = {}
        self._ready = threading.Event()
        self._page_is_out = threading.Event()
        threading.Thread(target=self._load, name="load torch", daemon=True).start()

    @property
    def is_ready(self) -> bool:
        """Whether networks can be asked; `problem` says so if they cannot at all."""
        return self._ready.is_set()

    def tell_page_is_out(self) -> None:
        """Let torch be loaded now; it is after a while without a word, too."""
        self._page_is_out.set()

    def predictor(self, path: Path) -> "Predictor":
        """Return the network of a checkpoint, read anew when the file has changed.

        Raises `CheckpointError` where it cannot be used.
        """
        from mnist_core.predict import Predictor

        try:
            key = path, path.stat().st_mtime_ns
        except OSError:
            key = path, 0
        with self._guard:
            if key not in self._predictors:
                self._predictors[key] = Predictor.load(path)
            self._predictors.move_to_end(key)
            while len(self._predictors) > _MAX_PREDICTORS:
                self._predictors.popitem(last=False)
            return self._predictors[key]

    def summary(self, model: str) -> "Summary":
        """Return the layer table of the network of that name."""
        from mnist_core.models import build_model
        from mnist_core.summary import summarize

        with self._guard:
            if model not in self._summaries:
                self._summaries[model] = summarize(build_model(model))
            return self._summaries[model]

    def warm_up(self) -> None:
        """Keep a process that has torch loaded ready for the next run, unless one is training."""
        if self.is_ready and find_live_run() is None:
            self.launcher.warm_up()

    def _load(self) -> None:
        if "torch" not in sys.modules:
            self._page_is_out.wait(_SECONDS_FOR_FIRST_PAGE)
        # Visitors and a run share the processor. Each run of a page is a thread of its own, and a
        # new thread asks OpenMP, not torch, how many more it may start.
        os.environ["OMP_NUM_THREADS"] = "1"
        try:
            import torch

            torch.set_num_threads(1)
            from mnist_core.reading import read_number

            predictor = self.predictor(find_checkpoint(BEST_FOR_DRAWINGS))
            read_number(predictor, np.eye(28, dtype=np.uint8) * 255)  # the first takes longest
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


@st.cache_resource(show_spinner=False)
def shared() -> Shared:
    """Return what all visitors share; the first call starts loading torch."""
    return Shared()


def is_live(run: Run) -> bool:
    """Whether the run waits, trains or is paused: whether there may be more to come."""
    return run.state() in ("waiting", "running", "paused")


def find_live_run() -> Run | None:
    """Return the newest run that waits or trains, or None."""
    return next((run for run in list_runs()[:_NUM_RUNS_TO_ASK] if is_live(run)), None)
