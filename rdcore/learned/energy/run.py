"""Training of an energy, measurement, and storage."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rdcore._arrays import Array
from rdcore.errors import InputError, NotConvergedError
from rdcore.learned import store, training
from rdcore.learned.energy import errors, information, published
from rdcore.learned.energy.channel import Channel, State, first_state, update_of
from rdcore.learned.energy.settings import EnergySettings, from_dict
from rdcore.learned.energy.sources import Sampled
from rdcore.learned.training import History, Progress, Update

_LN2 = float(np.log(2))
_CHUNK, _GROUP = 4096, 256
# Chunks between reports, so that a caller can also stop the measurement.
_REPORT = 4
_ROUNDS = 3
_KIND = "energy"
Measurement = Callable[[State, jax.Array], tuple[jax.Array, jax.Array, jax.Array]]


@dataclass(frozen=True, eq=False)
class EnergyRun:
    """A trained energy with its measurements.

    Attributes
    ----------
    settings : EnergySettings
        Settings of the training.
    parameters : dict
        "energy" and "bound": the two networks; "log_sizes", (2,): log lengths of Langevin steps.
    history : History
        Metrics of the training.
    rate_bits, rate_error_bits : float
        Lower bound on I(X; X̂) of the channel, on samples that were not used in training, and the
        standard error of rate + β · distortion; bits.
    distortion, distortion_error : float
        Mean distortion of these samples, and its standard error.
    """

    settings: EnergySettings
    parameters: dict[str, Any]
    history: History
    rate_bits: float
    rate_error_bits: float
    distortion: float
    distortion_error: float

    @cached_property
    def sampled(self) -> Sampled:
        """The source."""
        return self.settings.sampled()

    @property
    def channel(self) -> Channel:
        """The channel that evaluates the energy."""
        return Channel(self.sampled, self.settings.beta, self.settings.error)

    @property
    def closed_form_bits(self) -> float | None:
        """R(D) at the measured distortion in bits, if a closed form is known."""
        known = self.sampled.closed_form
        return None if known is None else known(self.distortion) / _LN2

    @property
    def optimal_distortion(self) -> float | None:
        """The D at which -dR/dD = β, if a closed form is known."""
        known = self.sampled.optimal_level
        return None if known is None else known(self.settings.beta)

    @property
    def precisions(self) -> Array:
        """Curvature of the confinement along each axis, (d,), per square of the unit of x."""
        return np.exp(np.asarray(self.parameters["energy"]["log_precision"], np.float64))

    def energy(self, points: Array) -> Array:
        """Return E, nats, (n,), up to a constant, at points (n,) or (n, d)."""
        rows = np.asarray(points, np.float32).reshape(len(points), self.sampled.dim)
        values = self.channel.energy(self.parameters["energy"], jnp.asarray(rows))
        return np.asarray(values, np.float64)

    def save(self, path: Path) -> None:
        """Write the run to an NPZ file without pickle."""
        figures = (self.rate_bits, self.rate_error_bits, self.distortion, self.distortion_error)
        kept = {
            "parameters": self.parameters,
            "steps": self.history.steps,
            "values": dict(self.history.values),
            "figures": np.array(figures),
        }
        store.save(path, kept, {"kind": _KIND, **asdict(self.settings)})


def load(path: Path) -> EnergyRun:
    """Read a run from a file of ``EnergyRun.save``.

    Raises
    ------
    InputError
        If the file is not such a run.
    """
    kept, settings = store.load(path)
    if settings.pop("kind", None) != _KIND:
        raise InputError(f"{path.name} must be an energy-based run")
    with store.damage(path):
        history = History(kept["steps"], kept["values"])
        figures = [float(value) for value in kept["figures"]]
        return EnergyRun(from_dict(settings), kept["parameters"], history, *figures)


def train_energy(settings: EnergySettings) -> Generator[Progress, None, EnergyRun]:
    r"""Learn the marginal of the reproduction and its rate at a slope.

    One energy :math:`E_\phi` defines the marginal :math:`\propto e^{-E_\phi(\hat x)}` and the
    channel :math:`\propto e^{-E_\phi(\hat x) - \beta \rho(x, \hat x)}`. Training follows the
    difference of its gradients under the channel's output and under the marginal until they agree,
    like Blahut–Arimoto.

    Parameters
    ----------
    settings : EnergySettings
        Settings of the training.

    Yields
    ------
    Progress
        About every fiftieth of the training, and with unchanged metrics during the measurement.

    Returns
    -------
    EnergyRun

    Raises
    ------
    NotConvergedError
        If a sample or its critic is not finite at the end.

    References
    ----------
    Q. Li, Y. Kim and C. Guyot, "Rate-Distortion via Energy-Based Models", Data Compression
    Conference, 2023.
    """
    channel, update, measure = _compiled(replace(settings, seed=0))
    begin = published.first_state if settings.updates == "published" else first_state
    state, history = yield from training.train(
        update,
        begin(channel, settings),
        settings.steps,
        seed=settings.seed,
        every=max(1, settings.steps // 50),
        scanned=True,
    )
    return (yield from _measured(measure, settings, state, history))


@lru_cache(maxsize=4)
def _compiled(settings: EnergySettings) -> tuple[Channel, Update[State], Measurement]:
    """Return the functions that all seeds share, so that they are compiled once."""
    channel = Channel(settings.sampled(), settings.beta, settings.error)
    if settings.updates == "published":
        measure = jax.jit(partial(published.through, channel, _CHUNK))
        return channel, published.update_of(channel, settings), measure
    return channel, update_of(channel, settings), jax.jit(partial(_through, channel))


def _through(
    channel: Channel, state: State, key: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return the distortions and the terms of the bound for one chunk of new samples."""
    draw, forth = jax.random.split(key)
    x = channel.sampled.draw(draw, _CHUNK)
    y = channel.outputs(state["energy"], x, forth, jnp.exp(state["log_sizes"][0]), _ROUNDS)
    slope, error = channel.beta, channel.error
    g = information.potential(state["bound"], state["energy"], channel.unit, slope, error)(x)
    groups = [part.reshape(-1, _GROUP, *part.shape[1:]) for part in (g, x, y)]
    bound = partial(information.bound, slope=slope, error=error)
    joint, product = jax.vmap(bound)(*groups)
    return errors.between(error, x, y), joint.ravel(), product.ravel()


