"""Files that are made when they are asked for, kept until the browser has fetched them.

Streamlit gives the browser the address of such a file and deletes the file after two runs of any
window on the server, which may be before the browser has asked for it. A reference keeps it.
"""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streamlit import runtime

_MOST = 16
"""How many of the last files are kept."""
_places = itertools.cycle(range(_MOST))
_here = threading.local()


def kept(make: Callable[[], bytes | str], file_name: str, mime: str) -> Callable[[], bytes]:
    """Return a function that makes a file and keeps it; a later file takes its place in the end."""

    def made() -> bytes:
        data = make()
        whole = data.encode() if isinstance(data, str) else data
        if runtime.exists():
            place = f"download {next(_places)}"
            with outside_of_runs():
                # A file with the same content, name and type is the same file for the server.
                runtime.get_instance().media_file_mgr.add(
                    whole, mime, place, file_name=file_name, is_for_static_download=True
                )
        return whole

    return made


@contextmanager
def outside_of_runs() -> Iterator[None]:
    """Let Streamlit not warn that this thread is of no session's run.

    The reference is of no session for that reason, and no run removes it.
    """
    _here.expected = True
    try:
        yield
    finally:
        _here.expected = False


def _unexpected(_: logging.LogRecord) -> bool:
    return not getattr(_here, "expected", False)


logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").addFilter(_unexpected)
