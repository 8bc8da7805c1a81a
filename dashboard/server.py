"""What the web server adds: documentation, Plotly's script, health, counters, and headers."""

from __future__ import annotations

import gc
import hmac
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import plotly
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.bundles import Bundles
from dashboard.jobs import journal, vitals

SITE = Path(__file__).resolve().parents[1] / "build/docs"
"""Where ``make docs`` builds the documentation."""
ADDRESS = "docs/index.html"
"""The address of its first page, relative to any page of the app."""
FIRST = "/explore"
"""What a person types for the first page, which is at the root."""
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
# Streamlit's own numbers; ours are at /metrics.
_METRICS = "/_stcore/metrics"
_OPEN = "1"
_LOG = logging.getLogger("rdcore.dashboard")


def documented() -> bool:
    """Return whether the documentation has been built."""
    return (SITE / "index.html").is_file()


class Guard:
    """Add the headers to every answer, and keep Streamlit's own metrics inside."""

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
        elif scope["path"].rstrip("/").endswith(_METRICS):
            await PlainTextResponse("Not Found", 404)(scope, receive, answer)
        else:
            await self._app(scope, receive, answer)


async def health(_request: Request) -> JSONResponse:
    """Answer what the server saw when it last looked at itself; 503 if it cannot work."""
    well, report = vitals.OWN.report()
    return JSONResponse(report, 200 if well else 503, {"Cache-Control": "no-store"})


async def metrics(request: Request) -> Response:
    """Answer with the counters in Prometheus' text format, if the operator allows it.

    ``RD_METRICS=1`` allows it to whoever reaches the server; any other text is a token, which the
    request has to bring.
    """
    secret = os.environ.get("RD_METRICS", "").strip()
    given = request.headers.get("authorization", "")
    if not secret:
        return PlainTextResponse("Not Found", 404)
    expected = f"Bearer {secret}".encode()
    if secret != _OPEN and not hmac.compare_digest(given.encode(), expected):
        return PlainTextResponse("Unauthorized", 401, {"WWW-Authenticate": "Bearer"})
    kind = "text/plain; version=0.0.4; charset=utf-8"
    return Response(journal.prometheus(), headers={"Content-Type": kind})


def lifespan(
    begin: Callable[[], None],
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Return what runs as long as the server: it begins before the first visit, in a thread."""

    def work() -> None:
        # Nothing of what is imported becomes garbage, and looking for it takes a fifth of the time.
        gc.disable()
        try:
            begin()
        except Exception as error:  # noqa: BLE001 the health check and the log tell it
            vitals.OWN.refuse(f"cannot start: {error}")
            _LOG.exception("the server cannot start")
        finally:
            gc.enable()

    @asynccontextmanager
    async def living(_app: Any) -> AsyncIterator[None]:
        threading.Thread(target=work, name="begin", daemon=True).start()
        yield

    return living


def routes() -> Sequence[BaseRoute]:
    """Return the addresses beside Streamlit's."""

    async def start(request: Request) -> RedirectResponse:
        return RedirectResponse(request.url.replace(path=f"{request.url.path}/"))

    async def home(request: Request) -> RedirectResponse:
        # The first page is at the root; relative, so that it holds behind any proxy.
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"./{query}")

    async def drawing(_: Request) -> FileResponse:
        return FileResponse(_PLOTLY, media_type="text/javascript")

    site = StaticFiles(directory=SITE, html=True, check_dir=False)
    return (
        Route(FIRST, home),
        Route("/health", health),
        Route("/metrics", metrics),
        Route("/docs", start),
        Mount("/docs", site),
        Route(f"/{PLOTLY}", drawing),
    )


def middleware() -> Sequence[Middleware]:
    """Return what every request passes through."""
    return (Middleware(Guard), Middleware(Bundles))
