import asyncio
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from typing import Any

import pytest
from starlette.exceptions import HTTPException

from mnist_ui.session.address import sent_from
from mnist_ui.session.server import COOKIE, Doorkeeper, is_token
from mnist_ui.session.settings import Settings
from mnist_ui.session.uploads import Uploads


async def _page(scope: Any, receive: Any, send: Any) -> None:
    """Read all that is sent, then answer; a socket says which headers it was opened with."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept", "headers": scope["headers"]})
        return
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})


def _send(
    door: Doorkeeper, *, body: bytes = b"", in_parts: int = 1, **scope: Any
) -> list[dict[str, Any]]:
    """Return what is answered to one request."""
    sent: list[Any] = []
    left = [body[place::in_parts] for place in range(in_parts)]

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        part = left.pop(0) if left else b""
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    headers = [(b"host", b"localhost:8501"), *scope.pop("headers", ())]
    if b"host" in dict(headers[1:]):
        headers = headers[1:]
    whole = {"type": "http", "method": "GET", "path": "/", "headers": headers, **scope}
    with ThreadPoolExecutor() as thread:  # Playwright's loop runs on this one
        thread.submit(asyncio.run, door(whole, receive, send)).result()
    return sent


def _door(*, is_open: bool = False, uploads: Uploads | None = None, **settings: Any) -> Doorkeeper:
    return Doorkeeper(_page, settings=Settings(**settings), is_open=is_open, uploads=uploads)


def _ask(cookie: str = "", *, is_public: bool = True, scheme: str = "http") -> dict[str, str]:
    headers = [(b"cookie", cookie.encode())] if cookie else []
    sent = _send(_door(is_public=is_public), scheme=scheme, headers=headers)
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def test_a_new_browser_is_given_a_cookie_that_scripts_cannot_read() -> None:
    given = SimpleCookie(_ask()["set-cookie"])[COOKIE]
    assert is_token(given.value)
    assert given["httponly"] and given["samesite"] == "Lax"
    assert SimpleCookie(_ask()["set-cookie"])[COOKIE].value != given.value


def test_the_cookie_travels_over_https_only_where_the_page_did() -> None:
    assert "Secure" in _ask(scheme="https")["set-cookie"]
    assert "Secure" not in _ask()["set-cookie"]


def test_a_known_browser_keeps_its_cookie() -> None:
    token = SimpleCookie(_ask()["set-cookie"])[COOKIE].value
    assert "set-cookie" not in _ask(f"other=1; {COOKIE}={token}")


def test_a_cookie_of_ones_own_making_is_replaced() -> None:
    for made_up in ("me", "x" * 43 + "/", "../" + "a" * 40, '"'):
        assert "set-cookie" in _ask(f"{COOKIE}={made_up}")


def test_on_ones_own_machine_nobody_is_given_a_cookie() -> None:
    assert "set-cookie" not in _ask(is_public=False)


def test_every_answer_forbids_foreign_scripts_and_frames() -> None:
    policy = _ask()["content-security-policy"]
    assert "default-src 'self'" in policy and "frame-ancestors 'self'" in policy


def _status(door: Doorkeeper, host: str, path: str = "/") -> int:
    return _send(door, path=path, headers=[(b"host", host.encode())])[0]["status"]


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8501", "LOCALHOST", "127.0.0.1:1", "[::1]:8501", "127.1.2.3"]
)
def test_the_app_is_served_under_the_names_of_this_machine(host: str) -> None:
    assert _status(_door(), host) == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "localhost.evil.example", "192.0.2.7", "evil.example:8501", "", "[::1"),
        *("localhost:http", "a@localhost", "localhost/x", "löcalhost", "127.0.0.1.evil.example"),
    ],
)
def test_a_page_of_another_name_cannot_read_the_app(host: str) -> None:
    sent = _send(_door(), headers=[(b"host", host.encode())])
    assert sent[0]["status"] == 400
    assert b"localhost" in sent[1]["body"] or b"Open the app by its name" in sent[1]["body"]


@pytest.mark.parametrize(("host", "is_let_in"), [("localhost:1", True), ("evil.example", False)])
def test_a_socket_is_opened_for_the_names_of_the_app_only(host: str, is_let_in: bool) -> None:
    (sent,) = _send(_door(), type="websocket", headers=[(b"host", host.encode())])
    assert sent["type"] == ("websocket.accept" if is_let_in else "websocket.close")


def test_a_refusal_tells_which_setting_lets_the_name_in_and_that_setting_does() -> None:
    sent = _send(_door(), headers=[(b"host", b"lab.example:80")])
    assert b"MNIST_HOSTS=lab.example" in sent[1]["body"]
    assert _status(_door(hosts=("lab.example",)), "lab.example:80") == 200
    assert _status(_door(hosts=("lab.example",)), "x.lab.example") == 400
    assert _status(_door(hosts=("*",)), "anything.example") == 200


def test_an_app_that_listens_to_other_machines_is_found_by_its_address_in_numbers() -> None:
    assert _status(_door(is_open=True), "192.0.2.7:8501") == 200
    assert _status(_door(is_open=True), "evil.example") == 400


def test_two_host_headers_are_none() -> None:
    two = [(b"host", b"localhost"), (b"host", b"evil.example")]
    assert _send(_door(), headers=two)[0]["status"] == 400


def test_what_the_server_counts_about_itself_is_closed() -> None:
    for path in ("/_stcore/metrics", "/_stcore/metrics/", "/base/_stcore/metrics"):
        assert _status(_door(), "localhost", path) == 404
    assert _status(_door(), "localhost", "/_stcore/health") == 200


@pytest.mark.parametrize(
    ("path", "asked", "place"),
    [
        ("/draw", b"", b"./"),
        ("/draw/", b"", b"../"),
        ("/base/draw", b"network=seed", b"./?network=seed"),
    ],
)
def test_who_writes_the_name_of_the_first_page_is_led_to_it(
    path: str, asked: bytes, place: bytes
) -> None:
    answer = _send(_door(), path=path, query_string=asked)[0]
    assert (answer["status"], dict(answer["headers"])[b"location"]) == (307, place)


def test_pages_learn_where_a_visitor_comes_from_and_nobody_can_say_it_for_them() -> None:
    (sent,) = _send(
        _door(),
        type="websocket",
        client=("192.0.2.7", 50_000),
        headers=[(b"mnist-address", b"made up"), (b"Mnist-Address", b"too")],
    )
    told = [value for name, value in sent["headers"] if name.lower() == b"mnist-address"]
    assert told == [b"192.0.2.7"]


@pytest.mark.parametrize(
    ("forwarded", "proxy_header", "counted_under"),
    [
        ("", "", "192.0.2.7"),
        # Of a list the proxy has added the last entry; what is before it anybody can write.
        ("198.51.100.1, 203.0.113.9", "X-Forwarded-For", "203.0.113.9"),
        ("203.0.113.9:4711", "x-forwarded-for", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "X-Forwarded-For", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:80", "X-Forwarded-For", "2001:db8:1:2::/64"),
        ("", "X-Forwarded-For", "unknown"),
        ("no address", "X-Forwarded-For", "unknown"),
        # Without the setting a proxy's word counts for nothing, and all who bring it are one.
        ("203.0.113.9", "", "unknown"),
        ("203.0.113.9", "X-Real-IP", "unknown"),
    ],
)
def test_a_proxy_is_believed_only_where_a_setting_names_its_header(
    forwarded: str, proxy_header: str, counted_under: str
) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    assert sent_from("192.0.2.7", headers, proxy_header=proxy_header) == counted_under


def test_a_household_with_addresses_of_version_6_is_one() -> None:
    assert sent_from("2001:db8::1", []) == sent_from("2001:db8::ffff:2", [])
    assert sent_from("2001:db8::1", []) != sent_from("2001:db8:0:1::1", [])
    assert sent_from("::ffff:192.0.2.7", []) == "192.0.2.7"


def _upload(door: Doorkeeper, session: str, num_bytes: int, visitor: str = "") -> None:
    cookie = [(b"cookie", f"{COOKIE}={visitor}".encode())]
    path = f"/_stcore/upload_file/{session}/some-file"
    _send(door, method="PUT", path=path, body=b"x" * num_bytes, in_parts=5, headers=cookie)


def test_what_a_visitor_uploads_is_bounded_over_all_their_tabs() -> None:
    stored: dict[str, int] = {}
    door = _door(is_public=True, uploads=Uploads(lambda: stored, most_of_one=100, most_of_all=150))
    _upload(door, "tab 1", 60, "me")
    stored["tab 1"] = 60
    _upload(door, "tab 2", 40, "me")
    stored["tab 2"] = 40
    with pytest.raises(HTTPException) as refused:
        _upload(door, "tab 3", 5, "me")
    assert refused.value.status_code == 413 and "no room" in refused.value.detail
    _upload(door, "theirs", 50, "another")
    del stored["tab 1"]  # its session is over
    _upload(door, "tab 3", 60, "me")


def test_what_all_visitors_upload_together_is_bounded() -> None:
    stored = {"one": 60, "two": 60}
    door = _door(is_public=True, uploads=Uploads(lambda: stored, most_of_one=100, most_of_all=150))
    _upload(door, "three", 30, "me")
    with pytest.raises(HTTPException):
        _upload(door, "three", 31, "me")


def test_uploads_that_arrive_at_the_same_time_count_together() -> None:
    uploads = Uploads(dict, most_of_one=100, most_of_all=100)

    async def send_sixty() -> Any:
        return {"type": "http.request", "body": b"x" * 60, "more_body": True}

    async def together() -> None:
        first = uploads.receiving("me", "tab 1", send_sixty)
        await first.receive()
        second = uploads.receiving("me", "tab 2", send_sixty)
        with pytest.raises(HTTPException):
            await second.receive()
        first.close()
        await second.receive()

    with ThreadPoolExecutor() as thread:
        thread.submit(asyncio.run, together()).result()
