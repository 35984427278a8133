"""Nothing is lost where two things come at once: told to Streamlit itself, as a server does."""

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime import Runtime, RuntimeConfig, SessionClient
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType

from mnist_ui.session.reruns import lose_nothing

# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false

_PAGE = """
import streamlit as st

def count():
    st.session_state["presses"] = st.session_state.get("presses", 0) + 1

@st.fragment
def first():
    st.markdown(f"first: {st.toggle('A', key='a')}")

@st.fragment
def second():
    st.markdown(f"second: {st.toggle('B', key='b')}")
    if st.button("press", key="press", on_click=count):
        st.markdown("pressed")
    st.markdown(f"presses: {st.session_state.get('presses', 0)}")

st.markdown(f"page: {st.toggle('C', key='c')}")
first()
second()
"""

_FIRST_TEXTS = ("page: False", "first: False", "second: False", "presses: 0")

_TWO_PAGES = """
import time
import streamlit as st

@st.fragment
def look():
    st.markdown(f"look: {st.toggle('A', key='a')}")

def one():
    look()

def two():
    time.sleep(0.3)
    st.markdown("two")

st.navigation([st.Page(one, default=True), st.Page(two)]).run()
"""


class _Browser(SessionClient):
    """What a tab knows: the texts it was sent, its widgets, and the fragments these stand in.

    `pages` are those it was shown, run by run.
    """

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.texts: list[str] = []
        self.widgets: dict[str, str] = {}
        self.fragments: dict[str, str] = {}
        self.num_finished = 0

    def write_forward_msg(self, msg: ForwardMsg) -> None:
        if msg.WhichOneof("type") == "script_finished":
            self.num_finished += 1
        if msg.WhichOneof("type") == "new_session":
            self.pages.append(msg.new_session.page_script_hash)
        element = msg.delta.new_element
        if element.WhichOneof("type") == "markdown":
            self.texts.append(element.markdown.body)
        for widget in (element.checkbox, element.button):
            if widget.id:
                self.widgets[widget.label] = widget.id
                self.fragments[widget.label] = msg.delta.fragment_id

    async def finished(self, number: int = 1) -> list[str]:
        """Wait until that many more runs have ended; return the texts that came meanwhile."""
        before = self.num_finished
        async with asyncio.timeout(20):
            while self.num_finished < before + number:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)  # nothing more is to come, and this would see it
        texts, self.texts = self.texts, []
        return texts


class _Page:
    """A page in a server without sockets."""

    def __init__(self, runtime: Runtime) -> None:
        self.browser = _Browser()
        self._runtime = runtime
        self._id = runtime.connect_session(self.browser, user_info={})

    @property
    def session(self) -> AppSession:
        session = self._runtime.get_app_session(self._id)
        assert session is not None
        return session

    def tell(
        self,
        fragment: str | None,
        *widgets: WidgetState,
        is_auto_rerun: bool = False,
        page: str = "",
    ) -> None:
        """Tell of widgets what a browser does, in a message that names the fragment of one."""
        message = BackMsg()
        message.rerun_script.page_script_hash = page
        message.rerun_script.widget_states.widgets.extend(widgets)
        message.rerun_script.is_auto_rerun = is_auto_rerun
        if fragment is not None:
            message.rerun_script.fragment_id = self.browser.fragments[fragment]
        self._runtime.handle_backmsg(self._id, message)

    def toggled(self, label: str) -> WidgetState:
        return WidgetState(id=self.browser.widgets[label], bool_value=True)

    def pressed(self) -> WidgetState:
        return WidgetState(id=self.browser.widgets["press"], trigger_value=True)


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A page, and Streamlit as the app has it; afterwards as it was."""
    for owner, name in (
        (AppSession, "request_rerun"),
        (AppSession, "_create_scriptrunner"),
        (ScriptRunner, "_run_script"),
        (ForwardMsgQueue, "clear"),
        (script_run_context, "create_reference_msg"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    lose_nothing()
    path = tmp_path / "page.py"
    path.write_text(_PAGE, encoding="utf-8")
    yield path
    Runtime._instance = None


@asynccontextmanager
async def _opened(script: Path, first_texts: Sequence[str] = _FIRST_TEXTS) -> AsyncGenerator[_Page]:
    runtime = Runtime(
        RuntimeConfig(str(script), MemoryMediaFileStorage("/m"), MemoryUploadedFileManager("/u"))
    )
    await runtime.start()
    page = _Page(runtime)
    page.tell(None)
    assert await page.browser.finished() == [*first_texts]
    yield page
    runtime.stop()
    await runtime.stopped


def _run(test: Coroutine[None, None, None]) -> None:
    """Run the test in a thread of its own: in this one Playwright's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, test).result()


