"""Energy-based Blahut–Arimoto: exact kernels, the bound on the rate, and certificates."""

from __future__ import annotations

import argparse
from collections.abc import Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest, multivariate_normal, norm

import rdcore as rd
from benchmarks import learned_eba

jax = pytest.importorskip("jax")
jnp = jax.numpy

from rdcore.learned import store, training
from rdcore.learned.energy import (
    EnergyRun,
    EnergySettings,
    certified,
    commands,
    density,
    information,
    langevin,
    load,
    networks,
    published,
    train_energy,
)
from rdcore.learned.energy import run as running
from rdcore.learned.energy.channel import Channel, first_state
from rdcore.learned.energy.errors import Error
from rdcore.learned.energy.langevin import ChainTarget
from rdcore.learned.energy.settings import from_dict

LN2 = float(np.log(2))
QUICK = EnergySettings(beta=2.0, steps=240, chains=64, width=16, samples=1 << 15, seed=3)


REPORTS: list[training.Progress] = []


@pytest.fixture(scope="module")
def run() -> EnergyRun:
    def told() -> Generator[training.Progress, None, EnergyRun]:
        reports = train_energy(QUICK)
        while True:
            try:
                REPORTS.append(next(reports))
            except StopIteration as end:
                result: EnergyRun = end.value
                return result
            yield REPORTS[-1]

    return training.finished(told())


@pytest.fixture(scope="module")
def untrained(run: EnergyRun) -> EnergyRun:
    begin = first_state(run.channel, QUICK)
    return replace(run, parameters={**run.parameters, "energy": begin["energy"]})


def wells(x: Any) -> Any:
    """Two wells of different depth at ±2."""
    return (2 * (x[..., 0] ** 2 - 4) ** 2) / 4 + 0.3 * x[..., 0]


def distribution_of_wells() -> Any:
    grid = np.linspace(-5, 5, 20001)
    mass = np.exp(-wells(grid[:, None]))
    below = np.cumsum(mass) / mass.sum()
    return lambda x: np.interp(x, grid, below)


def target(energy: Any, chains: int, dim: int = 1, spread: float = 6.0) -> ChainTarget:
    return ChainTarget(
        energy,
        jnp.zeros((1, chains, dim)),
        jnp.full((1, chains, dim), spread),
        jnp.ones((chains, dim)),
    )


def test_a_long_step_preserves_a_gaussian() -> None:
    x = jax.random.normal(jax.random.key(1), (20_000, 1))
    law = target(lambda y: 0.5 * y[..., 0] ** 2, len(x))
    moved, shares = langevin.langevin(law, x, jax.random.key(2), jnp.full(len(x), 1.5), 3)
    assert 0.2 < float(shares.mean()) < 0.95
    assert float(jnp.mean(moved != x)) > 0.5
    assert kstest(np.asarray(moved)[:, 0], norm.cdf).pvalue > 1e-3


def test_jumps_reach_the_other_well_with_its_mass() -> None:
    x = jnp.full((4000, 1), 2.0)
    law = target(wells, len(x))
    jump = jax.jit(lambda x, key: langevin.jump(law, x, key, 4))
    for key in jax.random.split(jax.random.key(5), 12):
        x = jump(x, key)
    assert kstest(np.asarray(x)[:, 0], distribution_of_wells()).pvalue > 1e-3


def test_steps_are_in_detailed_balance() -> None:
    law = ChainTarget(
        lambda y: 0.25 * (y**4).sum(axis=-1) + y[..., 0] * y[..., 1],
        jnp.zeros((1, 1, 2)),
        jnp.ones((1, 1, 2)),
        jnp.array([[0.5, 2.0]]),
    )
    h, slope = 0.3, jax.grad(lambda y: law.energy(y).sum())
    ends = [jnp.array([[0.3, -0.7]]), jnp.array([[1.1, 0.4]])]
    old, new = [(x, law.energy(x), slope(x)) for x in ends]
    forth = float(langevin.log_acceptance(law, old, new, jnp.array([h]))[0])
    back = float(langevin.log_acceptance(law, new, old, jnp.array([h]))[0])
    assert forth == pytest.approx(-back, abs=1e-5)
    covariance = 2 * h * np.diag([0.5, 2.0])

    def log_flow(a: Any, b: Any) -> float:
        middle = np.asarray(a[0] - h * law.preconditioner * a[2])[0]
        return float(-a[1][0] + multivariate_normal(middle, covariance).logpdf(np.asarray(b[0])[0]))

    assert forth == pytest.approx(log_flow(new, old) - log_flow(old, new), abs=1e-4)


