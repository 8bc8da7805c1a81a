"""The script of each page."""

from __future__ import annotations

import numpy as np

import rdcore as rd
from dashboard.model import wording
from dashboard.model.annealing import AnnealSpec
from dashboard.model.classification import ClassSpec
from dashboard.model.marks import plain
from dashboard.model.refinement import RefineSpec
from dashboard.model.scripts.problems import array, packed, problem_lines, script, source_lines
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import CurveBand
from dashboard.model.weights import SampledRows

_TOLERANCE = 1e-9


def _problem(spec: ProblemSpec) -> list[str]:
    return problem_lines(spec.setting.source, spec.problem())


def _costs(spec: ProblemSpec, rows: SampledRows | None) -> list[str]:
    """Return the lines that print what the subsets cost, and the distortion outside them.

    For the rows of samples each cost has a standard error; ``_sampled`` has written what it uses.
    """
    symbols = _symbols(spec)
    if not symbols:
        return []
    cost = "the subsets" if len(symbols) > 1 else symbols[0]
    lines = [
        "",
        "",
        "def cost(name, places):",
        "    kept = [k for k in range(len(problem.fidelities)) if k not in places]",
        "    limits = [problem.fidelities[k] for k in kept]",
        "    fewer = rd.Problem(source, problem.codebook, problem.distortion, limits)",
        f"    fewer = rd.solve(fewer, tol={_TOLERANCE!r})",
        '    print(f"cost of {name} (bits):", solution.rate_bits - fewer.rate_bits)',
    ]
    if rows is not None:
        lines += [
            "    still = [kept.index(k) for k in moving if k in kept]",
            "    error = error_of(change - rd.sampling.rate_influence(fewer, still))",
            '    print(f"standard error of the cost of {name} (bits):", error)',
        ]
    lines += [
        "",
        "",
        f"symbols = {symbols!r}",
        f"cost({cost!r}, range(1, 1 + len(symbols)))",
    ]
    if len(symbols) > 1:
        lines += ["for k, symbol in enumerate(symbols, 1):", "    cost(symbol, [k])"]
    return [
        *lines,
        "outside = ~np.any([one.mask for one in problem.fidelities[1:]], axis=0)",
        "if (source.pmf[outside] > 0).any():",
        "    rest = [rd.subset(outside, 1.0, 'conditional')]",
        "    rest = rd.Problem(source, solution.codebook, problem.distortion, rest)",
        '    print("distortion outside:", float(rest.expected(solution.channel)[0]))',
    ]


def _symbols(spec: ProblemSpec) -> list[str]:
    """Return the symbols of the subsets, such as S or S₂."""
    setting = spec.setting.pruned(spec.setting.source.source())
    return [one.symbol for one in plain(tuple(one.slot for one in setting.subsets))[1:]]


def _levels(spec: ProblemSpec) -> list[str]:
    """Return the names of the levels, such as D and D′₂."""
    setting = spec.setting.pruned(spec.setting.source.source())
    return [one.level for one in plain(tuple(one.slot for one in setting.subsets))]


def _prices(spec: ProblemSpec) -> list[str]:
    """Return the lines that print the level, the distortion and the price of each constraint."""
    return [
        f"names = {_levels(spec)!r}",
        "for k, (name, fidelity) in enumerate(zip(names, problem.fidelities)):",
        '    print(f"{name}, level:", fidelity.level)',
        '    print(f"{name}, reached:", float(solution.distortions[k]))',
        '    print(f"price of {name} (bits per unit of {name}):", float(solution.prices_bits[k]))',
    ]


def _solved(spec: ProblemSpec) -> list[str]:
    return [
        f"solution = rd.solve(problem, tol={_TOLERANCE!r})",
        "proof = solution.certificate",
        'print("R(D), upper bound (bits):", proof.upper_bits)',
        'print("R(D), lower bound (bits):", proof.lower_bits)',
        'print("H(Y) (bits):", solution.output_entropy_bits)',
        *_prices(spec),
    ]


