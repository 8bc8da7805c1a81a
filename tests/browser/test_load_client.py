"""The client of `make soak` sees what a browser sees."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from benchmarks.load.window import Window


def test_a_window_opens_pages_moves_a_control_and_follows_a_job(server: str) -> None:
    async def steps() -> None:
        window = Window(server.removeprefix("http://"))
        first = await window.open("", D="0.5")
        assert 0 < first.first <= first.seconds
        assert window.has("D")
        assert not window.waits
        await window.set("D", 0.4)
        assert "D=0.4" in window.query
        await window.open("annealing", D="0.7")
        while window.waits:
            await window.finish()
        assert not window.exceptions
        await window.close()

    # Playwright's loop may run in this thread.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(asyncio.run, steps()).result()
