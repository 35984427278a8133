"""What stands around Streamlit: who is let in, who a visitor is, and what a browser may load.

An ASGI middleware. The app answers to its own names only. In public, visitors are told apart by a
random cookie that scripts cannot read; nothing else is known of them.
"""

import re
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

from mnist_ui.session.address import ADDRESS_HEADER, is_served, name_asked_for, sent_from
from mnist_ui.session.settings import Settings
from mnist_ui.session.uploads import MOST_OF_ALL, MOST_OF_ONE, Uploads

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
        "connect-src 'self' data: ws: wss:",  # a camera's picture is fetched from such an address
        "worker-src blob:",
        "frame-ancestors 'self'",
    )
)

_HEADERS: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)

_UPLOAD: Final = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+/?$")
_CLOSED: Final = re.compile(r"/_stcore/metrics/?$")
"""What the server counts about itself: for its owner, who has other ways to look."""

_FIRST_PAGE: Final = re.compile(r"/draw(/?)$")
"""Draw has the app's own address; who writes its name, as of any other page, is led there."""

_SHOWABLE: Final = re.compile(r"[a-z0-9._-]{1,100}")

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]


class Doorkeeper:
    """Lets in who asks for one of the app's names, gives every answer its security headers, and in
    public each new browser a cookie.

    `is_open`: the app listens to other machines too.
    """

    def __init__(
        self, app: Asgi, *, settings: Settings, is_open: bool, uploads: Uploads | None = None
    ) -> None:
        self._app = app
        self._settings = settings
        self._is_open = is_open
        most_of_one = MOST_OF_ONE if settings.is_public else MOST_OF_ALL
        self._uploads = uploads or Uploads(most_of_one=most_of_one)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        name = name_asked_for(scope["headers"])
        is_welcome = is_served(name, self._settings.hosts, is_open=self._is_open)
        scope = self._with_address(scope)
        if scope["type"] == "websocket":
            if is_welcome:
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 1008})  # before it was opened
            return
        answer = self._with_headers(scope, send)
        if not is_welcome:
            await _refuse(answer, 400, _not_served(name))
        elif _CLOSED.search(scope["path"]):
            await _refuse(answer, 404, "There is nothing here.")
        elif found := _FIRST_PAGE.search(scope["path"]):
            await _lead_to("../" if found[1] else "./", scope, answer)
        elif scope["method"] == "PUT" and (found := _UPLOAD.search(scope["path"])):
            await self._take_upload(found[1], scope, receive, answer)
        else:
            await self._app(scope, receive, answer)

    def _with_address(self, scope: Message) -> Message:
        """Return the request with the header that says where it comes from, and no other such."""
        given = [pair for pair in scope["headers"] if pair[0].lower() != ADDRESS_HEADER.encode()]
        client = (scope.get("client") or ("",))[0]
        address = sent_from(client, given, proxy_header=self._settings.proxy_header)
        return {**scope, "headers": [*given, (ADDRESS_HEADER.encode(), address.encode())]}

    def _with_headers(self, scope: Message, send: Send) -> Send:
        added = list(_HEADERS)
        if self._settings.is_public and not is_token(read_cookie(scope)):
            added.append((b"set-cookie", _new_cookie(is_secure=scope.get("scheme") == "https")))

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *added]
            await send(message)

        return answer

    async def _take_upload(
        self, session: str, scope: Message, receive: Receive, answer: Send
    ) -> None:
        visitor = read_cookie(scope) if self._settings.is_public else ""
        upload = self._uploads.receiving(visitor, session, receive)
        try:
            await self._app(scope, upload.receive, answer)
        finally:
            upload.close()


async def _refuse(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})


async def _lead_to(place: str, scope: Message, send: Send) -> None:
    """Send the browser to `place`, seen from where it is, with what it asked."""
    asked = scope.get("query_string", b"")
    target = place.encode() + (b"?" + asked if asked else b"")
    headers = [(b"location", target), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 307, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _not_served(name: str | None) -> str:
    if name is None or not _SHOWABLE.fullmatch(name):
        return "This request does not say which app it is for. Open the app by its name."
    return (
        f"This app is not served under the name {name}. On its own machine, open it as localhost."
        f" Whoever runs it can let this name in: MNIST_HOSTS={name}"
    )


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