def _curve(spec: ProblemSpec, band: CurveBand, tolerance: float) -> list[str]:
    level = _levels(spec)[band.which]
    return [
        *array("levels", band.levels),
        f"curve = rd.curve(problem, levels, tol={tolerance!r}, fidelity={band.which})",
        "for row in zip(curve.levels, curve.lowers_bits, curve.rates_bits, curve.slopes_bits):",
        "    level, lower, upper, prices = (np.asarray(one).tolist() for one in row)",
        '    rates = f"{lower!r} to {upper!r} bits"',
        f'    print(f"at {level} = {{level!r}}: {{rates}}, prices {{prices}}")',
    ]


def _stated(how: rd.LevelScale) -> list[str]:
    """Return the lines that print each level and its price as the user states them."""
    return [
        f"scale = rd.{how!r}",
        "for name, fidelity, price in zip(names, problem.fidelities, solution.prices_bits):",
        '    print(f"{name} ({scale.text}):", scale.stated(fidelity.level))',
        "    stated = scale.price(float(price), fidelity.level)",
        '    print(f"price of {name} (bits/{scale.text}):", stated)',
    ]


def _sampled(rows: SampledRows) -> list[str]:
    """Return the lines that print the standard error of the rate of N rows.

    The order of the rows counts only if they follow each other in time.
    """
    labels, weighted = rows.labels, bool(np.ptp(rows.shares) > 0)
    if rows.ordered or weighted:
        lines = packed("rows", labels)
    else:
        lines = [
            *array("counts", np.bincount(labels)),
            "rows = np.repeat(np.arange(len(counts)), counts)",
        ]
    size = "len(rows) * shares * " if weighted else ""
    return [
        f"# The atom of each of {len(labels)} rows, and the rate's change with its probability.",
        *lines,
        *(packed("shares", rows.shares) if weighted else []),
        f"moving = {list(rows.moving)!r}  # the subsets that move with the rows",
        "",
        "",
        "def error_of(change):",
        f"    series = {size}change[rows]",
        f"    nats = rd.sampling.error_of_mean(series, ordered={rows.ordered!r})",
        "    return nats / float(np.log(2))",
        "",
        "",
        "change = rd.sampling.rate_influence(solution, moving)",
        'print("standard error of the rate (bits):", error_of(change))',
    ]


def columns(spec: ProblemSpec, candidates: int, tolerance: float) -> str:
    """Return the script of Explore for a source of more than two columns."""
    body = [
        f"candidates = rd.sources.k_means(source, {candidates})",
        "problem = problem.with_codebook(candidates)",
        f"solution = rd.solve(problem, tol={tolerance!r}, solver=rd.solvers.Screening())",
        'print("together, upper bound (bits):", solution.certificate.upper_bits)',
        'print("together, lower bound (bits):", solution.certificate.lower_bits)',
        *_prices(spec),
        f"columns = rd.parallel.by_columns(source, {spec.level!r})",
        'print("column by column, upper bound (bits):", columns.solution.rate_bits)',
        'print("column by column, lower bound (bits):", columns.solution.lower_bits)',
        'print("columns get (squared units):", columns.shares.tolist())',
    ]
    about = "Code the rows of several columns together, over candidates, and column by column."
    return script(about, _problem(spec), body)


def explore(
    spec: ProblemSpec, band: CurveBand | None, tolerance: float, how: rd.LevelScale | None = None
) -> str:
    """Return the script of Explore and Prices: the solution, what the subsets cost, and the curve.

    ``how`` is how the user states levels, if not in the unit of the distortion.
    """
    body = _solved(spec)
    rows = spec.rows()
    if rows is not None:
        body += _sampled(rows)
    if how is not None and how.measure in wording.OTHERS:
        body += _stated(how)
    body += _costs(spec, rows)
    if band is not None:
        body += ["", *_curve(spec, band, tolerance)]
    return script("Rate, prices and the certified rate–distortion curve.", _problem(spec), body)


