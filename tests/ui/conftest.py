"""A server of the tests' own, and pages opened in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import streamlit as st

from mnist_core.runs.folder import list_runs
from mnist_ui.session.shared import Shared, close_shared, shared
from tests.ui.opening import wait_until_ready


@contextmanager
def _serving() -> Iterator[Shared]:
    close_shared()
    st.cache_resource.clear()
    yield shared()
    close_shared()
    st.cache_resource.clear()


@pytest.fixture(scope="module")
def ready_app() -> Iterator[Shared]:
    """What all visitors share, with torch loaded, once for a file: it takes seconds to start."""
    with _serving() as app:
        wait_until_ready(app)
        yield app


@pytest.fixture
def own_app(runs_dir: Path) -> Iterator[Shared]:
    """What all visitors share, for one test, which may start runs; torch may not be there yet."""
    with _serving() as app:
        yield app
        for run in list_runs(runs_dir):
            run.stop()
