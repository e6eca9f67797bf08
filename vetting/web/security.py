"""What every response carries and every request must satisfy before a page sees it.

Security headers, the origin check for unsafe methods, the body cap, and the names of the session cookies.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from vetting.domain.tongue import _
from vetting.errors import Forbidden, TooLarge, VettingError
from vetting.services import security_log
from vetting.services.security_log import Event
from vetting.services.throttles import Left

MAX_BODY: Final = 20 * 1024 * 1024
DRAIN: Final = 100 * 1024 * 1024
STAFF_COOKIE: Final = "vetting"
CANDIDATE_COOKIE: Final = "vetting_interview"
SIGN_ON_COOKIE: Final = "vetting_sign_on"
LANGUAGE_COOKIE: Final = "vetting_language"
UNSAFE: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})

CSP: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS: Final = {
    "content-security-policy": CSP,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(), camera=(), geolocation=(), payment=()",
}
HSTS: Final = "max-age=31536000"

Refuse = Callable[[Request, VettingError], Response]


class Guard:
    """ASGI middleware: refuses foreign writes and oversized bodies, and puts the headers on every response."""

    def __init__(self, app: ASGIApp, *, https: bool, refuse: Refuse) -> None:
        self.app, self.https, self.refuse = app, https, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or answer it here with the reason."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                protect(headers, scope["path"], scope["query_string"], https=self.https)
                if left := scope.get("state", {}).get("left"):
                    _say_what_is_left(headers, left)
            await send(message)

        if (error := self._refusal(scope)) is not None:
            if isinstance(error, Forbidden):
                tell(Request(scope), Event.REFUSED_BY_ORIGIN)
            if isinstance(error, TooLarge):
                await _drain(receive)
            await self.refuse(Request(scope), error)(scope, receive, send_guarded)
            return
        await self.app(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> VettingError | None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > MAX_BODY:
            words = _(
                "What was sent has {size} MB; at most {most} MB can be taken here. Larger files go in with "
                "'vetting import' on the server."
            )
            return TooLarge(words.format(size=f"{int(length) / 1e6:,.0f}", most=f"{MAX_BODY / 1e6:,.0f}"))
        if scope["method"] in UNSAFE and not _own_origin(scope, headers):
            return Forbidden(
                _(
                    "This came from another site, or from a browser that does not say where it came from, so nothing "
                    "was changed. Open the page itself and try again there."
                )
            )
        return None


def tell(request: Request, event: Event, *, user: str = "", how: str = "") -> None:
    """Write a security event of a request, with the template of its route."""
    security_log.tell(request.app.state.ctx, event, user=user, route=route_of(request), how=how)


def route_of(request: Request) -> str:
    """The route a request is for, as a template: its address may hold a token. Before routing, it is looked for."""
    route = request.scope.get("route")
    if route is None:
        known = (one for router in request.app.state.routers for one in router.routes)
        route = next((one for one in known if one.matches(request.scope)[0] is not Match.NONE), None)
    return f"{request.method} {getattr(route, 'path', 'unknown')}"


def protect(headers: MutableHeaders, path: str, query: bytes = b"", *, https: bool) -> None:
    """Set the security headers; pages are never stored, static files of a known version for a year."""
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if https:
        headers.setdefault("strict-transport-security", HSTS)
    if path.startswith("/static/"):
        fixed = query.startswith(b"v=") or path.endswith(".woff2")
        headers["cache-control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
    else:
        headers["cache-control"] = "no-store"


def _say_what_is_left(headers: MutableHeaders, left: Left) -> None:
    """A program reads from every answer how much of its key's limit it has left, and when all of it is back."""
    headers["ratelimit-limit"] = str(left.limit.most)
    headers["ratelimit-remaining"] = str(left.left)
    headers["ratelimit-reset"] = str(left.seconds)


def cookie_name(name: str, *, https: bool) -> str:
    """`__Host-` binds the cookie to this very host, and browsers accept it over https only."""
    return f"__Host-{name}" if https else name


def set_session(request: Request, response: Response, name: str, token: str, seconds: int) -> None:
    """Give the browser a session token that scripts cannot read."""
    https: bool = request.app.state.https
    response.set_cookie(
        cookie_name(name, https=https), token, max_age=seconds, path="/", secure=https, httponly=True, samesite="lax"
    )


def session_token(request: Request, name: str) -> str | None:
    """The session token the browser sent, if any."""
    return request.cookies.get(cookie_name(name, https=request.app.state.https))


def end_session(request: Request, response: Response, name: str) -> None:
    """Have the browser forget a session token."""
    https: bool = request.app.state.https
    response.delete_cookie(cookie_name(name, https=https), path="/", secure=https, httponly=True, samesite="lax")


def _own_origin(scope: Scope, headers: Headers) -> bool:
    """Browsers say where a request comes from; a program with an API key sends neither header and has no cookie."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site == "same-origin"
    if origin is not None:
        return urlsplit(origin).netloc == headers.get("host")
    return scope["path"].startswith("/api/")


async def _drain(receive: Receive) -> None:
    """Read what is still coming, within reason: a browser shows our answer only once it has sent everything."""
    seen = 0
    while seen < DRAIN:
        message = await receive()
        seen += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body", False):
            return