def refinement(spec: RefineSpec) -> str:
    """Return the script of the refinement on the Codebook page."""
    options = spec.options()
    step = repr(options.pop("step"))
    arguments = ", ".join(f"{name}={value!r}" for name, value in options.items())
    start = [
        *_problem(spec.problem),
        f"draw = np.random.default_rng({spec.seed})",
        f"codewords = rd.codebook.random_codebook(problem.source, {spec.codewords}, draw)",
        "problem = problem.with_codebook(codewords)",
    ]
    if spec.move == "gradient":
        step = f"rd.codebook.Gradient({spec.size!r})"
    body = [
        f"found = rd.refine(problem, step={step}, {arguments})",
        "final = found.final",
        'print("final rate, upper bound (bits):", final.rate_bits)',
        'print("final rate, gap (bits):", final.certificate.gap_bits)',
        'print("every codebook, lower bound (bits):", found.reach.lower_bits)',
        'print("rounds:", len(found.iterations))',
        "for word, mass in zip(final.problem.codewords.tolist(), final.marginal.tolist()):",
        '    print(f"codeword {word}: probability {mass!r}")',
    ]
    about = "Refinement of a codebook, with the bound for every codebook."
    return script(about, start if spec.codewords else _problem(spec.problem), body)


def annealing(spec: AnnealSpec) -> str:
    """Return the script of the Annealing page."""
    options = spec.options()
    kind = type(options["schedule"]).__name__
    schedule = f"rd.schedules.{kind}({spec.start!r}, {spec.stop!r}, {spec.stages!r})"
    body = [
        f"schedule = {schedule}",
        "found = rd.anneal(",
        f"    problem, schedule=schedule, move={options['move']!r}, search={options['search']!r}",
        ")",
        'print("certified lower bound (bits):", found.bound_bits)',
        'for name, one in (("one encoder", found.encoder), ("time sharing", found.mixture)):',
        "    if one is not None:",
        '        print(f"{name}, H(Y) (bits):", one.entropy_bits)',
        '        print(f"{name}, levels reached:", one.distortions.tolist())',
        "for stage in found.stages:",
        '    print(f"at τ = {stage.tau!r}: H(Y) {stage.entropy_bits!r} bits,"',
        '          f" H(Y|X) {stage.conditional_entropy_bits!r} bits")',
    ]
    return script("Annealing to a deterministic encoder.", _problem(spec.problem), body)


def quantisers(spec: ProblemSpec, designs: str) -> str:
    """Return the script of the Quantisers page: the quantiser of each kind that meets the levels.

    ``designs`` is the text of the module with the functions that design them.
    """
    task = spec.problem()
    alone = len(task.fidelities) == 1
    body = [
        *_functions(designs),
        "",
        "",
        "def show(name, found):",
        "    if found is not None:",
        "        found = found.trimmed()",
        '        print(f"{name}, H(Y) (bits):", found.rate_bits)',
        '        print(f"{name}, levels reached:", found.distortions(problem).tolist())',
        "",
        "",
        "plain = rd.Problem(source, rd.EVERY, problem.distortion, problem.fidelities[:1])",
        'print("lower bound without a subset (bits):", rd.solve(plain).certificate.lower_bits)',
        "extent = float(np.ptp(source.points, axis=0).max())",
        "steps = np.geomspace(extent / 40, 1.2 * extent, 24)",
        "even = [rd.quantisers.uniform(plain, float(step)) for step in steps]",
        "at = prices(problem)",
        *(_alone(task.source.dim) if alone else ["lloyd = coded = None"]),
        'show("Lloyd–Max", lloyd_max(problem, at) if lloyd is None else lloyd)',
        'show("uniform, entropy-coded", uniform(problem, even, extent / 40))',
        'show("entropy-coded", entropy_coded(problem, at) if coded is None else coded)',
    ]
    return script("Quantisers compared with the bound.", _problem(spec), body)


