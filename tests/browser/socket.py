"""A tab without a browser: what one writes by hand to talk to the app's server."""

import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

_SECONDS = 60.0


@dataclass
class Tab:
    """A connection to the app; `seen` gathers all that its server has sent."""

    connection: ClientConnection
    seen: list[ForwardMsg] = field(default_factory=list)

    def send(self, message: BackMsg) -> None:
        self.connection.send(message.SerializeToString())

    def run(
        self,
        page: str = "",
        *,
        query: str = "",
        fragment: str = "",
        states: tuple[WidgetState, ...] = (),
    ) -> list[ForwardMsg]:
        """Ask for a page and return all that it is made of, when it is done."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = query
        message.rerun_script.fragment_id = fragment
        message.rerun_script.widget_states.widgets.extend(states)
        self.send(message)
        return self.wait()

    def wait(self) -> list[ForwardMsg]:
        """Return what the server sends until a page is done."""
        found: list[ForwardMsg] = []
        while not found or found[-1].WhichOneof("type") != "script_finished":
            answer = ForwardMsg()
            answer.ParseFromString(self.connection.recv(_SECONDS))  # pyright: ignore[reportArgumentType]
            found.append(answer)
        self.seen += found
        return found


@contextmanager
def tab(address: str, *, name: str = "127.0.0.1", **options: Any) -> Generator[Tab]:
    """Open a tab on the server at that HTTP address, asking for it by `name`."""
    port = int(address.rsplit(":", 1)[1])
    with (
        socket.create_connection(("127.0.0.1", port)) as wire,
        connect(
            f"ws://{name}:{port}/_stcore/stream",
            sock=wire,
            subprotocols=["streamlit"],  # pyright: ignore[reportArgumentType]
            max_size=None,
            **options,
        ) as connection,
    ):
        yield Tab(connection)


def widget_ids(message: Message) -> Iterator[str]:
    """Yield the ids of all widgets in what a server sent."""
    for description, value in message.ListFields():
        if description.name == "id" and isinstance(value, str) and value.startswith("$$ID"):
            yield value
        parts = value if description.is_repeated else [value]
        for part in parts if description.message_type is not None else ():
            if isinstance(part, Message):
                yield from widget_ids(part)


def exceptions(messages: list[ForwardMsg]) -> list[str]:
    """Return what went wrong on the page, as a visitor is shown it."""
    found = [one.delta.new_element.exception for one in messages if one.HasField("delta")]
    return [f"{one.type}: {one.message} {list(one.stack_trace)}" for one in found if one.type]
