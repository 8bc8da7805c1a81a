"""The experiments of Nasser (2025) as functions of rdcore alone, for the script of Reproduce.

The script contains the text of one of them and of the functions that it calls. Each line that it
prints is a quantity of the page's table: re-run with the author's steps, and our best with proof.
"""

from __future__ import annotations

import numpy as np

import rdcore as rd

FREE_TOLERANCE = {1: 1e-9, 2: 1e-6}


def show(quantity: str, rerun: float | None = None, best: float | None = None) -> None:
    if rerun is not None:
        print(f"{quantity}, re-run:", float(rerun))
    if best is not None:
        print(f"{quantity}, best:", float(best))


def problem(name: str, *fidelities: rd.Fidelity) -> rd.Problem:
    source = getattr(rd.sources, name)()
    return rd.Problem(source, rd.sources.codebook(name), fidelities=list(fidelities))


def inside(name: str, radius: float) -> np.ndarray:
    points = getattr(rd.sources, name)().points
    within: np.ndarray = np.sqrt(np.square(points).sum(axis=1)) < radius
    return within


def best_of_all(task: rd.Problem) -> rd.Solution:
    found = rd.solve(task.with_every(), tol=FREE_TOLERANCE[task.source.dim])
    print("certified gap of the best (bits):", found.certificate.gap_bits)
    return found


def in_use(found: rd.Solution) -> int:
    return int((found.marginal > 1e-6).sum())


def nearest(task: rd.Problem) -> rd.Quantiser:
    away = rd.distortions.squared_error(task.source.points, task.codewords)
    codewords = task.codewords[:, 0] if task.source.dim == 1 else task.codewords
    return rd.Quantiser(task.source, codewords, np.asarray(away).argmin(axis=1))


def refined(
    start: rd.Problem, rounds: int
) -> tuple[tuple[rd.codebook.Iteration, ...], rd.Solution]:
    iterations = tuple(rd.refining(start, iterations=rounds))
    return iterations, rd.codebook.finished(start, iterations).final


def random_start(task: rd.Problem, m: int) -> rd.Problem:
    draw = np.random.default_rng(0)
    while True:
        start = task.with_codebook(rd.codebook.random_codebook(task.source, m, draw))
        low = rd.smallest_levels(start)
        if all(a < f.level for a, f in zip(low, task.fidelities, strict=True)):
            return start


def annealed(task: rd.Problem) -> tuple[float | None, float | None, float | None]:
    """Return H(Y) of the best time sharing, and H(Y) and D of the best single encoder."""
    schedule = rd.schedules.Geometric(1.0, 1e-3, 12)
    path = list(rd.annealing(task.with_every(), schedule=schedule))[-1]
    shared, one = path.mixture, path.encoder
    return (
        shared.entropy_bits if shared else None,
        one.entropy_bits if one else None,
        float(one.distortions[0]) if one else None,
    )


def curve(name: str, levels: np.ndarray) -> rd.Curve:
    task = problem(name, rd.average(float(levels[-1])))
    low = rd.smallest_levels(task)[0]
    return rd.curve(task, levels[levels > low * (1 + 1e-9)], tol=1e-9)


def modes() -> rd.Problem:
    within = inside("three_modes", 1)
    return problem("three_modes", rd.average(0.6), rd.subset(within, 0.6, "joint"))


def clusters() -> rd.Problem:
    within = inside("four_clusters", 2)
    return problem("four_clusters", rd.average(8), rd.subset(within, 1.0, "joint"))


def at_equal_level(task: rd.Problem, quantiser: rd.Quantiser) -> float:
    average = [rd.average(quantiser.distortion)]
    return best_of_all(rd.Problem(task.source, rd.EVERY, fidelities=average)).rate_bits


def e1() -> None:
    source = rd.sources.gaussian()
    found = curve("gaussian", np.linspace(0.1, 3.0, 100))
    formula = 0.5 * np.log2(np.maximum(source.variance / found.levels, 1.0))
    show("R(0.6), bits", rd.solve(problem("gaussian", rd.average(0.6))).rate_bits)
    show("½ log₂(σ²/D) at D = 0.6, bits", 0.5 * np.log2(source.variance / 0.6))
    show("largest difference between both, bits", np.abs(found.rates_bits - formula).max())


def e2() -> None:
    task = problem("gaussian", rd.average(0.6), rd.subset(inside("gaussian", 0.1), 0.015, "joint"))
    levels = np.linspace(0.5, 3.0, 30)
    found = rd.curve(task, levels, tol=1e-9)
    plain = rd.curve(problem("gaussian", rd.average(0.6)), levels, tol=1e-9)
    at = rd.solve(task)
    fidelities = [[rd.average(float(D)), *task.fidelities[1:]] for D in levels]
    tasks = [rd.Problem(task.source, task.codewords[:, 0], fidelities=one) for one in fidelities]
    achieved = [float(rd.solve(one).distortions[0]) for one in tasks]
    show("R at D = 0.6 with the subset, bits", at.rate_bits)
    show("λ at D = 0.6, bits per unit²", at.prices_bits[0])
    show("λ′ at D = 0.6, bits per unit²", at.prices_bits[1])
    show("λ with the subset at D = 0.5, bits per unit²", found.slopes_bits[0, 0])
    show("λ without the subset at D = 0.5, bits per unit²", plain.slopes_bits[0, 0])
    show("largest achieved D, unit²", max(achieved))


