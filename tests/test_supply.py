"""What the image is made of: licences, the bill of materials, known faults, the pinned base."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from docs.supply import audit, licences, pin, sbom
from docs.supply.dependencies import Dependency, SupplyError, installed, pinned
from tests.container.dockerfile import parse, stages
from tests.container.image import _BASE

ROOT = Path(__file__).resolve().parents[1]
DIGEST = f"sha256:{'0123456789abcdef' * 4}"


def test_every_dependency_of_the_app_has_a_licence(capsys: pytest.CaptureFixture[str]) -> None:
    assert licences.main() == 0
    said = capsys.readouterr().out
    assert "| numpy | " in said
    assert "unknown" not in said


def test_an_unknown_licence_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(licences, "installed", lambda: [Dependency("x", "1", "", False, ())])
    assert licences.main() == 1
    assert "The licence of x is unknown." in capsys.readouterr().err


def test_what_is_not_installed_as_pinned_is_named() -> None:
    with pytest.raises(SupplyError, match="no-such-package is not installed"):
        installed({"no-such-package": "1"})
    with pytest.raises(SupplyError, match=r"numpy is \S+ here, and 0\.1 is pinned"):
        installed({"numpy": "0.1"})


def test_pins_hold_for_this_system_only(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(
        "Some_Name==1.2 \\\n    --hash=sha256:00\n    # via x\n"
        "other==3 ; sys_platform == 'nowhere' \\\n    --hash=sha256:00\n"
    )
    assert pinned(path) == {"some-name": "1.2"}


def test_the_bill_of_materials_names_every_part_and_what_it_needs(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "sbom.json"
    assert sbom.main([str(place)]) == 0
    found = json.loads(place.read_text())
    assert (found["bomFormat"], found["specVersion"]) == ("CycloneDX", "1.6")
    parts = {one["bom-ref"]: one for one in found["components"]}
    assert {one["name"]: one["version"] for one in parts.values()} == pinned()
    assert all(one["licenses"] and one["purl"] == ref for ref, one in parts.items())
    links = {one["ref"]: one["dependsOn"] for one in found["dependencies"]}
    root = found["metadata"]["component"]["bom-ref"]
    assert set(links) == {root, *parts}
    assert {name for names in links.values() for name in names} == set(parts)
    scipy = next(ref for ref in parts if ref.startswith("pkg:pypi/scipy@"))
    assert any(name.startswith("pkg:pypi/numpy@") for name in links[scipy])
    assert sbom.document(installed()) == found


def test_the_base_is_pinned_in_every_stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "Dockerfile"
    place.write_text((ROOT / "Dockerfile").read_text())
    before = stages(parse(place.read_text()))
    assert pin.main([DIGEST.replace("0", "f")], place) == 0
    assert pin.main([DIGEST], place) == 0
    after = stages(parse(place.read_text()))
    for old, new in zip(before, after, strict=True):
        assert new.base == f"{old.base.partition('@')[0]}@{DIGEST}"
        assert _BASE.fullmatch(new.base)
    assert pin.main(["latest"], place) == 1
    assert "is no digest" in capsys.readouterr().err


def test_where_no_registry_is_reached_it_says_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*request: object, **options: object) -> None:
        raise OSError("no route")

    monkeypatch.setattr(subprocess, "run", refuse)
    place = tmp_path / "Dockerfile"
    place.write_text("FROM python:3.13-slim\n")
    assert pin.main([], place) == 1
    said = capsys.readouterr().err
    assert "make pin ARGS=sha256:" in said
    assert "docker buildx imagetools inspect python:3.13-slim" in said
    assert place.read_text() == "FROM python:3.13-slim\n"
    place.write_text("FROM python:3.13-slim\nFROM debian:13\n")
    assert pin.main([DIGEST], place) == 1


def test_known_faults_fail_and_no_database_is_said_aloud() -> None:
    fault = {"id": "PYSEC-1", "fix_versions": ["2.0"]}
    found = {"dependencies": [{"name": "x", "version": "1", "vulns": [fault]}]}
    status, said = audit.judged(1, json.dumps(found), "")
    assert status == 1
    assert "x 1: PYSEC-1, mended in 2.0" in said
    found["dependencies"][0]["vulns"] = []
    assert audit.judged(0, json.dumps(found), "") == (0, "1 packages, 0 known faults")
    found["dependencies"] = [{"name": "x", "skip_reason": "not found"}]
    _, said = audit.judged(0, json.dumps(found), "")
    assert said == "0 packages, 0 known faults\nSKIPPED: the database does not know 1: x"
    status, said = audit.judged(1, "", "requests.exceptions.ConnectionError: no route")
    assert status == 0
    assert said.startswith("SKIPPED: the database of known faults was not reached")
    assert audit.judged(2, "", "usage: pip-audit")[0] == 2


def test_the_commands_are_in_the_makefile_and_documented() -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    document = (ROOT / "docs/deploy.md").read_text()
    for command in ("pin", "audit", "licences", "sbom", "fuzz", "soak"):
        assert f"make {command} " in listed
        assert f"`make {command}`" in document
