"""What the server answers beside Streamlit's pages, and the headers of every answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from streamlit.testing.v1 import AppTest
from streamlit.web.server.app_discovery import discover_asgi_app

from dashboard import server
from tests.asgi import answer

ROOT = Path(__file__).parents[2]


async def _other(request: Any) -> PlainTextResponse:
    return PlainTextResponse("other")


def asked(path: str, **more: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer to a request with some headers."""
    routes = [*server.routes(), Route("/{path:path}", _other)]
    app = Starlette(routes=routes, middleware=list(server.middleware()))
    return answer(app, path, headers=more)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "index.html").write_text("<h1>rdcore</h1>")
    monkeypatch.setattr(server, "SITE", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "path", ["/", "/docs/", "/docs/absent.html", "/_stcore/metrics", "/health", "/metrics"]
)
def test_every_answer_has_the_headers(site: Path, path: str) -> None:
    _, headers, _ = asked(path)
    assert {
        name.lower(): value for name, value in server.HEADERS.items()
    }.items() <= headers.items()


def test_the_policy_allows_nothing_from_elsewhere() -> None:
    policy = server.HEADERS["Content-Security-Policy"]
    assert "default-src 'self';" in policy
    assert "object-src 'none'" in policy
    assert "http" not in policy
    assert "eval" not in policy
    assert "*" not in policy


def test_the_first_page_has_the_address_that_a_person_types() -> None:
    for link, found in {"/explore": "./", "/explore?D=0.3&S=%3E80": "./?D=0.3&S=%3E80"}.items():
        status, headers, _ = asked(link)
        assert (status, headers["location"]) == (307, found)


def test_the_documentation_is_served_below_docs(site: Path) -> None:
    assert server.documented()
    status, _, body = asked("/docs/")
    assert (status, body) == (200, b"<h1>rdcore</h1>")
    status, headers, _ = asked("/docs")
    assert (status, headers["location"]) == (307, "http://localhost/docs/")
    assert asked("/docs/../app.py")[0] == 404


def test_without_documentation_its_address_is_not_found(site: Path) -> None:
    (site / "index.html").unlink()
    assert not server.documented()
    assert asked("/docs/")[0] == 404


def test_the_numbers_of_streamlit_are_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RD_METRICS", "1")
    assert asked("/_stcore/metrics")[0] == 404
    assert asked("/_stcore/metrics/")[0] == 404
    assert asked("/behind/a/proxy/_stcore/metrics")[0] == 404


def test_the_entry_point_is_found_as_a_server() -> None:
    assert discover_asgi_app(ROOT / "app.py").import_string == "app:app"


def test_the_foot_of_the_sidebar_leads_to_the_documentation(site: Path) -> None:
    app = AppTest.from_file(ROOT / "app.py", default_timeout=600).run()
    assert app.sidebar.caption[-1].value.endswith("· [Documentation](docs/index.html)")
    (site / "index.html").unlink()
    app.run()
    assert app.sidebar.caption[-1].value.endswith("`make docs` builds it.")