def test_step_size_adapts_to_the_target_acceptance() -> None:
    x = jax.random.normal(jax.random.key(1), (500, 4))
    law = target(lambda y: 0.5 * (y**2).sum(axis=-1), len(x), 4)

    @jax.jit
    def look(state: Any, key: Any) -> Any:
        y, log_size = state
        y, shares = langevin.langevin(law, y, key, jnp.full(len(x), jnp.exp(log_size)), 2)
        return (y, langevin.adapted(log_size, shares.mean())), shares.mean()

    keys = jax.random.split(jax.random.key(2), 400)
    _, shares = jax.lax.scan(look, (x, jnp.float32(-4)), keys)
    assert float(shares[:5].mean()) > 0.9
    assert float(shares[-50:].mean()) == pytest.approx(langevin.WANTED_ACCEPTANCE, abs=0.01)


def gaussian_channel(n: int, beta: float) -> tuple[Any, Any, float]:
    """Samples of the optimal channel of a unit Gaussian, in float64, and its rate in nats."""
    D = 0.5 / beta
    rng = np.random.default_rng(5)
    x = rng.normal(size=(n, 1))
    y = (1 - D) * x + np.sqrt(D * (1 - D)) * rng.normal(size=(n, 1))
    return jnp.asarray(x, jnp.float32), jnp.asarray(y, jnp.float32), -0.5 * np.log(D)


def test_the_bound_is_tight_only_for_the_exact_function() -> None:
    beta, n = 3.0, 2000
    x, y, rate = gaussian_channel(n, beta)
    confined = {"centre": jnp.zeros(1), "log_precision": -jnp.log(jnp.array([1 - 0.5 / beta]))}
    layers = information.bound_network(jax.random.key(0), 1, 4)
    unit = (jnp.zeros(1), jnp.ones(1))
    g = information.potential(layers, confined, unit, beta)(x)
    joint, product = information.bound(g, x, y, beta)
    error = float((joint - product).std()) / np.sqrt(n)
    found = float((joint - product).mean())
    assert found == pytest.approx(rate, abs=4 * error)
    assert float(product.mean()) == pytest.approx(1, abs=0.05)
    for wrong in (g + 0.5, g - 0.5, 0.6 * g):
        joint, product = information.bound(wrong, x, y, beta)
        assert float((joint - product).mean()) < found - 4 * error


@pytest.mark.parametrize(("error", "power"), [("squared_error", 2), ("absolute", 1)])
def test_g_of_a_confinement_is_its_log_partition_function(error: Error, power: int) -> None:
    beta, kappa, centre = 1.7, 0.6, 0.4
    confined = {"centre": jnp.array([centre]), "log_precision": jnp.log(jnp.array([kappa]))}
    layers = information.bound_network(jax.random.key(0), 1, 4)
    g = information.potential(layers, confined, (jnp.zeros(1), jnp.ones(1)), beta, error)
    grid = np.linspace(-12, 12, 4001)
    mass = norm.pdf(grid, centre, kappa**-0.5) * (grid[1] - grid[0])
    for x in (-2.0, 0.0, 1.3):
        known = -np.log(mass @ np.exp(-beta * np.abs(x - grid) ** power))
        assert float(g(jnp.array([x]))) == pytest.approx(known, rel=1e-5)


@pytest.mark.slow
def test_absolute_error_is_judged_by_its_closed_form() -> None:
    """A Laplace source, whose R(D) for absolute error meets Shannon's bound."""
    settings = replace(QUICK, source="laplace", error="absolute", beta=3.0)
    found = training.finished(train_energy(settings))
    assert found.optimal_distortion == pytest.approx(1 / 3)
    assert found.closed_form_bits == pytest.approx(-np.log2(2**0.5 * found.distortion))
    judged = certified(found, atoms=200, codewords=401)
    assert judged.problem.distortion == "absolute"
    assert judged.distortion == pytest.approx(found.distortion, rel=0.03)
    assert 0 <= judged.excess_least_bits <= judged.excess_bits < 0.08
    # A lower bound on the rate, by a network after few updates.
    assert judged.rate_bits - 0.1 < found.rate_bits < judged.rate_bits + 0.02
    assert replace(QUICK, error="absolute").sampled().closed_form is None
    with pytest.raises(rd.InputError, match="error must be one of squared_error, absolute; got"):
        replace(QUICK, error="cubic")  # type: ignore[arg-type]


