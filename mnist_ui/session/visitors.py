"""Whose a run is. On one's own machine there is one owner; in public, each browser is one.

Every page asks here for runs, never `mnist_core.runs.run` itself, so that a visitor of a public
deployment sees and reaches their own only.
"""

import hashlib
import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Final

import streamlit as st

from mnist_core.errors import MnistError, RecordError
from mnist_core.files import EVERYONE, runs_dir
from mnist_core.runs.folder import list_runs
from mnist_core.runs.launcher import Launcher
from mnist_core.runs.queue import Queue, Waiting
from mnist_core.runs.run import Run
from mnist_ui.session.address import ADDRESS_HEADER
from mnist_ui.session.limits import NumWaiting, refusal_to_wait
from mnist_ui.session.server import COOKIE, is_token
from mnist_ui.session.settings import settings

UNDER_WAY: Final = ("waiting", "running", "paused")
"""States of a run of which there may be more to come."""


def visitor() -> str:
    """Return the id of whoever looks at the page: letters and digits, fit for a folder's name.

    In public it is made from the browser's cookie, which cannot be found from it; a browser that
    keeps no cookies is someone new with each visit.
    """
    if not settings().is_public:
        return EVERYONE
    token = st.context.cookies.get(COOKIE, "")
    if not is_token(token):
        token = st.session_state.setdefault("visitor", secrets.token_urlsafe(32))
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def own_runs() -> list[Run]:
    """Return the runs this visitor may see, the newest first."""
    me = visitor()
    return [run for run in list_runs() if me in (EVERYONE, run.owner)]


def own_runs_under_way() -> list[Run]:
    """Return this visitor's runs that wait or train, the newest first, whatever else is kept."""
    me = visitor()
    return [run for run in Queue(runs_dir()).under_way() if me in (EVERYONE, run.owner)]


@contextmanager
def with_the_runs_left() -> Generator[None]:
    """Run the whole page again where what is shown here cannot be, as a run is deleted meanwhile.

    In another tab or in a terminal: between two looks at its files. Other errors are raised.
    """
    before = _kept()
    try:
        yield
    except (MnistError, OSError):
        if before <= _kept():
            raise
        st.rerun()


def _kept() -> set[str]:
    return {path.name for path in runs_dir().glob("[0-9]*")}


def is_under_way(run: Run) -> bool:
    """Whether the run waits, trains or is paused."""
    try:
        return run.state() in UNDER_WAY
    except RecordError:
        return False


def find_run_under_way() -> Run | None:
    """Return the newest run that waits or trains, whoever's it is, or None."""
    return next(iter(Queue(runs_dir()).under_way()), None)


def sender() -> str:
    """Return where this visitor's requests come from, made unreadable; empty if that is unknown.

    It tells no two visitors apart on one's own machine.
    """
    address = st.context.headers.get(ADDRESS_HEADER, "")
    if not settings().is_public or not address:
        return ""
    return hashlib.sha256(address.encode()).hexdigest()[:32]


def num_waiting(waiting: Sequence[Waiting]) -> NumWaiting:
    """Return how many of the runs that wait are this visitor's, and from their address."""
    me, here = visitor(), sender()
    return NumWaiting(
        own=sum(me in (EVERYONE, one.run.owner) for one in waiting),
        from_address=sum(one.sender == here for one in waiting) if here else 0,
        of_all=len(waiting),
    )


def start_run(launcher: Launcher, make: Callable[[], Run]) -> Run:
    """Make a run and queue it, if one more of this visitor's may wait.

    Every run that is started from a page comes in here: what waits is counted while nobody else
    can add to it. Raises `RunError` with the refusal, and what `make` raises.
    """
    return launcher.admit(
        make,
        refuse=lambda waiting: refusal_to_wait(settings(), num_waiting(waiting)),
        sender=sender(),
    )
