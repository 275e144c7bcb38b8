"""What every answer of the web page carries, and how little of a request is read."""

from __future__ import annotations

import secrets

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Protection", "nonce_of", "read_form"]

_FORM_AT_MOST = 32 * 1024  # bytes: 2,000 Chinese characters, percent-encoded, and a ticket
_FORM = "application/x-www-form-urlencoded"
_FIXED = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Protection:
    """Puts a content security policy and its companions on every answer; nothing may be stored, framed, or fetched from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap `app`."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request a nonce, and the answer its headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = scope.setdefault("state", {})["nonce"] = secrets.token_urlsafe(16)

        async def protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _FIXED.items():
                    headers[name] = value
                headers["Content-Security-Policy"] = (
                    f"default-src 'none'; img-src 'self'; style-src 'nonce-{nonce}'; form-action 'self'; "
                    "base-uri 'none'; frame-ancestors 'none'"
                )
            await send(message)

        await self.app(scope, receive, protected)


def nonce_of(request: Request) -> str:
    """Return the nonce that this request's policy allows."""
    nonce: str = request.state.nonce
    return nonce


async def read_form(request: Request) -> str:
    """Read a posted form; refuses what another site's page sent, what is no form, and what is too long."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise HTTPException(403)
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(415)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_AT_MOST:
            raise HTTPException(413)
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise HTTPException(400) from None