@pytest.mark.slow
def test_outputs_have_the_posterior_distribution_of_any_energy() -> None:
    channel = Channel(QUICK.sampled(), 1.0)
    parameters = networks.energy_network(jax.random.key(1), np.zeros(1), np.ones(1), 8)
    weights, biases = parameters["layers"][-1]
    parameters["layers"][-1] = (weights + 1.5, biases)
    x = jnp.full((2000, 1), 0.8)
    out = channel.outputs(parameters, x, jax.random.key(2), jnp.float32(0.5), 4)
    grid = np.linspace(-6, 6, 4001)
    energy = channel.energy(parameters, jnp.asarray(grid[:, None], jnp.float32))
    mass = np.exp(-np.asarray(energy, np.float64) - (grid - 0.8) ** 2)
    below = np.cumsum(mass) / mass.sum()
    assert kstest(np.asarray(out)[:, 0], lambda v: np.interp(v, grid, below)).pvalue > 1e-3


def test_a_short_training_approaches_the_gaussian(run: EnergyRun, untrained: EnergyRun) -> None:
    found, before = (
        certified(run, atoms=200, codewords=201),
        certified(untrained, atoms=200, codewords=201),
    )
    assert before.excess_least_bits > 0.004
    assert found.excess_bits < before.excess_least_bits / 5
    assert run.optimal_distortion == pytest.approx(0.25)
    assert found.distortion == pytest.approx(run.distortion, abs=5 * run.distortion_error)
    assert run.closed_form_bits == pytest.approx(0.5 * np.log2(1 / run.distortion))


def test_the_bound_of_a_training_is_below_the_channels_information(run: EnergyRun) -> None:
    judged = certified(run, atoms=400, codewords=401)
    # An error of the distortion moves both along the slope.
    moved = judged.rate_bits - QUICK.beta * (run.distortion - judged.distortion) / LN2
    assert run.rate_bits < moved + 4 * run.rate_error_bits
    assert run.rate_bits == pytest.approx(moved, abs=0.03)


def test_the_certificate_encloses_the_optimum(untrained: EnergyRun) -> None:
    judged = certified(untrained, atoms=120, codewords=121)
    best = judged.best.certificate
    assert judged.certificate.lower <= best.upper
    assert best.lower <= judged.certificate.upper
    assert judged.certificate.violation < 1e-12
    known = rd.closed_forms.gaussian(1.0, judged.distortion)
    # The atoms are the means of cells, so the variance within cells is missing.
    assert judged.problem.source.cells is not None
    lost = judged.problem.source.pmf @ judged.problem.source.cells.variance
    assert best.lower <= known <= best.upper + QUICK.beta * 3 * lost + 1e-6


def test_reports_continue_while_a_run_is_measured(run: EnergyRun) -> None:
    steps = [report.step for report in REPORTS]
    assert steps == sorted(steps)
    assert steps.count(QUICK.steps) == 1 + 2
    assert set(REPORTS[-1].metrics) == set(run.history.values)
    assert all(0 < report.metrics["acceptance_marginal"] < 1 for report in REPORTS)


def test_density_is_that_of_the_gaussian(run: EnergyRun) -> None:
    grid = np.linspace(-6, 6, 1201)
    found = density(run, grid)
    assert found.sum() * 0.01 == pytest.approx(1)
    assert (grid**2 * found).sum() * 0.01 == pytest.approx(0.75, abs=0.15)
    with pytest.raises(rd.InputError, match="grid must be equally spaced"):
        density(run, np.array([0.0, 1.0, 3.0]))


def test_a_seed_reproduces_a_training(run: EnergyRun) -> None:
    again = training.finished(train_energy(QUICK))
    assert again.rate_bits == run.rate_bits
    assert again.distortion == run.distortion
    assert again.history.to_csv() == run.history.to_csv()
    other = first_state(run.channel, replace(QUICK, seed=4))["chains"]
    assert not np.array_equal(other, first_state(run.channel, QUICK)["chains"])


def test_a_run_survives_a_round_trip(run: EnergyRun, tmp_path: Path) -> None:
    run.save(tmp_path / "run.npz")
    found = load(tmp_path / "run.npz")
    assert found.settings == QUICK
    assert found.rate_bits == run.rate_bits
    assert found.history.to_csv() == run.history.to_csv()
    grid = np.linspace(-2, 2, 9)
    np.testing.assert_array_equal(found.energy(grid), run.energy(grid))
    store.save(tmp_path / "other.npz", {}, {"kind": "another"})
    with pytest.raises(rd.InputError, match="must be an energy-based run"):
        load(tmp_path / "other.npz")


