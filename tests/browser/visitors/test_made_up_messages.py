"""What no browser of ours sends: the server, the tab and the log stay well."""

import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import InvalidStatus

from tests.browser.app import Server, serving
from tests.browser.socket import exceptions, tab, widget_ids

_PAGES: Final = ("draw", "train", "data", "runs")

_LONG_NUMBER: Final = "9" * 5_000

_TEXTS: Final = (
    _LONG_NUMBER,
    "[" * 100_000,
    f'{{"drawing": {{"marks": [{{"points": [{_LONG_NUMBER}, 1], "width": 9}}], "revision": 1}}}}',
    '{"drawing": {"marks": 5, "revision": 1}}',
    '{"clicked": {"x": "y"}}',
    '"nonsense"',
)


def _made_up(widget: str) -> Iterator[WidgetState]:
    """Yield values of every kind for one widget, most of them nonsense for it."""
    values: dict[str, tuple[Any, ...]] = {
        "double_value": (float("nan"), 1e308, -7.5),
        "int_value": (2**62,),
        "string_value": ("nonsense", *_TEXTS),
        "json_value": _TEXTS,
        "json_trigger_value": _TEXTS[:1],
        "bytes_value": (b"\0",),
    }
    for kind, some in values.items():
        for value in some:
            yield WidgetState(id=widget, **{kind: value})
    lists: dict[str, tuple[list[Any], ...]] = {
        "double_array_value": ([], [float("nan")], [1e300, -1e300]),
        "string_array_value": ([], ["nonsense"]),
        "int_array_value": ([-1, 10**9],),
    }
    for kind, many in lists.items():
        for value in many:
            state = WidgetState(id=widget)
            getattr(state, kind).data.extend(value)
            yield state


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("public"), MNIST_PUBLIC="1") as server:
        yield server
        server.check_log()


@pytest.mark.parametrize("page", _PAGES)
def test_values_that_no_widget_has_leave_the_tab_and_the_log_as_they_were(
    public: Server, page: str
) -> None:
    with tab(public.address) as mine:
        known = {one for message in mine.run(page) for one in widget_ids(message)}
        known |= {one for message in mine.run(page) for one in widget_ids(message)}
        for states in zip(*map(_made_up, sorted(known)), strict=True):  # one value for all
            assert exceptions(mine.run(page, states=states)) == [], states[0]
        assert exceptions(mine.run(page)) == []
    public.check_log()


def test_clearing_the_servers_caches_starts_no_second_launcher(public: Server) -> None:
    with tab(public.address) as mine:
        mine.run("train")
        for _ in range(5):
            mine.send(BackMsg(clear_cache=True))
            assert exceptions(mine.run("train")) == []
    listed = ["ps", "--ppid", str(public.process_id), "-o", "args="]
    found = subprocess.run(listed, capture_output=True, text=True, check=False).stdout
    assert found.count("mnist_core worker") <= 1


def test_a_socket_that_asks_for_another_name_is_not_opened(public: Server) -> None:
    origin = {"Origin": public.address.replace("127.0.0.1", "evil.example")}
    with (
        pytest.raises(InvalidStatus) as refused,
        tab(public.address, name="evil.example", additional_headers=origin),
    ):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("path", "host", "status"),
    [("/", "evil.example", 400), ("/_stcore/metrics", "localhost", 404)],
)
def test_what_is_closed_says_so_in_words(public: Server, path: str, host: str, status: int) -> None:
    request = urllib.request.Request(public.address + path, headers={"Host": host})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)
    with refused.value as answer:
        assert answer.code == status
        assert answer.headers["content-type"].startswith("text/plain")
        assert len(answer.read().decode().splitlines()) == 1


def test_uploads_that_no_page_asked_for_are_bounded(public: Server, tmp_path: Path) -> None:
    with tab(public.address) as mine:
        (session,) = {
            message.new_session.initialize.session_id
            for message in mine.run("draw")
            if message.HasField("new_session")
        }
        statuses = [_upload(public, session, f"made-up-{number}") for number in range(6)]
    assert statuses == [204, 204, 204, 204, 413, 413]


def _upload(server: Server, session: str, file_id: str) -> int:
    with urllib.request.urlopen(server.address + "/_stcore/health") as answer:
        cookies = answer.headers.get_all("set-cookie") or []
    cookie = "; ".join(one.split(";")[0] for one in cookies)
    token = next(
        one.split("=", 1)[1].split(";")[0] for one in cookies if one.startswith("_streamlit_xsrf")
    )
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    request = urllib.request.Request(
        f"{server.address}/_stcore/upload_file/{session}/{file_id}",
        data=head + bytes(14_000_000) + b"\r\n--x--\r\n",
        method="PUT",
        headers={
            "Content-Type": "multipart/form-data; boundary=x",
            "X-Xsrftoken": token,
            "Cookie": cookie + "; mnist_visitor=" + "v" * 43,
        },
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except urllib.error.URLError:  # it was refused while it was still being sent
        return 413
