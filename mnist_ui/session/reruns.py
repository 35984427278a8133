"""What a browser tells and what a page answers, kept whole where two things come at once.

Streamlit 1.67 loses something in three cases, all seen on these pages. There is no setting for any
of them, so each is mended in the one place where it goes wrong:

- What changes within one moment goes into one message, which names the fragment of the first change
  alone. The others' new values are taken in, but what shows them does not run: a section that was
  opened while the pad told of a stroke stood open, and empty.
- The timer of a fragment sends all that the browser knows, a press that is just on its way among
  it: the press came twice.
- A request that finds the last run just ended starts a runner of its own at once, and what the last
  one said at its end is thrown away. Where the start of a timer was among it, the page never looked
  again by itself. (Of that Streamlit says so itself, in `AppSession.request_rerun`.)
"""

from functools import wraps
from typing import Any, Final

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import Serialized, SessionState, Value, WStates

# pyright: reportPrivateUsage=false

_PRESSES: Final = {"trigger_value", "string_trigger_value", "json_trigger_value"}
"""Kinds of values that a browser forgets as soon as it has sent them."""

_MARK: Final = "loses_nothing"

_Metadata = WidgetMetadata[Any]


def lose_nothing() -> None:
    """From now on, let every part of a page run whose widgets a message changes, and finish first.

    Changes how Streamlit takes a browser's messages, for all visitors.
    """
    request, create = AppSession.request_rerun, AppSession._create_scriptrunner
    if hasattr(request, _MARK):
        return

    @wraps(request)
    def request_each(self: AppSession, client_state: ClientState | None) -> None:
        if client_state is None:
            request(self, None)
            return
        for part in requests_in(client_state, self.session_state):
            request(self, part)

    @wraps(create)
    def create_after_the_last(self: AppSession, initial_rerun_data: RerunData) -> None:
        ended = self._scriptrunner
        if ended is None:
            create(self, initial_rerun_data)
            return

        # All that it said lies in the loop's queue, in front of this.
        def go_on() -> None:
            now = self._scriptrunner
            if self._state == AppSessionState.SHUTDOWN_REQUESTED:
                return
            if now is None or now is ended:
                create(self, initial_rerun_data)
            elif not now.request_rerun(initial_rerun_data):
                create_after_the_last(self, initial_rerun_data)

        self._event_loop.call_soon(go_on)

    setattr(request_each, _MARK, True)
    AppSession.request_rerun = request_each
    AppSession._create_scriptrunner = create_after_the_last


def requests_in(told: ClientState, known: SessionState) -> list[ClientState]:
    """Return a request for each fragment whose widgets `told` changes, that which it names first.

    A press goes to the fragment of its button alone. One request, for the whole page, if a widget
    outside of all fragments changes; and one without presses if a timer sends it: the browser says
    each again in the message that it was made for.
    """
    widgets = known._new_widget_state.widget_metadata
    states = told.widget_states.widgets
    if told.is_auto_rerun:
        return [_with(told, [one for one in states if not _is_press(one)])]
    if not told.fragment_id:
        return [told]
    parts: dict[str | None, None] = {told.fragment_id: None}
    for state in states:
        metadata = widgets.get(state.id)
        if metadata and metadata.fragment_id not in parts and _is_changed(state, metadata, known):
            parts[metadata.fragment_id] = None
    if len(parts) == 1:
        return [told]
    if None in parts:
        return [_with(told, states, fragment_id="")]

    def concerns(state: WidgetState, part: str | None) -> bool:
        pressed = widgets.get(state.id)
        return not _is_press(state) or part == (
            pressed.fragment_id if pressed else told.fragment_id
        )

    return [
        _with(told, [one for one in states if concerns(one, part)], fragment_id=part)
        for part in parts
    ]


def _with(told: ClientState, states: Any, *, fragment_id: str | None = None) -> ClientState:
    """Return the message with these of its widgets, for another fragment if one is given."""
    found = ClientState()
    found.CopyFrom(told)
    del found.widget_states.widgets[:]
    found.widget_states.widgets.extend(states)
    if fragment_id is not None:
        found.fragment_id = fragment_id
    return found


def _is_press(state: WidgetState) -> bool:
    return state.WhichOneof("value") in _PRESSES


def _is_changed(state: WidgetState, metadata: _Metadata, known: SessionState) -> bool:
    """Whether what is told of a widget on the page differs from what is known of it."""
    kind = state.WhichOneof("value")
    if kind in _PRESSES:
        value = getattr(state, kind)
        return bool(value if isinstance(value, bool | str) else value.data)
    before = known._new_widget_state.states.get(state.id)
    try:
        told = _read(Serialized(state), metadata)
        if before is not None:
            return bool(told != _read(before, metadata))
        return state.id in known._old_state and bool(told != known._old_state[state.id])
    except Exception:  # whatever was made up: no widget of ours says it
        return False


def _read(state: Value | Serialized, metadata: _Metadata) -> Any:
    """Return a widget's value, read without touching the session, which may be in use."""
    return WStates({metadata.id: state}, {metadata.id: metadata})[metadata.id]