def test_the_command_prints_and_writes(
    run: EnergyRun, tmp_path: Path, capsys: Any, monkeypatch: Any
) -> None:
    asked = []

    def replayed(settings: EnergySettings) -> Generator[training.Progress, None, EnergyRun]:
        asked.append(settings)
        yield training.Progress(1, 2, {"rate_bits": 0.5, "distortion": 0.25})
        return run

    monkeypatch.setattr("rdcore.learned.energy.commands.train_energy", replayed)
    parser = argparse.ArgumentParser()
    commands.add_arguments(parser)
    words = ["--source", "mixture", "--component", "-1", ".5", "1", "--component", "1", ".5", "2"]
    files = ["--save", str(tmp_path / "a.npz"), "--history", str(tmp_path / "a.csv")]
    assert commands.command(parser.parse_args([*words, "--seed", "9", *files])) == 0
    assert asked[0].components == ((-1.0, 0.5, 1.0), (1.0, 0.5, 2.0))
    assert asked[0].seed == 9
    said = capsys.readouterr()
    assert f"{run.rate_bits:.4f} ±" in said.out
    assert not said.err
    assert load(tmp_path / "a.npz").settings == QUICK
    assert (tmp_path / "a.csv").read_text() == run.history.to_csv()


@pytest.mark.parametrize(
    ("source", "variances", "components"),
    [
        ("gaussian", (1.0, 0.25), ()),
        ("laplace", (2.0,), ()),
        ("mixture", (1.0,), ((-2.0, 0.5, 1.0), (1.0, 1.0, 3.0))),
        ("three_modes", (1.0,), ()),
        ("four_clusters", (1.0,), ()),
    ],
)
def test_samples_and_atoms_have_the_same_distribution(
    source: Any, variances: Any, components: Any
) -> None:
    settings = EnergySettings(source=source, variances=variances, components=components)
    sampled = settings.sampled()
    x = np.asarray(sampled.draw(jax.random.key(1), 20_000), np.float64)
    spread = np.sqrt(sampled.variances)
    np.testing.assert_allclose(x.mean(axis=0), sampled.mean, atol=5 * float(spread.max()) / 141)
    np.testing.assert_allclose(x.var(axis=0), sampled.variances, rtol=0.1)
    atoms = sampled.discretised(60)
    np.testing.assert_allclose(atoms.mean, sampled.mean, atol=1e-6)
    within = 0.0 if atoms.cells is None else float(atoms.pmf @ atoms.cells.variance)
    assert atoms.variance + within == pytest.approx(float(sampled.variances.sum()), rel=1e-4)
    assert from_dict(dict(vars(settings))) == settings


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"source": "cauchy"}, "source must be one of .* got 'cauchy'"),
        ({"beta": 0.0}, "beta must be a positive finite number; got 0"),
        ({"variances": (1.0, -1.0)}, "variances must be a positive finite number; got -1"),
        (
            {"source": "laplace", "variances": (1.0, 1.0)},
            "variances must have 1 entry for a laplace source; got 2",
        ),
        ({"source": "mixture"}, "components must have at least one"),
        ({"samples": 10}, "samples must be an integer of at least 8192; got 10"),
    ],
)
def test_invalid_settings_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(rd.InputError, match=message):
        EnergySettings(**wrong)


def test_ten_dimensions_have_no_grid(run: EnergyRun) -> None:
    wide = replace(run, settings=EnergySettings(variances=(1.0,) * 10))
    with pytest.raises(rd.InputError, match="one or two dimensions for a grid; got 10"):
        certified(wide)


def test_the_objective_is_that_of_blahut_arimoto(run: EnergyRun) -> None:
    objective = run.channel.objective()
    assert objective is not None
    source = run.sampled.discretised(160)
    grid = np.linspace(source.atoms.min(), source.atoms.max(), 401)
    energy = run.energy(grid[:, None])
    prior = np.exp(energy.min() - energy)
    prior /= prior.sum()
    logs = np.log(prior) - QUICK.beta * (source.points - grid) ** 2
    exact = -float(source.pmf @ np.log(np.exp(logs).sum(axis=1)))
    assert float(objective(run.parameters["energy"])) == pytest.approx(exact, abs=1e-5)
    # The divergence of the channel from the marginal is I(X;Y) plus that of the output.
    channel = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    D = float(source.pmf @ (channel * (source.points - grid) ** 2).sum(axis=1))
    least = rd.closed_forms.gaussian(source.variance, D) + QUICK.beta * D
    assert least - 1e-5 < exact < least + 0.05