def _functions(module: str) -> list[str]:
    """Return the lines of a module without its docstring and imports."""
    lines = module.rstrip().splitlines()
    first = max(k for k, line in enumerate(lines) if line.startswith(("import ", "from ")))
    return lines[first + 1 :]


def _alone(dim: int) -> list[str]:
    """Return the lines that choose among the families of the chart, for D alone."""
    if dim > 1:
        return [
            "sizes = [m for m in (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32) if m <= source.n]",
            "lloyd = cheapest(problem, [rd.quantisers.lloyd_max(plain, m) for m in sizes])",
            "slopes = np.geomspace(0.5, 60.0, 10) / source.variance",
            "several = [rd.quantisers.ecvq(plain, np.array([slope])) for slope in slopes]",
            "coded = cheapest(problem, several)",
        ]
    return [
        "family = list(rd.quantisers.lloyd_max_family(plain, min(LARGEST_FAMILY, source.n)))",
        "lloyd = cheapest(problem, family)",
        "hull = rd.quantisers.hull(plain)",
        "coded = cheapest(problem, hull.quantisers)",
        "D = problem.fidelities[0].level",
        'print("exact hull, time sharing, H(Y) (bits):", float(hull.rate_bits(D)))',
    ]


def classification(spec: ClassSpec, tolerance: float) -> str:
    """Return the script of the R(D, C) card; ``tolerance`` is its gap in nats."""
    task = spec.task()
    lines = [
        *_labelled(spec),
        f"label_level = {task.levels[0]!r}  # C in nats",
    ]
    source = "labelled.source" if spec.label.kind != "side" else "source"
    posterior = "labelled.posterior" if spec.label.kind != "side" else "posterior"
    codebook = f"{source}.atoms"
    if task.source.n > len(task.problem.codewords):
        codebook = f"rd.sources.grid_codebook({source}, {len(task.problem.codewords)})"
    distortion = task.problem.distortion
    lines += [
        f"codewords = {codebook}",
        "task = rd.classification.task(",
        f"    {source}, {posterior}, {spec.level!r}, label_level, {distortion!r}, codewords",
        ")",
    ]
    body = [
        f"found = rd.classification.solved(task, {tolerance!r})",
        "proof = found.certificate",
        'print("R(D, C), upper bound (bits):", proof.upper_bits)',
        'print("R(D, C), lower bound (bits):", proof.lower_bits)',
        'print("distortion:", float(found.distortions[0]))',
        'print("H(S|X̂) (bits):", found.uncertainties_bits[0])',
        'print("price of D (bits per unit of D):", float(found.prices_bits[0]))',
        'print("price of C (bits per bit):", float(found.label_prices[0]))',
    ]
    extra = "learned" if spec.label.kind == "digits" else ""
    about = "The rate with a distortion and a label constraint."
    return script(about, lines, body, extra=extra)


def _labelled(spec: ClassSpec) -> list[str]:
    kind, numbers = spec.label.kind, spec.label.numbers
    if kind == "digits":
        return [f"labelled = rd.classification.labels.digits({int(numbers[0])})"]
    if kind == "bit":
        arguments = ", ".join(map(repr, numbers))
        return [f"labelled = rd.classification.labels.binary_symmetric({arguments})"]
    if kind == "parity":
        return [f"labelled = rd.classification.labels.parity({int(numbers[0])})"]
    value, steepness = numbers
    return [
        *source_lines(spec.label.source, spec.label.labelled().source),
        f"above = {steepness!r} * (source.points[:, 0] - {value!r})",
        "right = 1 / (1 + np.exp(-np.clip(above, -700, 700)))",
        "posterior = np.stack([1 - right, right], axis=1)",
    ]
