"""Closed forms against published digits, general properties and independent computations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rdcore as rd
import rdcore.closed_forms as cf
from rdcore.errors import InputError

LN2 = math.log(2)


def bits(nats: float) -> float:
    return nats / LN2


def blahut(pmf, distortion, slope, iterations=20_000):
    """A point (D, R) of the curve by Blahut's iteration, independent of the package."""
    kernel = np.exp(-slope * distortion)
    r = np.full(distortion.shape[1], 1.0 / distortion.shape[1])
    for _ in range(iterations):
        new = r * ((pmf / (kernel @ r)) @ kernel)
        if np.abs(new - r).max() < 1e-16:
            break
        r = new
    Z = kernel @ r
    Q = kernel * r / Z[:, None]
    D = float(np.where(Q > 0, pmf[:, None] * Q * np.where(Q > 0, distortion, 0), 0).sum())
    return D, float(-(pmf @ np.log(Z)) - slope * D)


# Published digits, each verified by two independent computations.
DIGITS = [
    ("coin .5", cf.bernoulli(0.5, 0.1), 0.531004406411),
    ("coin .3", cf.bernoulli(0.3, 0.1), 0.412295305641),
    ("coin .2", cf.bernoulli(0.2, 0.05), 0.435531137771),
    ("coin .8", cf.bernoulli(0.8, 0.05), 0.435531137771),
    ("five symbols", cf.hamming_uniform(5, 0.3), 0.840637195657),
    ("five symbols by Erokhin", cf.hamming([0.2] * 5, 0.3), 0.840637195657),
    ("Erokhin, all letters", cf.hamming([0.4, 0.3, 0.2, 0.1], 0.2), 0.807518749639),
    ("Erokhin, three letters", cf.hamming([0.1, 0.2, 0.4, 0.3], 0.45), 0.159772862754),
    ("erasure, both", cf.erasure(0.2, 0.3), 0.421928094887),
    ("erasure, the rare one always", cf.erasure(0.2, 0.6), 0.170950594455),
    ("two sides", cf.two_sided_binary(0.3, 0.05, 0.2), 0.431491879847),
]


@pytest.mark.parametrize(("rate", "known"), [d[1:] for d in DIGITS], ids=[d[0] for d in DIGITS])
def test_known_digits(rate, known):
    assert bits(rate) == pytest.approx(known, abs=6e-13)


def test_two_sided_slopes_known_digits():
    slopes = cf.two_sided_binary_slopes(0.3, 0.05, 0.2)
    assert slopes == pytest.approx((1.97503842, 2.35569492), abs=6e-9)


@pytest.mark.parametrize(("R", "D"), [(1, 0.2072356), (2, 0.0474492), (3, 0.0114008)])
def test_uniform_bound_is_below_the_rate_and_converges(R, D):
    bound = bits(cf.uniform_shannon_bound(math.sqrt(12), D))
    assert 0 < R - bound < [0.13, 0.07, 0.04][R - 1]


@pytest.mark.parametrize(("R", "D"), [(1, 0.2171224), (2, 0.0540918), (3, 0.0135199)])
def test_laplacian_bound_is_below_the_rate_and_converges(R, D):
    density_entropy = 1 + math.log(2 / math.sqrt(2))
    bound = bits(cf.shannon_lower_bound(density_entropy, D))
    assert 0 < R - bound < [0.01, 0.005, 0.005][R - 1]


def test_bound_is_tight_for_extremal_noise():
    D = np.linspace(0.01, 1, 50)
    gauss = 0.5 * math.log(2 * math.pi * math.e * 2.5)
    np.testing.assert_allclose(cf.shannon_lower_bound(gauss, D), cf.gaussian(2.5, D), atol=1e-14)
    laplace = 1 + math.log(2 / 1.7)
    tight = cf.shannon_lower_bound(laplace, D, distortion="absolute")
    np.testing.assert_allclose(tight, cf.laplace_absolute(1.7, D), atol=1e-14)
    vector = 1.5 * math.log(2 * math.pi * math.e * 0.8)
    bound = cf.shannon_lower_bound(vector, D, dim=3)
    np.testing.assert_allclose(bound, cf.vector_gaussian([0.8] * 3, D), atol=1e-14)
    pair = 2 * (1 + math.log(2 / 1.7))
    both = cf.shannon_lower_bound(pair, 2 * D, distortion="absolute", dim=2)
    np.testing.assert_allclose(both, 2 * np.asarray(tight), atol=1e-14)


