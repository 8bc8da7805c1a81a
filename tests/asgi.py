"""Requests to an ASGI application without a server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def answer(
    app: Any, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer to a request without a body."""
    sent: list[dict[str, Any]] = []
    messages = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> dict[str, Any]:
        for message in messages:
            return message
        await asyncio.Event().wait()  # The client waits for the answer.
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(dict(message))

    given = {"host": "localhost", **(headers or {})}
    scope = {
        "type": "http",
        "method": method,
        "path": path.partition("?")[0],
        "root_path": "",
        "scheme": "http",
        "server": ("localhost", 80),
        "query_string": path.partition("?")[2].encode(),
        "headers": [(name.encode(), text.encode()) for name, text in given.items()],
    }
    # Playwright's loop may run in this thread.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, app(scope, receive, send)).result()
    found = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], found, b"".join(one.get("body", b"") for one in sent[1:])