def _measured(
    measure: Measurement, settings: EnergySettings, state: State, history: History
) -> Generator[Progress, None, EnergyRun]:
    """Send new samples through the channel in chunks, and measure rate and distortion."""
    last = {name: float(values[-1]) for name, values in history.values.items()}
    key = jax.random.fold_in(jax.random.key(settings.seed), 2)
    keys = jax.random.split(key, -(-settings.samples // _CHUNK))
    kept = {name: state[name] for name in ("energy", "bound", "log_sizes")}
    parts = []
    for done, one in enumerate(keys, 1):
        parts.append(np.array(measure(kept, one), np.float64))
        if done % _REPORT == 0:
            yield Progress(settings.steps, settings.steps, last)
    apart, joint, product = np.concatenate(parts, axis=1)
    if not all(np.isfinite(part).all() for part in (apart, joint, product)):
        raise NotConvergedError(
            "the chains or the critic diverged, so the run has no rate; take another seed, or"
            ' updates="adjusted"'
        )
    # Errors of the distortion move the point along the curve, so the error is that of R + βD.
    chunks = np.array([(part[1] - part[2] + settings.beta * part[0]).mean() for part in parts])
    return EnergyRun(
        settings,
        jax.tree.map(np.asarray, kept),
        history,
        float(joint.mean() - product.mean()) / _LN2,
        float(chunks.std(ddof=1) / np.sqrt(len(chunks))) / _LN2,
        float(apart.mean()),
        float(apart.std() / np.sqrt(len(apart))),
    )