PMFS = [
    [0.4, 0.3, 0.2, 0.1],
    [0.25, 0.25, 0.25, 0.25],
    [0.5, 0.2, 0.2, 0.05, 0.05],
    [0.97, 0.01, 0.01, 0.01],
    [0.7, 0.3],
]


@pytest.mark.parametrize("pmf", PMFS, ids=str)
@pytest.mark.parametrize("slope", [0.3, 0.9, 1.7, 3.0, 6.0])
def test_erokhin_against_blahut(pmf, slope):
    p = np.array(pmf)
    D, R = blahut(p, 1.0 - np.eye(len(p)), slope)
    assert cf.hamming(p, D) == pytest.approx(R, abs=2e-6 if slope < 1 else 1e-9)


@pytest.mark.parametrize("p", [0.5, 0.2, 0.95])
@pytest.mark.parametrize("slope", [0.1, 0.5, 0.68, 0.72, 1.5])
def test_erasure_against_blahut(p, slope):
    distortion = np.array([[0.0, np.inf, 1.0], [np.inf, 0.0, 1.0]])
    D, R = blahut(np.array([1 - p, p]), distortion, slope)
    assert cf.erasure(p, D) == pytest.approx(R, abs=1e-6)


def test_two_sides_against_every_binary_channel():
    p, alpha, beta = 0.3, 0.05, 0.2
    a, b = np.meshgrid(np.linspace(0, alpha, 201), np.linspace(0, beta, 201))
    first = (1 - p) * (1 - a) + p * b

    def h(q):
        with np.errstate(divide="ignore", invalid="ignore"):
            return -np.nan_to_num(q * np.log(q)) - np.nan_to_num((1 - q) * np.log(1 - q))

    information = h(first) - (1 - p) * h(a) - p * h(b)
    assert information.min() == pytest.approx(cf.two_sided_binary(p, alpha, beta), abs=1e-15)


def test_two_sided_slopes_are_the_derivatives():
    p, a, b, step = 0.3, 0.12, 0.31, 1e-6
    first = cf.two_sided_binary(p, a - step, b) - cf.two_sided_binary(p, a + step, b)
    second = cf.two_sided_binary(p, a, b - step) - cf.two_sided_binary(p, a, b + step)
    slopes = cf.two_sided_binary_slopes(p, a, b)
    assert slopes[0] == pytest.approx(first / (2 * step * (1 - p)), abs=1e-8)
    assert slopes[1] == pytest.approx(second / (2 * step * p), abs=1e-8)
    assert cf.two_sided_binary_slopes(p, 0.6, 0.4) == (0.0, 0.0)


def test_reverse_water_filling_against_bisection():
    variances = np.array([3.0, 1.0, 1.0, 0.2, 0.0])
    for D in [0.05, 0.8, 0.81, 1.7, 3.2, 3.21, 5.0]:
        low, high = 0.0, 3.0
        for _ in range(200):
            middle = (low + high) / 2
            if np.minimum(middle, variances).sum() < D:
                low = middle
            else:
                high = middle
        wet = variances[variances > low]
        expected = 0.5 * np.log(wet / low).sum()
        assert cf.vector_gaussian(variances, D) == pytest.approx(expected, abs=1e-13)


def test_gaussian_slope_is_the_derivative():
    D, step = 0.3, 1e-6
    difference = cf.gaussian(0.7, D - step) - cf.gaussian(0.7, D + step)
    assert cf.gaussian_slope(0.7, D) == pytest.approx(difference / (2 * step), rel=1e-9)
    np.testing.assert_array_equal(cf.gaussian_slope(0.7, [0.0, 0.7, 1.0]), [np.inf, 0.0, 0.0])


H4 = -sum(q * math.log(q) for q in (0.4, 0.3, 0.2, 0.1))
CURVES = [
    # name, rate(D), rate at 0, the level from which it is 0
    ("gaussian", lambda D: cf.gaussian(1.3, D), math.inf, 1.3),
    ("vector", lambda D: cf.vector_gaussian([2.0, 0.5, 0.5], D), math.inf, 3.0),
    ("laplace", lambda D: cf.laplace_absolute(0.7, D), math.inf, 1 / 0.7),
    ("bound", lambda D: cf.uniform_shannon_bound(2.0, D), math.inf, 2 / (math.pi * math.e)),
    ("coin", lambda D: cf.bernoulli(0.3, D), -0.3 * math.log(0.3) - 0.7 * math.log(0.7), 0.3),
    ("uniform", lambda D: cf.hamming_uniform(5, D), math.log(5), 0.8),
    ("erokhin", lambda D: cf.hamming([0.1, 0.4, 0.0, 0.2, 0.3], D), H4, 0.6),
    ("erasure", lambda D: cf.erasure(0.3, D), -0.3 * math.log(0.3) - 0.7 * math.log(0.7), 1.0),
]
IDS = [c[0] for c in CURVES]


