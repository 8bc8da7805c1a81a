"""Dragging a level: the bounds of every frame are those of the certificate, and the page follows."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, expect

import rdcore as rd
from dashboard.formatting import figure
from dashboard.model.following import SolvedPath
from dashboard.tasks import follow
from dashboard.ui import handles
from rdcore.proof.certificates import certify
from tests.browser.explore import PATIENCE, Explore, Open

FRAMES = """async ([text, path, levels]) => {
    const file = new Blob([text + '\\nexport const $all = { $frames, $proof };'],
        { type: 'text/javascript' });
    const { $all } = await import(URL.createObjectURL(file));
    const solved = $all.$frames.pathOf(JSON.parse(path));
    return levels.map(level => {
        const one = $all.$frames.frame(solved, level);
        if (one.problem) $all.$proof.evaluate(one.problem, one.at.r, one.at.slopes);
        return {
            lower: one.lower, upper: one.upper, own: one.own,
            levels: Array.from(one.levels),
            plain: one.problem && $all.$proof.dualBelow(one.problem, one.at, one.headroom),
            r: one.at && Array.from(one.at.r), slopes: one.at && Array.from(one.at.slopes),
            codewords: one.problem && Array.from(one.problem.codewords),
        };
    });
}"""
GAPS = 0.003  # bits


def three_modes() -> rd.Problem:
    source = rd.sources.three_modes()
    subset = rd.subset(np.abs(source.atoms) < 1, 0.05)
    return rd.Problem(
        source, rd.sources.codebook("three_modes"), fidelities=[rd.average(0.6), subset]
    )


def in_browser(browser: Browser, path: dict[str, Any], levels: np.ndarray) -> list[dict[str, Any]]:
    """Return the frames at some levels as the browser computes them."""
    page = browser.new_page()
    found = page.evaluate(FRAMES, [handles.script(), json.dumps(path), levels.tolist()])
    page.close()
    return list(found)


def fixed_path(problem: rd.Problem) -> SolvedPath:
    """Return the path along D of the Explore page."""
    low, high = rd.smallest_levels(problem)[0], rd.largest_level(problem)
    share = np.linspace(0, 1, 50) ** 2
    levels = low + (high - low) * (2e-4 + (1 - 2e-4) * share)
    return follow.solved(problem, levels, 1e-6)


def frame_problem(problem: rd.Problem, one: dict[str, Any]) -> rd.Problem:
    """Return the problem at the levels and on the codewords of a frame."""
    codewords = np.array(one["codewords"]).reshape(-1, problem.source.dim)
    return problem.with_codebook(codewords).with_levels(one["levels"])


def channel(problem: rd.Problem, r: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    joint = r * np.exp(-problem.tilt(slopes))
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


@pytest.mark.slow
def test_the_bounds_of_frames_are_those_of_the_certificate(browser: Browser) -> None:
    problem = three_modes()
    path = fixed_path(problem)
    ends = [one.problem.fidelities[0].level for one in (path.solutions[0], path.solutions[-1])]
    found = in_browser(browser, path.payload(), np.linspace(*ends, 200))
    off, gaps = [], []
    for one in found:
        there = frame_problem(problem, one)
        r, slopes = np.array(one["r"]), np.array(one["slopes"])
        proof = certify(there, channel(there, r, slopes), slopes, r)
        assert proof.violation == 0
        off += [max(one["own"]["lower"], 0) - proof.lower, one["own"]["upper"] - proof.upper]
        truth = rd.solve(there, tol=1e-9).certificate
        assert one["lower"] <= truth.upper
        assert one["upper"] >= truth.lower
        gaps.append((one["upper"] - one["lower"]) / np.log(2))
    print(f"largest difference {np.abs(off).max():.1e} nats, largest gap {max(gaps):.5f} bits")
    assert np.abs(off).max() <= 1e-12
    assert max(gaps) <= GAPS


@pytest.mark.slow
def test_the_bounds_of_frames_hold_for_every_codebook(browser: Browser) -> None:
    problem = three_modes()
    last = rd.largest_level(problem)
    path = finish(follow.with_every_codebook(problem, last))
    found = in_browser(browser, path, np.linspace(0.02 * last, last, 200))
    off, gaps = [], []
    for number, one in enumerate(found):
        there = frame_problem(problem, one)
        r, slopes = np.array(one["r"]), np.array(one["slopes"])
        Q = channel(there, r, slopes)
        off.append(one["own"]["upper"] - certify(there, Q, slopes, r).upper)
        off.append(max(one["plain"], 0) - certify(there, Q, slopes, r).lower)
        gaps.append((one["upper"] - one["lower"]) / np.log(2))
        if number % 8:
            continue
        every = certify(there, Q, slopes, r, every=True)
        assert one["own"]["lower"] <= every.lower + 1e-12
        truth = rd.solve(there.with_every(), tol=1e-7).certificate
        assert one["lower"] <= truth.upper
        assert one["upper"] >= truth.lower
    print(f"largest difference {np.abs(off).max():.1e} nats, largest gap {max(gaps):.5f} bits")
    assert np.abs(off).max() <= 1e-12
    assert max(gaps) <= GAPS


def finish(steps: Any) -> Any:
    """Run a generator and return its value."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
