"""Nothing is lost where two things come at once: told to Streamlit itself, as a server does."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.scriptrunner import ScriptRunner
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequests, ScriptRequestType

from mnist_ui.session.reruns import lose_nothing
from tests.ui.session.told import opened, run_alone

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

_WRITES = """
import time
import streamlit as st

def write():
    st.session_state["a"] = True

@st.fragment
def first():
    st.markdown(f"first: {st.toggle('A', key='a')}")
    st.button("press", key="press", on_click=write)

@st.fragment
def slow():
    st.markdown(f"slow: {st.toggle('B', key='b')}")
    time.sleep(0.3)

first()
slow()
"""

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


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A page, and Streamlit as the app has it; afterwards as it was."""
    for owner, name in (
        (AppSession, "request_rerun"),
        (AppSession, "_create_scriptrunner"),
        (ScriptRequests, "_request_rerun_locked"),
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


def test_of_two_fragments_told_of_in_one_message_both_run(script: Path) -> None:
    async def test() -> None:
        async with opened(script, _FIRST_TEXTS) as page:
            page.tell("A", page.toggled("A"), page.toggled("B"))
            assert await page.browser.finished() == ["first: True", "second: True", "presses: 0"]
            page.tell("A", page.toggled("A"), page.toggled("B"))
            assert await page.browser.finished() == ["first: True"]  # nothing else is new

    run_alone(test())


def test_a_widget_outside_of_all_fragments_has_the_whole_page_run(script: Path) -> None:
    async def test() -> None:
        async with opened(script, _FIRST_TEXTS) as page:
            page.tell("A", page.toggled("A"), page.toggled("C"))
            assert await page.browser.finished() == [
                *("page: True", "first: True", "second: False", "presses: 0")
            ]

    run_alone(test())


def test_a_press_counts_once_whatever_message_it_comes_in(script: Path) -> None:
    async def test() -> None:
        async with opened(script, _FIRST_TEXTS) as page:
            page.tell("A", page.toggled("A"), page.pressed())
            assert await page.browser.finished() == [
                *("first: True", "second: False", "pressed", "presses: 1")
            ]
            page.tell("B", page.pressed(), is_auto_rerun=True)  # a timer, in the same moment
            page.tell("B", page.pressed())
            texts = await page.browser.finished()
            assert (texts.count("pressed"), texts[-1]) == (1, "presses: 2")

    run_alone(test())


def test_a_timer_takes_nothing_back_of_what_the_page_has_changed(script: Path) -> None:
    script.write_text(_WRITES, encoding="utf-8")

    async def test() -> None:
        async with opened(script, ["first: False", "slow: False"]) as page:
            page.tell("A", page.toggled("A", is_on=False), page.pressed())
            assert await page.browser.finished() == ["first: True"]
            page.tell("A", page.toggled("A", is_on=False), is_auto_rerun=True)
            assert await page.browser.finished() == ["first: True"]
            page.tell("A", page.toggled("A", is_on=False))  # which a person may say
            assert await page.browser.finished() == ["first: False"]

    run_alone(test())


def test_a_timer_takes_nothing_from_what_waits(script: Path) -> None:
    script.write_text(_WRITES, encoding="utf-8")

    async def test() -> None:
        async with opened(script, ["first: False", "slow: False"]) as page:
            page.tell("B", page.toggled("B"))
            async with asyncio.timeout(20):
                while page.browser.texts != ["slow: True"]:
                    await asyncio.sleep(0.01)
            page.tell("A", page.toggled("A"), page.toggled("B"))
            page.tell("A", page.toggled("A", is_on=False), is_auto_rerun=True)
            assert await page.browser.finished(2) == ["slow: True", "first: True"]

    run_alone(test())


def test_what_the_last_run_said_comes_though_the_next_is_asked_for(script: Path) -> None:
    async def test() -> None:
        async with opened(script, _FIRST_TEXTS) as page:
            page.tell("A", page.toggled("A"))
            runner = page.session._scriptrunner
            assert runner is not None
            while runner._requests._state != ScriptRequestType.STOP:
                time.sleep(0.001)  # and the loop hears nothing of it yet
            page.tell("B", page.toggled("A"), page.toggled("B"))
            assert await page.browser.finished(2) == ["first: True", "second: True", "presses: 0"]

    run_alone(test())


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
        async with opened(script, ["look: False"]) as page:
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

    run_alone(test())


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
