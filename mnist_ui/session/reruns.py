"""What a browser tells and what a page answers, kept whole where two things come at once.

Streamlit 1.67 goes wrong in five cases, all of them seen on these pages, but for a press that comes
twice, which was read in what it has the browser do. There is no setting for any of them, so each is
mended in the one place where it goes wrong:

- What changes within one moment goes into one message, which names the fragment of the first change
  alone. The others' new values are taken in, but what shows them does not run: a section that was
  opened while the pad told of a stroke stood open, and empty.
- The timer of a fragment sends all that the browser knows. A press that is just on its way among it
  comes twice; and what the page has changed, and the browser has not heard of yet, is changed back.
- A request that finds the last run just ended starts a runner of its own at once, and what the last
  one said at its end is thrown away: what it showed last, or that a timer is to start. (Streamlit
  says so itself, in `AppSession.request_rerun`.)
- A fragment of the page that a person has just left (its timer, a stroke on the pad) is run on the
  new page, and empties it; or, both requests being made one, it leads back to the old page.
- A fragment that runs again takes what it had said, and was not sent yet, out of the queue; but not
  what stands there as a mere reference, since the browser has it already. That then comes before
  the block it stands in, at which the browser gives up the whole page ("Bad delta path").
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Final
from weakref import WeakKeyDictionary

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_cache import create_reference_msg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner import RerunData, ScriptRunner
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.runtime.scriptrunner_utils.script_requests import (
    ScriptRequests,
    ScriptRequestType,
    _has_active_trigger_value,
)
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import Serialized, SessionState, Value, WStates

# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false

_MARK: Final = "loses_nothing"

_Metadata = WidgetMetadata[Any]

_asked_for: Final[WeakKeyDictionary[PagesManager, str]] = WeakKeyDictionary()
"""The page that a visitor goes to, until it begins to run."""


def lose_nothing() -> None:
    """From now on, let none of the five happen. Changes Streamlit for all visitors."""
    if hasattr(AppSession.request_rerun, _MARK):
        return
    AppSession.request_rerun = _none_of_a_page_left(AppSession.request_rerun)
    ScriptRequests._request_rerun_locked = _nothing_told_by_timers(
        ScriptRequests._request_rerun_locked
    )
    AppSession._create_scriptrunner = _after_the_last_words(AppSession._create_scriptrunner)
    ScriptRunner._run_script = _on_this_page_alone(_all_that_changed(ScriptRunner._run_script))
    script_run_context.create_reference_msg = _of_its_fragment(create_reference_msg)
    ForwardMsgQueue.clear = _references_too(ForwardMsgQueue.clear)


def _all_that_changed(run: Callable[[ScriptRunner, RerunData], None]) -> Any:
    @wraps(run)
    def run_all(self: ScriptRunner, rerun_data: RerunData) -> None:
        run(self, _with_all_that_changed(rerun_data, self._session_state._state))

    return run_all


def _with_all_that_changed(asked: RerunData, known: SessionState) -> RerunData:
    """Return the request, for the fragments of all widgets that it changes.

    For the whole page, if one of them stands outside of all fragments. Called in the thread that
    runs the page: some widgets can be read there alone.
    """
    if not asked.fragment_id_queue or asked.widget_states is None:
        return asked
    fragments: dict[str | None, None] = dict.fromkeys(asked.fragment_id_queue)
    for state in asked.widget_states.widgets:
        metadata = known._new_widget_state.widget_metadata.get(state.id)
        if (
            metadata is not None
            and metadata.fragment_id not in fragments
            and _is_changed(state, metadata, known)
        ):
            fragments[metadata.fragment_id] = None
    if None in fragments:
        return replace(asked, fragment_id_queue=[], is_fragment_scoped_rerun=False)
    return replace(asked, fragment_id_queue=list(fragments))


def _is_changed(state: WidgetState, metadata: _Metadata, known: SessionState) -> bool:
    """Whether what is told of a widget on the page differs from what is known of it."""
    if _has_active_trigger_value(state):
        return True
    before = known._new_widget_state.states.get(state.id)
    try:
        told = _read(Serialized(state), metadata)
        if before is not None:
            return bool(told != _read(before, metadata))
        return state.id in known._old_state and bool(told != known._old_state[state.id])
    except Exception:  # whatever was made up: no widget of ours says it
        return False


def _read(state: Value | Serialized, metadata: _Metadata) -> Any:
    """Return a widget's value; the session stays as it is."""
    return WStates({metadata.id: state}, {metadata.id: metadata})[metadata.id]


def _nothing_told_by_timers(request: Callable[[ScriptRequests, RerunData], bool]) -> Any:
    """What a person changes, the browser tells in a message of its own: a timer has no news."""

    @wraps(request)
    def request_without_old_news(self: ScriptRequests, new_data: RerunData) -> bool:
        if new_data.is_auto_rerun:
            is_waiting = self._state == ScriptRequestType.RERUN
            waiting = self._rerun_data.widget_states if is_waiting else None
            new_data = replace(new_data, widget_states=waiting or WidgetStates())
        return request(self, new_data)

    return request_without_old_news


def _none_of_a_page_left(request: Callable[[AppSession, ClientState | None], None]) -> Any:
    @wraps(request)
    def request_of_this_page(self: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None:
            page = client_state.page_script_hash
            if not client_state.fragment_id:
                _asked_for[self._pages_manager] = page
            elif page and _asked_for.get(self._pages_manager, page) not in (page, ""):
                return  # the browser is told of the page that it goes to
        request(self, client_state)

    setattr(request_of_this_page, _MARK, True)
    return request_of_this_page


def _on_this_page_alone(run: Callable[[ScriptRunner, RerunData], None]) -> Any:
    @wraps(run)
    def run_on_this_page(self: ScriptRunner, rerun_data: RerunData) -> None:
        page, pages = rerun_data.page_script_hash, self._pages_manager
        if not rerun_data.fragment_id_queue:
            _asked_for.pop(pages, None)
        elif page and page != pages.current_page_script_hash:
            return  # it waited behind the run of another page, of whose end the browser is told
        run(self, rerun_data)

    return run_on_this_page


def _after_the_last_words(create: Callable[[AppSession, RerunData], None]) -> Any:
    @wraps(create)
    def create_after(self: AppSession, initial_rerun_data: RerunData) -> None:
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
                create_after(self, initial_rerun_data)

        self._event_loop.call_soon(go_on)

    return create_after


def _of_its_fragment(
    refer: Callable[[ForwardMsg], ForwardMsg],
) -> Callable[[ForwardMsg], ForwardMsg]:
    @wraps(refer)
    def refer_with_fragment(msg: ForwardMsg) -> ForwardMsg:
        reference = refer(msg)
        if msg.delta.fragment_id and reference.HasField("ref_hash"):
            reference.metadata.run.fragment_ids.append(msg.delta.fragment_id)
        return reference

    return refer_with_fragment


def _references_too(clear: Callable[..., None]) -> Any:
    @wraps(clear)
    def clear_references_too(
        self: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        if fragment_ids_this_run is not None:
            gone = set(fragment_ids_this_run)
            self._queue = [m for m in self._queue if gone.isdisjoint(_fragments_of_reference(m))]
        clear(self, retain_lifecycle_msgs, fragment_ids_this_run)

    return clear_references_too


def _fragments_of_reference(msg: ForwardMsg) -> list[str]:
    return list(msg.metadata.run.fragment_ids) if msg.HasField("ref_hash") else []
