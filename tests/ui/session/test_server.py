import asyncio
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from typing import Any

from mnist_ui.session.server import COOKIE, Doorkeeper, is_token


async def _page(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})


def _ask(cookie: str = "", *, is_public: bool = True, scheme: str = "http") -> dict[str, str]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {}

    headers = [(b"cookie", cookie.encode())] if cookie else []
    scope = {"type": "http", "scheme": scheme, "headers": headers}
    asked = Doorkeeper(_page, tells_visitors_apart=is_public)(scope, receive, send)
    with ThreadPoolExecutor() as thread:  # Playwright's loop runs on this one
        thread.submit(asyncio.run, asked).result()
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