def e3() -> None:
    found = curve("gaussian_2d", np.linspace(0.2, 5.0, 12))
    show("feasible levels of 12, with 16 codewords", len(found.levels))


def e4() -> None:
    found = curve("trimodal", np.linspace(0.1, 3.0, 50))
    at = rd.solve(problem("trimodal", rd.average(0.3)))
    off = []
    for level in found.levels:
        one = rd.solve(problem("trimodal", rd.average(float(level))), tol=1e-6)
        off.append(abs(one.output_entropy_bits - one.conditional_entropy_bits - one.rate_bits))
    show("R(0.3), bits", at.rate_bits)
    show("λ at 0.3, bits per unit²", at.prices_bits[0])
    show("largest |I_emp − I_opt|, bits", max(off))


def e5() -> None:
    start = random_start(modes(), 64)
    rounds, end = refined(start, 15)
    best = best_of_all(start)
    show("codewords", len(end.codebook), in_use(best))
    show("I(X;Y), bits", end.rate_bits, best.rate_bits)
    show("H(Y), bits", end.output_entropy_bits, best.output_entropy_bits)
    show("round 0, nearest neighbour: H(Y), bits", nearest(start).entropy_bits)
    show("round 1, convex program: I(X;Y), bits", rounds[0].rate_bits)
    show("D at the end, unit²", end.distortions[0])


def e6() -> None:
    start = clusters()
    _, end = refined(start, 20)
    best = best_of_all(start)
    show("I(X;Y), bits", end.rate_bits, best.rate_bits)
    show("codewords", len(end.codebook), in_use(best))
    show("λ′, bits per unit²", end.prices_bits[1], best.prices_bits[1])
    show("distortion on the subset, unit²", end.distortions[1], best.distortions[1])


def e7() -> None:
    task = modes()
    _, end = refined(random_start(task, 16), 15)
    best = best_of_all(task)
    exact = rd.quantisers.lloyd_max(task.source, 5)
    local = rd.quantisers.lloyd_max(task.source, 5, start=np.linspace(-8, 8, 5))
    show("I(X;Y), bits", end.rate_bits, best.rate_bits)
    show("H(Y), bits", end.output_entropy_bits, annealed(task)[0])
    show("D, unit²", end.distortions[0], 0.6)
    show("codewords", len(end.codebook), in_use(best))
    show("Lloyd–Max, m = 5: I(X;Y) = H(Y), bits", local.rate_bits, exact.rate_bits)
    show("Lloyd–Max, m = 5: D, unit²", local.distortion, exact.distortion)
    show("R at the D of Lloyd–Max, bits", best=at_equal_level(task, local))


def e8() -> None:
    name = "spike_and_background"
    task = problem(name, rd.average(1.6), rd.subset(inside(name, 1), 1.6, "joint"))
    _, end = refined(task, 15)
    hard = rd.quantisers.harden(end)
    _, entropy, level = annealed(task)
    m = len(end.codebook)
    exact = rd.quantisers.lloyd_max(task.source, m)
    local = rd.quantisers.lloyd_max(task.source, m, start=np.linspace(-10, 10, m))
    show("I(X;Y), bits", end.rate_bits, best_of_all(task).rate_bits)
    show("H(Y), bits", end.output_entropy_bits)
    show("deterministic: H(Y), bits", hard.rate_bits, entropy)
    show("deterministic: D, unit²", hard.distortion, level)
    show("Lloyd–Max at the same m: H(Y), bits", local.rate_bits, exact.rate_bits)
    show("Lloyd–Max at the same m: D, unit²", local.distortion, exact.distortion)
    show("R at the D of Lloyd–Max, bits", best=at_equal_level(task, local))


def e9() -> None:
    task = clusters()
    _, end = refined(task, 20)
    lloyd = rd.quantisers.lloyd_max(task.source, end.problem.m, start=end.problem.codewords)
    least = rd.quantisers.lloyd_max(task.source, 4)
    average = [rd.average(lloyd.distortion)]
    same = rd.Problem(task.source, rd.EVERY, fidelities=average)
    show("I(X;Y), bits", end.rate_bits, best_of_all(task).rate_bits)
    show("H(Y), bits", end.output_entropy_bits, annealed(task)[0])
    show("D, unit²", end.distortions[0], 8.0)
    show("Lloyd–Max, m = 4: H(Y), bits", lloyd.rate_bits, annealed(same)[0])
    show("Lloyd–Max, m = 4: D, unit²", lloyd.distortion, least.distortion)


def e10() -> None:
    name = "spike_and_background"
    task = problem(name, rd.average(30.5), rd.subset(inside(name, 0.1), 0.2, "joint"))
    _, end = refined(task, 10)
    best = best_of_all(task)
    show("I(X;Y), bits", end.rate_bits, best.rate_bits)
    show("codewords", len(end.codebook), in_use(best))
    centre = (end.marginal @ end.problem.codewords[:, 0]).item()
    show("mean codeword, unit", centre, task.source.mean[0])
    show("variance of X, unit²", task.source.variance)