@pytest.mark.parametrize(("name", "rate", "at_zero", "top"), CURVES, ids=IDS)
def test_curve_is_decreasing_and_convex_with_known_ends(name, rate, at_zero, top):
    levels = np.linspace(0, 1.2 * top, 1201)[1:]
    rates = rate(levels)
    assert (rates >= 0).all()
    assert (np.diff(rates) <= 0).all()
    assert (np.diff(rates, 2) >= -1e-14).all()
    assert rate(0.0) == pytest.approx(at_zero, abs=1e-15)
    assert rate(top * (1 + 1e-14)) == 0.0
    assert rate(top * (1 - 1e-6)) > 0
    assert rate(math.inf) == 0.0
    just_below = rate(top * (1 - 1e-12))
    assert 0 <= just_below < 1e-11


@pytest.mark.parametrize(("name", "rate", "at_zero", "top"), CURVES, ids=IDS)
def test_a_number_gives_a_float_and_an_array_its_shape(name, rate, at_zero, top):
    levels = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 2.0]]) * top
    rates = rate(levels)
    assert rates.shape == levels.shape
    assert isinstance(rate(0.1), float)
    np.testing.assert_array_equal(rates, [[rate(float(D)) for D in row] for row in levels])


@settings(deadline=None, derandomize=True)
@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=8))
def test_erokhin_is_continuous_at_its_corners(weights):
    p = np.sort(np.array(weights) / np.sum(weights))[::-1]
    entropy = -float(p @ np.log(p))
    for k in range(1, len(p) + 1):
        corner = float(p[k:].sum() + (k - 1) * p[k - 1])
        around = cf.hamming(p, corner * (1 + np.array([-4, -1, 0, 1, 4]) * 2.3e-16))
        assert np.ptp(around) < 1e-13 * (1 + entropy)
        assert 0 <= around[2] <= entropy + 1e-13


@settings(deadline=None, derandomize=True)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=6), st.floats(0, 2))
def test_water_level_meets_the_level_exactly(variances, share):
    total = sum(variances)
    D = share * total
    rate = cf.vector_gaussian(variances, D)
    assert rate >= 0
    if share >= 1 or total == 0:
        assert rate == 0
    elif D > 0:
        single = max(cf.gaussian(v, D) for v in variances)
        assert rate >= single * (1 - 1e-12)


def test_a_constant_source_has_rate_0():
    assert cf.gaussian(0.0, 0.0) == 0.0
    assert cf.vector_gaussian([0.0, 0.0], 0.0) == 0.0
    assert cf.hamming([1.0], 0.0) == 0.0
    assert cf.hamming([0.0, 1.0, 0.0], 0.0) == 0.0
    assert cf.hamming_uniform(1, 0.0) == 0.0
    assert cf.bernoulli(0.0, 0.0) == 0.0
    assert cf.bernoulli(1.0, 0.0) == 0.0
    assert cf.erasure(0.0, 0.0) == 0.0
    assert cf.two_sided_binary(0.0, 0.0, 0.0) == 0.0


def test_two_sides_without_errors_have_the_entropy_as_rate():
    h = -0.3 * math.log(0.3) - 0.7 * math.log(0.7)
    assert cf.two_sided_binary(0.3, 0.0, 0.0) == pytest.approx(h, abs=1e-15)
    np.testing.assert_array_equal(cf.two_sided_binary(0.3, [0.5, 1.0, 3.0], [0.5, 0.0, 0.1]), 0)


