"""What the web server adds: the documentation, Plotly's script, and headers on every answer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import plotly
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SITE = Path(__file__).resolve().parents[1] / "build/docs"
"""Where ``make docs`` builds the documentation."""
ADDRESS = "docs/index.html"
"""The address of its first page, relative to any page of the app."""
PLOTLY = "plotly.min.js"
"""The address of Plotly's script, which draws figures as files, relative to any page."""
_PLOTLY = Path(plotly.__file__).parent / "package_data" / PLOTLY
# The strictest policy under which Streamlit 1.67 and Plotly work: their bundles style elements in
# place, Streamlit starts components from blobs, and the app talks to its server by web socket.
_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' blob: 'unsafe-inline'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "media-src": "'self' data: blob:",
    "connect-src": "'self' ws: wss:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _POLICY.items()),
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}
_METRICS = "/_stcore/metrics"


def documented() -> bool:
    """Return whether the documentation has been built."""
    return (SITE / "index.html").is_file()


class Guard:
    """Add the headers to every answer, and keep the server's metrics to those who ask for them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"].endswith(_METRICS) and os.environ.get("RD_METRICS") != "1":
            await PlainTextResponse("Not Found", 404)(scope, receive, answer)
        else:
            await self._app(scope, receive, answer)


def routes() -> Sequence[BaseRoute]:
    """Return the addresses beside Streamlit's."""

    async def start(request: Request) -> RedirectResponse:
        return RedirectResponse(request.url.replace(path=f"{request.url.path}/"))

    async def drawing(_: Request) -> FileResponse:
        return FileResponse(_PLOTLY, media_type="text/javascript")

    site = StaticFiles(directory=SITE, html=True, check_dir=False)
    return Route("/docs", start), Mount("/docs", site), Route(f"/{PLOTLY}", drawing)


def middleware() -> Sequence[Middleware]:
    """Return what every request passes through."""
    return (Middleware(Guard),)
