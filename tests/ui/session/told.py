"""A page told to Streamlit itself, as a server does, in a runtime without sockets."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime import Runtime, RuntimeConfig, SessionClient
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager


class Browser(SessionClient):
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


class Page:
    """A page in a server without sockets."""

    def __init__(self, runtime: Runtime) -> None:
        self.browser = Browser()
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

    def toggled(self, label: str, *, is_on: bool = True) -> WidgetState:
        return WidgetState(id=self.browser.widgets[label], bool_value=is_on)

    def pressed(self) -> WidgetState:
        return WidgetState(id=self.browser.widgets["press"], trigger_value=True)


@asynccontextmanager
async def opened(script: Path, first_texts: Sequence[str]) -> AsyncGenerator[Page]:
    runtime = Runtime(
        RuntimeConfig(str(script), MemoryMediaFileStorage("/m"), MemoryUploadedFileManager("/u"))
    )
    await runtime.start()
    page = Page(runtime)
    page.tell(None)
    assert await page.browser.finished() == [*first_texts]
    yield page
    runtime.stop()
    await runtime.stopped


def run_alone(test: Coroutine[None, None, None]) -> None:
    """Run a test in a thread of its own: in this one Playwright's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, test).result()