def test_the_objective_falls_along_a_training(run: EnergyRun) -> None:
    bits = run.history.values["objective_bits"]
    assert len(bits) == len(run.history.steps)
    assert bits[0] - bits[-1] > 1e-3
    assert np.diff(bits).max() < 2e-3
    variance = run.sampled.discretised(160).variance
    optimum = (rd.closed_forms.gaussian(variance, 0.25) + QUICK.beta * 0.25) / LN2
    assert optimum - 1e-5 < bits.min() < optimum + 0.01


def test_no_objective_in_the_plane() -> None:
    plane = EnergySettings(variances=(1.0, 0.25), beta=2.0)
    assert Channel(plane.sampled(), 2.0).objective() is None


def test_an_exact_round_of_blahut_arimoto_never_raises_the_objective() -> None:
    source = rd.sources.laplacian(200)
    grid = np.linspace(-6, 6, 101)
    cost = 2.0 * (source.points - grid) ** 2
    prior, values = np.full(len(grid), 1 / len(grid)), []
    for _ in range(60):
        joint = prior * np.exp(-cost)
        values.append(-float(source.pmf @ np.log(joint.sum(axis=1))))
        prior = source.pmf @ (joint / joint.sum(axis=1, keepdims=True))
    assert (np.diff(values) <= 1e-12).all()
    assert values[0] - values[-1] > 0.1


def test_the_table_has_standard_deviations_over_its_seeds() -> None:
    rows = [{"case": "one", "rate_bits": bits} for bits in (1.0, 1.1, 1.2)]
    first, *_ = learned_eba.markdown(rows).splitlines()[2:]
    cells = [cell.strip() for cell in first.strip("|").split("|")]
    assert cells[:3] == ["one", "3", "1.1 ± 0.1"]
    assert set(cells[3:]) == {"—"}


def test_uncorrected_steps_have_the_variance_of_their_step_length() -> None:
    law = target(lambda y: 0.5 * y[..., 0] ** 2, 20_000)
    y = published.unadjusted(law, jnp.zeros((20_000, 1)), jax.random.key(3), jnp.float32(0.5), 40)
    # 1/(a(1 - λa/2)) for the curvature a, where corrected steps have 1/a.
    assert float(y.var()) == pytest.approx(4 / 3, rel=0.04)


def test_the_published_descent_follows_the_objective_at_the_best_critic(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    channel = Channel(EnergySettings().sampled(), 2.0)
    energy = networks.energy_network(jax.random.key(0), np.zeros(1), np.ones(1), 4)

    def best(layers: Any, channel: Channel, x: Any, y: Any) -> Any:
        """1 - βρ - log ∫ q e^{-βρ} for the marginal N(0, 1)."""
        level = 0.5 * np.log(5) + 2 * x[..., 0] ** 2 / 5
        return 1 + level - 2.0 * (x[..., 0] - y[..., 0]) ** 2

    monkeypatch.setattr(published, "critic", best)
    one, two, three = jax.random.split(jax.random.key(1), 3)
    x = jax.random.normal(one, (300, 1))
    y = 0.8 * x[:, None] + np.sqrt(0.2) * jax.random.normal(two, (300, published.EACH, 1))
    free = jax.random.normal(three, (4000, 1))
    found = jax.jit(partial(published.descent, channel))(energy, [], x, y, free)
    # Half the variance of the output, 0.8² + 0.2, minus half that of the marginal.
    assert float(found["log_precision"][0]) == pytest.approx(-0.08, abs=0.03)


def test_a_short_training_by_the_published_updates_lowers_the_objective() -> None:
    settings = replace(QUICK, updates="published", steps=150)
    found = training.finished(train_energy(settings))
    bits = found.history.values["objective_bits"]
    assert bits[-1] < bits[0] - 0.005
    assert set(found.history.values) == {"rate_bits", "distortion", "objective_bits"}
    judged = certified(found, atoms=120, codewords=121)
    assert judged.excess_bits < 0.02
    # The critic after few updates is a bound from below.
    assert found.rate_bits < judged.rate_bits + 4 * found.rate_error_bits + 0.05


def test_a_diverged_run_has_no_rate(run: EnergyRun) -> None:
    def broken(_: Any, __: Any) -> Any:
        return tuple(np.full(4096, np.nan) for _ in range(3))

    measuring = running._measured(broken, QUICK, dict(run.parameters), run.history)
    with pytest.raises(rd.NotConvergedError, match='take another seed, or updates="adjusted"'):
        training.finished(measuring)
