"""What the server adds to every answer: who a visitor is, and what a browser may load.

An ASGI middleware around Streamlit. In public, visitors are told apart by a random cookie that
scripts cannot read; nothing else is known of them.
"""

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

COOKIE: Final = "mnist_visitor"

_SECONDS_A_YEAR: Final = 365 * 86_400

_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        # Streamlit runs components from blob: addresses and reads data with WebAssembly.
        "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' ws: wss:",
        "worker-src blob:",
        "frame-ancestors 'self'",
    )
)

_HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]


class Doorkeeper:
    """Gives every answer its security headers, and each new browser a cookie if asked to."""

    def __init__(self, app: Asgi, *, tells_visitors_apart: bool) -> None:
        self._app = app
        self._tells_visitors_apart = tells_visitors_apart

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = list(_HEADERS)
        if self._tells_visitors_apart and not is_token(read_cookie(scope)):
            added.append((b"set-cookie", _new_cookie(is_secure=scope.get("scheme") == "https")))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        await self._app(scope, receive, answer)


def read_cookie(scope: Message) -> str:
    """Return the visitor's cookie from a request's headers; empty where there is none."""
    for name, value in scope.get("headers", ()):
        if name == b"cookie":
            try:
                cookie = SimpleCookie(value.decode("latin-1")).get(COOKIE)
            except CookieError:
                return ""
            return "" if cookie is None else cookie.value
    return ""


def is_token(text: str) -> bool:
    """Whether the text is one of our cookies rather than something made up and short."""
    return len(text) == 43 and text.replace("-", "a").replace("_", "a").isalnum()


def _new_cookie(*, is_secure: bool) -> bytes:
    parts = [
        f"{COOKIE}={secrets.token_urlsafe(32)}",
        "Path=/",
        f"Max-Age={_SECONDS_A_YEAR}",
        "HttpOnly",
        "SameSite=Lax",
    ]
    return "; ".join([*parts, "Secure"] if is_secure else parts).encode()
