"""Pages as Streamlit runs them without a browser, and what they show."""

import time
from typing import Final

from streamlit.testing.v1 import AppTest

from mnist_core.files import PROJECT_DIR
from mnist_ui.session.shared import Shared

_SECONDS: Final = 60

PAGES: Final = (
    *("draw", "explain", "train", "learn", "board", "data", "runs", "evaluate", "model", "search"),
)


def page(name: str) -> AppTest:
    """Return the page of that name, not run yet."""
    path = PROJECT_DIR / "mnist_ui" / "pages" / name / "page.py"
    return AppTest.from_file(str(path), default_timeout=60)


def run(at: AppTest) -> AppTest:
    """Run the page once and see that nothing was raised."""
    at.run()
    assert not at.exception
    return at


def html_of(at: AppTest) -> str:
    """Return all that the page shows as HTML of its own."""
    return " ".join(str(element.proto.body) for element in at.get("html"))


def no_driver(*_: object) -> None:
    """Stand in for what starts a search's driver: the system refuses."""
    raise OSError(12, "Cannot allocate memory")


def wait_until_ready(app: Shared) -> None:
    deadline = time.monotonic() + _SECONDS
    while not app.is_ready:
        assert time.monotonic() < deadline, "torch was not loaded in time"
        time.sleep(0.02)
