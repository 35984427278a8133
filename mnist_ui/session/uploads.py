"""How much visitors may upload: Streamlit keeps in memory whatever is sent, asked for or not.

It bounds a file. Here is bounded what all files of a visitor take, and all files of all visitors,
those that are still arriving included. Used from the server's own thread only.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from starlette.exceptions import HTTPException
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

MOST_OF_ONE: Final = 60_000_000
MOST_OF_ALL: Final = 150_000_000
"""Bytes: four, and ten, of the largest files that are taken."""

_TOO_MUCH: Final = (
    "There is no room for more uploads just now. Remove a file that you have uploaded, or close the"
    " page it was for, and try again in a few minutes."
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


def stored_by_session() -> Mapping[str, int]:
    """Return how many bytes Streamlit keeps for each session that has uploaded something."""
    manager = runtime.get_instance().uploaded_file_mgr
    assert isinstance(manager, MemoryUploadedFileManager)
    return {
        session: sum(len(file.data) for file in list(files.values()))
        for session, files in list(manager.file_storage.items())
    }


class Uploads:
    """Counts what arrives; `stored` says what is kept already, by session."""

    def __init__(
        self,
        stored: Callable[[], Mapping[str, int]] = stored_by_session,
        *,
        most_of_one: int = MOST_OF_ONE,
        most_of_all: int = MOST_OF_ALL,
    ) -> None:
        self._stored = stored
        self._most_of_one = most_of_one
        self._most_of_all = most_of_all
        self._sessions: defaultdict[str, set[str]] = defaultdict(set)
        self._arriving: defaultdict[str, int] = defaultdict(int)

    def receiving(self, visitor: str, session: str, receive: Receive) -> "Upload":
        """Return what reads one upload's body in place of `receive`; to be closed in the end."""
        self._forget_gone_sessions()
        self._sessions[visitor].add(session)
        return Upload(self, visitor, receive)

    def has_room(self, visitor: str, num_bytes: int) -> bool:
        """Whether so many more bytes of that visitor can be taken."""
        stored = self._stored()
        own = sum(stored.get(session, 0) for session in self._sessions.get(visitor, ()))
        own += self._arriving.get(visitor, 0) + num_bytes
        of_all = sum(stored.values()) + sum(self._arriving.values()) + num_bytes
        return own <= self._most_of_one and of_all <= self._most_of_all

    def add_arriving(self, visitor: str, num_bytes: int) -> None:
        """Count bytes that have come in; less than none, those that have found a place."""
        self._arriving[visitor] += num_bytes
        if not self._arriving[visitor]:
            del self._arriving[visitor]

    def _forget_gone_sessions(self) -> None:
        stored = self._stored()
        for visitor, sessions in list(self._sessions.items()):
            if visitor not in self._arriving and not sessions & stored.keys():
                del self._sessions[visitor]


class Upload:
    """One upload's body, as it comes in."""

    def __init__(self, uploads: Uploads, visitor: str, receive: Receive) -> None:
        self._uploads = uploads
        self._visitor = visitor
        self._receive = receive
        self._num_bytes = 0

    async def receive(self) -> Message:
        """Return the next part of the body. Raises `HTTPException` when it has become too much."""
        message = await self._receive()
        more = len(message.get("body", b""))
        if not self._uploads.has_room(self._visitor, more):
            raise HTTPException(status_code=413, detail=_TOO_MUCH)
        self._num_bytes += more
        self._uploads.add_arriving(self._visitor, more)
        return message

    def close(self) -> None:
        """Count it no more: it is kept by now, or has been let go."""
        self._uploads.add_arriving(self._visitor, -self._num_bytes)
        self._num_bytes = 0
