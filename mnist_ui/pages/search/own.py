"""A visitor's searches: which there are, and what is allowed to start one."""

from collections.abc import Sequence

from mnist_core.files import last_changed
from mnist_core.search.folder import Asked, Search, begin_search, list_searches
from mnist_core.search.launcher import SearchLauncher, UnderWay
from mnist_ui.session.limits import NumWaiting, refusal_to_search
from mnist_ui.session.settings import settings
from mnist_ui.session.visitors import sender, visitor


def own_searches() -> list[Search]:
    """Return the searches this visitor may see, the one that was last asked for first."""
    found = list_searches(owner=visitor())
    return sorted(
        found, key=lambda search: last_changed(search.folder / "search.json"), reverse=True
    )


def start_search(launcher: SearchLauncher, name: str, asked: Asked, *, jobs: int) -> Search:
    """Let a search of that name wait for its turn, or go on with it; one of a visitor at a time.

    Raises `RunError` with the refusal, and `ConfigError` for a name that is none or is taken.
    """
    me, here = visitor(), sender()
    return launcher.admit(
        lambda: begin_search(name, asked, owner=me),
        jobs=jobs,
        refuse=lambda told: refusal_to_search(settings(), _count(told, me, here)),
        sender=here,
    )


def refusal_now(launcher: SearchLauncher) -> str | None:
    """Say why this visitor may not start a search now, before they try; None if they may."""
    count = _count(launcher.under_way(), visitor(), sender())
    return refusal_to_search(settings(), count)


def _count(under_way: Sequence[UnderWay], me: str, here: str) -> NumWaiting:
    return NumWaiting(
        own=sum(one.search.owner == me for one in under_way),
        from_address=sum(one.sender == here for one in under_way) if here else 0,
        of_all=len(under_way),
    )