REFUSED = [
    (lambda: cf.gaussian(-1.0, 0.1), "variance must be .* got -1"),
    (lambda: cf.gaussian(math.nan, 0.1), "variance must be .* got nan"),
    (lambda: cf.gaussian("wide", 0.1), "variance must be .* got 'wide'"),
    (lambda: cf.gaussian(1.0, -0.1), "D must be .* got -0.1"),
    (lambda: cf.gaussian(1.0, [0.1, math.nan]), "D must be .* got nan"),
    (lambda: cf.gaussian(1.0, "low"), "D must be"),
    (lambda: cf.gaussian_slope(1.0, -2), "D must be .* got -2"),
    (lambda: cf.vector_gaussian([1.0, -2.0], 0.1), "variances must be .* got -2"),
    (lambda: cf.vector_gaussian([], 0.1), r"variances must have shape .* got \(0,\)"),
    (lambda: cf.bernoulli(1.2, 0.1), "p must be .* got 1.2"),
    (lambda: cf.hamming_uniform(0, 0.1), "m must be .* got 0"),
    (lambda: cf.hamming_uniform(2.5, 0.1), "m must be .* got 2.5"),
    (lambda: cf.hamming([0.5, 0.4], 0.1), "pmf must sum to 1; got 0.9"),
    (lambda: cf.hamming([1.5, -0.5], 0.1), "pmf must be .* got -0.5"),
    (lambda: cf.hamming([[0.5, 0.5]], 0.1), r"pmf must have shape .* got \(1, 2\)"),
    (lambda: cf.erasure(-0.1, 0.1), "p must be .* got -0.1"),
    (lambda: cf.two_sided_binary(0.3, -0.1, 0.1), "alpha must be .* got -0.1"),
    (lambda: cf.two_sided_binary(0.3, 0.1, -0.2), "beta must be .* got -0.2"),
    (lambda: cf.two_sided_binary_slopes(0.0, 0.1, 0.2), "p must be .* got 0"),
    (lambda: cf.laplace_absolute(0.0, 0.1), "rate_lambda must be .* got 0"),
    (lambda: cf.uniform_shannon_bound(-1.0, 0.1), "width must be .* got -1"),
    (lambda: cf.shannon_lower_bound(math.inf, 0.1), "differential_entropy must be finite; got inf"),
    (lambda: cf.shannon_lower_bound(0.0, 0.1, dim=0), "dim must be .* got 0"),
    (
        lambda: cf.shannon_lower_bound(0.0, 0.1, distortion="hamming"),
        "distortion must be .* got 'hamming'",
    ),
]


@pytest.mark.parametrize(("call", "message"), REFUSED, ids=[r[1] for r in REFUSED])
def test_bad_arguments_are_named(call, message):
    with pytest.raises(InputError, match=message):
        call()


# Published digits, each verified by two independent computations.
JOINT_DIGITS = [
    (cf.bernoulli_classification(0.3, 0.1, D=0.2, C=0.7 * LN2), 0.376501407385, 6e-13),
    (cf.bernoulli_classification(0.7, 0.1, D=0.05, C=0.8 * LN2), 0.594893942115, 6e-13),
    (cf.bernoulli_classification(0.5, 0.1, D=0.3, C=0.6 * LN2), 0.682043883768, 6e-13),
    (cf.gaussian_classification(1.0, 0.9, D=0.2, C=1.3), 1.160964, 6e-7),
    (cf.gaussian_classification(1.0, -0.9, D=0.9, C=1.0), 0.869588, 6e-7),
    (cf.bernoulli_perception(0.3, D=0.2, P=0.05), 0.173451, 6e-7),
    (cf.bernoulli_perception(0.7, D=0.2, P=0.0), 0.191631, 6e-7),
    (cf.gaussian_perception(1.0, D=0.5, P=0.0), 0.596323, 6e-7),
    (cf.gaussian_perception(4.0, D=1.0, P=0.04), 1.003213, 6e-7),
]


@pytest.mark.parametrize(("rate", "known", "digits"), JOINT_DIGITS)
def test_joint_levels_known_digits(rate, known, digits):
    assert bits(rate) == pytest.approx(known, abs=digits)


@settings(deadline=None)
@given(st.floats(0.02, 0.5), st.floats(0.001, 0.6), st.floats(0.0, 0.6))
def test_coin_perception_is_the_least_over_all_channels(p, D, P):
    """Compare with a search over both error probabilities."""
    alpha, beta = np.meshgrid(np.linspace(0, 1, 401), np.linspace(0, 1, 401))
    a, b = (1 - p) * alpha, p * beta
    law = a + p - b
    allowed = (a + b <= D) & (np.abs(law - p) <= P)
    entropy = np.vectorize(lambda q: -sum(v * math.log(v) for v in (q, 1 - q) if v > 0))
    grid = np.linspace(0, 1, 401)
    inner = (1 - p) * entropy(grid)[None, :] + p * entropy(grid)[:, None]
    law = np.clip(law, 1e-300, 1 - 1e-16)
    rates = -law * np.log(law) - (1 - law) * np.log1p(-law) - inner
    rate = cf.bernoulli_perception(p, D=D, P=P)
    if allowed.any():
        assert rate <= rates[allowed].min() + 1e-9
    roomy = (a + b <= D + 0.005) & (np.abs(a - b) <= P + 0.005)
    assert rate >= rates[roomy].min() - 1e-9


