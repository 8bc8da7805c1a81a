"""Streamlit's page names the scripts of the first elements, and its files come as they are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from dashboard import bundles
from tests.asgi import answer

STATIC = Path(streamlit.__file__).parent / "static"
PAGE = (STATIC / "index.html").read_text(encoding="utf-8")
SCRIPTS = {path.name for path in (STATIC / "static/js").glob("*.js")}


def asked(path: str, inside: Response, method: str = "GET", **more: str) -> Any:
    """Return status, headers and body where ``inside`` is what Streamlit would answer."""
    headers = {name.replace("_", "-"): text for name, text in more.items()}
    return answer(bundles.Bundles(inside), path, method, headers)


def page() -> Response:
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


def other() -> Response:
    return PlainTextResponse("from Streamlit")


def test_every_first_element_has_a_script_in_this_streamlit() -> None:
    names = bundles.first_scripts()
    missing = [one for one in bundles.FIRST if not any(n.startswith(f"{one}.") for n in names)]
    assert not missing
    assert names[-1].startswith("PlotlyChart.")


def imported(name: str) -> Iterator[str]:
    text = (STATIC / "static/js" / name).read_text(encoding="utf-8")
    yield from re.findall(r'(?:from|import)"\./([\w.-]+\.js)"', text)


def test_what_a_script_imports_is_named_too() -> None:
    named = {*bundles.first_scripts(), *re.findall(r"/js/([\w.-]+\.js)", PAGE)}
    assert named <= SCRIPTS
    for name in bundles.first_scripts():
        assert set(imported(name)) <= named, name


def test_the_page_names_each_script_once_before_its_head_ends() -> None:
    status, headers, body = asked("/prices", page())
    text = body.decode()
    assert status == 200
    assert int(headers["content-length"]) == len(body)
    head = text.partition("</head>")[0]
    for name in bundles.first_scripts():
        assert head.count(f'href="./static/js/{name}"') == 1
    assert f'import("./static/js/{bundles.first_scripts()[-1]}")' in head
    assert text.replace(bundles.hints().decode(), "") == PAGE


@pytest.mark.parametrize(
    "answer",
    [
        other(),
        HTMLResponse("<head></head>an own page"),
        HTMLResponse("<head></head>", 404, {"Cache-Control": "no-cache"}),
    ],
)
def test_other_answers_stay_as_they_are(answer: Response) -> None:
    assert asked("/docs/index.html", answer)[2] == answer.body


def test_a_file_of_streamlits_comes_whole_and_stays_in_the_cache() -> None:
    name = bundles.first_scripts()[-1]
    status, headers, body = asked(f"/static/js/{name}", other())
    assert status == 200
    whole = body == (STATIC / "static/js" / name).read_bytes()
    assert whole  # without a comparison of five megabytes line by line
    assert headers["content-type"] in ("text/javascript", "application/javascript")
    assert headers["content-length"] == str(len(body))
    assert "immutable" in headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "/static/js/absent.js",
        "/static/js/../../index.html",
        "/static//etc/passwd",
        "/static/../../__init__.py",
        "/static/\0",
        "/static/js",
    ],
)
def test_other_addresses_are_left_to_streamlit(path: str) -> None:
    assert asked(path, other())[2] == b"from Streamlit"


def test_a_part_of_a_file_and_other_questions_are_left_to_streamlit() -> None:
    path = f"/static/js/{bundles.first_scripts()[0]}"
    assert asked(path, other(), range="bytes=0-9")[2] == b"from Streamlit"
    assert asked(path, other(), if_none_match='"x"')[2] == b"from Streamlit"
    assert asked(path, other(), method="POST")[2] == b"from Streamlit"
