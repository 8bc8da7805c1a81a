"""Streamlit's own page and scripts, sent so that the first picture is there sooner.

Streamlit 1.67 names in its page only the scripts with which it starts. It asks for the one of an
element when the first such element comes, and for Plotly's, which is half of all, last of all: the
browser loads, compiles and runs it while the figure waits. ``Bundles`` names in the page what
the first elements need, so that the browser has it while the server is still at work. It answers
for the scripts itself, from memory, in a tenth of the time: there are more than a hundred. And the
places of elements that have not come yet stand still: without a graphics card their animation
takes as much of the browser as the page itself.
"""

from __future__ import annotations

import functools
import mimetypes
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_FOUND = find_spec("streamlit")
_HOME = Path((_FOUND and _FOUND.origin) or "streamlit").parent / "static"
# The elements of the first page, in the order in which they come; the last one has Plotly.
FIRST = (
    "Html", "PageLink", "BidiComponent", "Selectbox", "ButtonGroup", "NumberInput", "Slider",
    "Checkbox", "TextInput", "Metric", "Button", "PlotlyChart",
)  # fmt: skip
_IMPORT = re.compile(r'\b(?:from|import)"\./([\w.-]+\.js)"')
# The imports of a script are at its start.
_HEAD = 16_384
_END = b"</head>"
_STILL = '<style>[data-testid="stSkeleton"] { animation: none !important; }</style>'
# The names of the files have a hash of what is in them.
_CACHED = "public, immutable, max-age=31536000"
# What a browser sends that asks for less than a whole file.
_PARTLY = frozenset({"range", "if-none-match", "if-modified-since", "if-range"})
_PIECE = 262_144


@functools.cache
def first_scripts() -> tuple[str, ...]:
    """Return the names of the scripts of the first elements, each after those that it imports.

    Those that Streamlit's page names itself are left out.
    """
    named = set(re.findall(r"/js/([\w.-]+\.js)", _page()))
    found: dict[str, None] = {}

    def add(name: str) -> None:
        if name in named:
            return
        named.add(name)
        for other in _imports(name):
            add(other)
        found[name] = None

    for element in FIRST:
        for path in _scripts().glob(f"{element}.*.js"):
            add(path.name)
    return tuple(found)


def _page() -> str:
    page = _HOME / "index.html"
    return page.read_text(encoding="utf-8") if page.is_file() else ""


def _scripts() -> Path:
    return _HOME / "static" / "js"


def _imports(name: str) -> Iterator[str]:
    path = _scripts() / name
    if path.is_file():
        with path.open("rb") as file:
            yield from _IMPORT.findall(file.read(_HEAD).decode("utf-8", "replace"))


@functools.cache
def hints() -> bytes:
    """Return what is added to the head of Streamlit's page."""
    names = [f"./static/js/{name}" for name in first_scripts()]
    loads = [f'<link rel="modulepreload" crossorigin href="{name}">' for name in names]
    runs = [f'<script type="module">import("{name}")</script>' for name in names[-1:]]
    return "".join([_STILL, *loads, *runs]).encode()


@functools.cache
def _files() -> dict[str, Path]:
    """Return Streamlit's files by their addresses."""
    found = (path for path in (_HOME / "static").rglob("*") if path.is_file())
    return {f"/{path.relative_to(_HOME).as_posix()}": path for path in found}


@functools.cache
def _read(path: Path) -> bytes:
    return path.read_bytes()


class Bundles:
    """Answer for Streamlit's scripts, and add the hints to its page."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        path = _files().get(scope["path"])
        if path is not None and _PARTLY.isdisjoint(Headers(scope=scope)):
            await _answer(path, send)
            return
        await self._app(scope, receive, _Hinted(send))


async def _answer(path: Path, send: Send) -> None:
    body = _read(path)
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    headers = MutableHeaders(
        {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": _CACHED}
    )
    await send({"type": "http.response.start", "status": 200, "headers": headers.raw})
    for start in range(0, len(body) or 1, _PIECE):
        await send(
            {
                "type": "http.response.body",
                "body": body[start : start + _PIECE],
                "more_body": start + _PIECE < len(body),
            }
        )


class _Hinted:
    """Sends an answer on; if it is Streamlit's page, with the hints."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_page(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._end(self._start)

    async def _end(self, start: Message) -> None:
        body = self._body.replace(_END, hints() + _END, 1)
        MutableHeaders(scope=start)["Content-Length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body, "more_body": False})


def _is_page(start: Message) -> bool:
    """Return whether an answer may be Streamlit's page: HTML that is not cached, in full."""
    headers = Headers(raw=start["headers"])
    html = headers.get("content-type", "").startswith("text/html")
    return html and start["status"] == 200 and headers.get("cache-control") == "no-cache"