@settings(deadline=None)
@given(st.floats(0.1, 3.0), st.floats(0.01, 1.0), st.floats(0.0, 1.2))
def test_gaussian_perception_is_the_least_over_jointly_gaussian_pairs(deviation, D, P):
    level, room = D * 1.9 * deviation**2, P * deviation**2
    spread = np.linspace(max(deviation - math.sqrt(room), 0.0), deviation + math.sqrt(room), 20001)
    spread = spread[spread > 0]
    rho = np.clip((deviation**2 + spread**2 - level) / (2 * deviation * spread), 0.0, None)
    rates = np.where(rho < 1, -0.5 * np.log1p(-(np.minimum(rho, 1 - 1e-16) ** 2)), np.inf)
    rate = cf.gaussian_perception(deviation**2, D=level, P=room)
    assert rate == pytest.approx(float(rates.min()), abs=1e-4)
    assert rate <= rates.min() + 1e-9


def test_perfect_realism_inverts_the_rate():
    for R in (0.01, 0.5, 3.0):
        D = cf.gaussian_perfect_realism(2.0, R)
        assert cf.gaussian_perception(2.0, D=D, P=0.0) == pytest.approx(R, rel=1e-12)
    assert cf.gaussian_perfect_realism(1.0, LN2) == pytest.approx(0.2679492, abs=5e-8)


def test_a_slack_label_costs_nothing_and_an_infeasible_one_is_refused():
    loose = cf.bernoulli_classification(0.3, 0.1, D=0.1, C=1.0)
    assert loose == pytest.approx(cf.bernoulli(0.3, 0.1), rel=1e-14)
    loose = cf.gaussian_classification(1.0, 0.5, D=0.3, C=9.0)
    assert loose == pytest.approx(cf.gaussian(1.0, 0.3), rel=1e-14)
    with pytest.raises(InputError, match=r"H\(S\|X\)=0\.325083"):
        cf.bernoulli_classification(0.3, 0.1, D=0.1, C=0.3)
    with pytest.raises(InputError, match=r"h\(S\|X\)"):
        cf.gaussian_classification(1.0, 0.5, D=0.1, C=1.2)
    # At the minimum level h(S|X) the rate is infinite.
    least = 0.5 * math.log(2 * math.pi * math.e * (1 - 0.25))
    assert cf.gaussian_classification(1.0, 0.5, D=0.5, C=least + 1e-9) > 8


@pytest.mark.parametrize("label", [1.0, 7.3])
def test_the_smallest_level_of_the_error_is_accepted_and_costs_without_end(label):
    for rho in [*np.arange(-99, 100) / 100, 1e-6, -1 + 1e-9]:
        with pytest.raises(rd.InfeasibleError) as told:
            cf.gaussian_classification(1.0, rho, D=0.5, C=-40.0, label_variance=label)
        (least,) = told.value.smallest
        rate = cf.gaussian_classification(1.0, rho, D=0.5, C=least, label_variance=label)
        # Where h(S|X) is h(S) in floating point nothing has to be known.
        own = 0.5 * math.log(2 * math.pi * math.e * label)
        assert rate == (math.inf if least < own else cf.gaussian(1.0, 0.5))
        below = np.nextafter(least, -math.inf)
        with pytest.raises(rd.InfeasibleError):
            cf.gaussian_classification(1.0, rho, D=0.5, C=below, label_variance=label)
    # 1 - (1 - e^(2(C - h(S)))) / rho^2 = (1 - rho^2) / rho^2 * (e^(2 excess) - 1)
    least = 0.5 * math.log(2 * math.pi * math.e * (1 - 0.25))
    found = cf.gaussian_classification(1.0, 0.5, D=0.5, C=least + 2.0**-30)
    assert found == pytest.approx(-0.5 * math.log(3 * math.expm1(2.0**-29)), rel=1e-7)


def test_a_label_that_is_the_source_itself():
    own = 0.5 * math.log(2 * math.pi * math.e)
    assert cf.gaussian_classification(1.0, 1.0, D=5.0, C=own - 30) == pytest.approx(30)
    assert cf.gaussian_classification(1.0, -1.0, D=5.0, C=-math.inf) == math.inf


def test_alphabets_larger_than_any_machine_number():
    for m in (2**64, 10**300):
        wanted = math.log(m) * 0.9 - cf.bernoulli(0.5, 0.0) + cf.bernoulli(0.5, 0.1)
        assert cf.hamming_uniform(m, 0.1) == pytest.approx(wanted, rel=1e-13)
    with pytest.raises(InputError, match="m must be"):
        cf.hamming_uniform(10**400, 0.1)