def test_of_two_fragments_told_of_in_one_message_both_run(script: Path) -> None:
    async def test() -> None:
        async with _opened(script) as page:
            page.tell("A", page.toggled("A"), page.toggled("B"))
            assert await page.browser.finished() == ["first: True", "second: True", "presses: 0"]
            page.tell("A", page.toggled("A"), page.toggled("B"))
            assert await page.browser.finished() == ["first: True"]  # nothing else is new

    _run(test())


def test_a_widget_outside_of_all_fragments_has_the_whole_page_run(script: Path) -> None:
    async def test() -> None:
        async with _opened(script) as page:
            page.tell("A", page.toggled("A"), page.toggled("C"))
            assert await page.browser.finished() == [
                *("page: True", "first: True", "second: False", "presses: 0")
            ]

    _run(test())


def test_a_press_counts_once_whatever_message_it_comes_in(script: Path) -> None:
    async def test() -> None:
        async with _opened(script) as page:
            page.tell("A", page.toggled("A"), page.pressed())
            assert await page.browser.finished() == [
                *("first: True", "second: False", "pressed", "presses: 1")
            ]
            page.tell("B", page.pressed(), is_auto_rerun=True)  # a timer, in the same moment
            page.tell("B", page.pressed())
            texts = await page.browser.finished()
            assert (texts.count("pressed"), texts[-1]) == (1, "presses: 2")

    _run(test())


def test_what_the_last_run_said_comes_though_the_next_is_asked_for(script: Path) -> None:
    async def test() -> None:
        async with _opened(script) as page:
            page.tell("A", page.toggled("A"))
            runner = page.session._scriptrunner
            assert runner is not None
            while runner._requests._state != ScriptRequestType.STOP:
                time.sleep(0.001)  # and the loop hears nothing of it yet
            page.tell("B", page.toggled("A"), page.toggled("B"))
            assert await page.browser.finished(2) == ["first: True", "second: True", "presses: 0"]

    _run(test())


@pytest.mark.parametrize("has_begun", [True, False])
def test_a_fragment_of_the_page_that_was_left_neither_empties_the_next_nor_leads_back(
    script: Path, monkeypatch: pytest.MonkeyPatch, has_begun: bool
) -> None:
    script.write_text(_TWO_PAGES, encoding="utf-8")
    begin = ScriptRunner._run_script_thread

    def begin_late(self: ScriptRunner) -> None:
        time.sleep(0 if has_begun else 0.2)
        begin(self)

    async def test() -> None:
        async with _opened(script, ["look: False"]) as page:
            pages = page.session._pages_manager.get_pages().items()
            one, two = (
                next(key for key, info in pages if info.get("page_name") == name)
                for name in ("one", "two")
            )
            page.tell("A", page.toggled("A"), page=one)
            assert await page.browser.finished() == ["look: True"]
            monkeypatch.setattr(ScriptRunner, "_run_script_thread", begin_late)
            page.tell(None, page=two)
            while has_begun and page.browser.pages[-1] != two:
                await asyncio.sleep(0.01)
            page.tell("A", page=one)
            page.tell("A", page=one, is_auto_rerun=True)
            assert await page.browser.finished() == ["two"]
            assert page.browser.pages[-1] == two
            page.tell(None, page=one)
            assert await page.browser.finished() == ["look: False"]
            page.tell("A", page.toggled("A"), page=one)
            assert await page.browser.finished() == ["look: True"]

    _run(test())


@pytest.mark.usefixtures("script")
def test_a_fragment_that_runs_again_takes_its_references_out_of_the_queue_too() -> None:
    queue = ForwardMsgQueue()
    for fragment, path, is_known in (
        ("", [0, 0], False),
        ("first", [0, 0, 0], False),
        ("first", [0, 0, 0, 1], True),
        ("second", [0, 0, 1], True),
        ("", [0, 1], True),
    ):
        message = ForwardMsg(hash=f"{path}")
        message.metadata.delta_path.extend(path)
        message.delta.fragment_id = fragment
        if is_known:
            message.delta.new_element.markdown.body = "long"
            message = script_run_context.create_reference_msg(message)
        else:
            message.delta.add_block.allow_empty = True
        queue.enqueue(message)
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["first"])
    assert [list(message.metadata.delta_path) for message in queue.flush()] == [
        *([0, 0], [0, 0, 1], [0, 1])
    ]
    assert queue.is_empty()
