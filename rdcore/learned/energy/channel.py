r"""The marginal and the channel of an energy: targets of its chains, and updates of its networks.

The energy E defines the marginal :math:`q(\hat x) \propto e^{-E(\hat x)}` and the channel
:math:`q(\hat x | x) \propto e^{-E(\hat x) - \beta \rho(x, \hat x)}`, with squared or absolute
error ρ. The objective of Blahut–Arimoto,

.. math::

    F(\phi) = -E_x \log \frac{\int e^{-E_\phi(\hat x) - \beta \rho(x, \hat x)} d\hat x}
                             {\int e^{-E_\phi(\hat x)} d\hat x}
            = \min_Q \, E_x \mathrm{KL}(Q(\cdot|x) \| q) + \beta E \rho(X, \hat X),

has the gradient :math:`E_x E_{q(\cdot|x)} \nabla_\phi E - E_q \nabla_\phi E`, the difference of the
expectations under the channel's output and under the marginal. It is 0 where the two agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rdcore.learned.energy import errors, information, langevin, networks
from rdcore.learned.energy.errors import Error
from rdcore.learned.energy.langevin import ChainTarget
from rdcore.learned.energy.networks import Parameters
from rdcore.learned.energy.settings import EnergySettings
from rdcore.learned.energy.sources import Sampled
from rdcore.learned.training import Update

# Number of candidates in the importance resampling of the initial points.
FIRST = 8
_RATE, _PRECISION_RATE, _BOUND_RATE = 4e-3, 4e-2, 4e-3
# Points of the quadrature of F on a line: atoms of the source, and reproductions.
_ATOMS, _GRID = 160, 401
State = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Channel:
    """The channel of an energy, for a source and a slope.

    Parameters
    ----------
    sampled : Sampled
        The source.
    beta : float
        Slope, nats per unit of distortion.
    error : str
        The distortion ρ: ``squared_error`` or ``absolute``.
    """

    sampled: Sampled
    beta: float
    error: Error = "squared_error"

    @property
    def unit(self) -> tuple[jax.Array, jax.Array]:
        """Mean and standard deviation of the components of the source, (d,) each."""
        mean, scale = self.sampled.mean, np.sqrt(self.sampled.variances)
        return jnp.asarray(mean, jnp.float32), jnp.asarray(scale, jnp.float32)

    def energy(self, parameters: Parameters, x: jax.Array) -> jax.Array:
        """Return E, nats, (...), at x (..., d)."""
        return networks.energy(parameters, self.unit, x)

    def target(self, parameters: Parameters, x: jax.Array, beta: jax.Array) -> ChainTarget:
        """Return the target exp(-E - βρ(x, ·)) of each chain, for x (N, d) and β (N,).

        For β = 0 it is the marginal, which does not depend on x.
        """
        mean, scale = self.unit
        precision = jnp.exp(parameters["log_precision"])
        pull = errors.sharpness(self.error, beta[:, None])
        sharp = precision + pull
        near = (precision * parameters["centre"] + pull * x) / sharp
        free = pull == 0
        wide = jnp.where(free, scale**2, 1 / jnp.where(free, 1.0, pull))
        return ChainTarget(
            lambda y: self.energy(parameters, y) + beta * errors.between(self.error, x, y),
            jnp.stack([near, jnp.where(free, mean, x)]),
            jnp.stack([1 / sharp, wide]),
            1 / sharp,
        )

    def outputs(
        self, parameters: Parameters, x: jax.Array, key: jax.Array, size: jax.Array, rounds: int
    ) -> jax.Array:
        """Send samples x (N, d) through the channel by new chains, (N, d)."""
        first, rest = jax.random.split(key)
        target = self.target(parameters, x, jnp.full(len(x), self.beta, jnp.float32))
        y = langevin.start(target, first, FIRST)
        sizes = jnp.full(len(x), size)
        return langevin.sample(target, y, rest, sizes, rounds=rounds)[0]

    def objective(self) -> Callable[[Parameters], jax.Array] | None:
        """Return F as a function of the energy, nats, by quadrature; None in several dimensions."""
        if self.sampled.dim > 1:
            return None
        source = self.sampled.discretised(_ATOMS)
        atoms, pmf = (jnp.asarray(part, jnp.float32) for part in (source.points, source.pmf))
        grid = jnp.linspace(atoms.min(), atoms.max(), _GRID)[:, None]
        cost = self.beta * errors.between(self.error, atoms[:, None, :], grid[None, :, :])

        def found(parameters: Parameters) -> jax.Array:
            energy = self.energy(parameters, grid)
            joint = jax.nn.logsumexp(-energy - cost, axis=1)
            return jax.nn.logsumexp(-energy) - pmf @ joint

        return found


def optimisers(steps: int) -> tuple[Any, Any]:
    """Return the optimisers of the energy and of g, whose rates decay to 0 and almost to 0."""

    def adam(rate: float, last: float) -> Any:
        return optax.adam(optax.cosine_decay_schedule(rate, steps, last), b2=0.99)

    parts = {"net": adam(_RATE, 0.0), "shape": adam(_PRECISION_RATE, 0.0)}
    labels = {"layers": "net", "centre": "net", "log_precision": "shape"}
    return optax.partition(parts, labels), adam(_BOUND_RATE, 0.03)


def begun(
    channel: Channel, settings: EnergySettings, network: Callable[[jax.Array], Any], size: float
) -> State:
    """Return the initial state: networks, optimisers, chains and step lengths.

    ``network`` makes the network of the bound on the rate from a key; ``size`` is the first step.
    """
    key = jax.random.fold_in(jax.random.key(settings.seed), 1)
    one, two, three = jax.random.split(key, 3)
    sampled = channel.sampled
    energy = networks.energy_network(one, sampled.mean, sampled.variances, settings.width)
    bound = network(two)
    of_energy, of_bound = optimisers(settings.steps)
    return {
        "energy": energy,
        "bound": bound,
        "optimisers": (of_energy.init(energy), of_bound.init(bound)),
        "chains": sampled.draw(three, settings.chains),
        "log_sizes": jnp.log(jnp.full(2, size, jnp.float32)),
    }


def stepped(state: State, steps: int, of_energy: Parameters, of_bound: Any) -> State:
    """Return the state after a step of both networks, down their gradients."""
    names, gradients = ("energy", "bound"), (of_energy, of_bound)
    after, kept = dict(state), []
    for name, optimiser, gradient, inner in zip(
        names, optimisers(steps), gradients, state["optimisers"], strict=True
    ):
        moved, inner = optimiser.update(gradient, inner)
        after[name] = optax.apply_updates(state[name], moved)
        kept.append(inner)
    return {**after, "optimisers": tuple(kept)}


def first_state(channel: Channel, settings: EnergySettings) -> State:
    """Return the initial state, with the network g of the bound."""
    dim, width = channel.sampled.dim, settings.width
    return begun(channel, settings, lambda key: information.bound_network(key, dim, width), 0.3)


def update_of(channel: Channel, settings: EnergySettings) -> Update[State]:
    """Return the update of the algorithm, for ``training.train``.

    On a line the metrics include F by quadrature, which Blahut–Arimoto never increases.
    """
    objective = channel.objective()
    half = settings.chains
    # The first half of the chains samples the channel, and the second half the marginal.
    slopes = jnp.repeat(jnp.array([channel.beta, 0.0], jnp.float32), half)

    def update(state: State, key: jax.Array) -> tuple[State, Mapping[str, jax.Array]]:
        draw, first, rest = jax.random.split(key, 3)
        energy, sizes = state["energy"], jnp.exp(state["log_sizes"])
        x = channel.sampled.draw(draw, half)
        target = channel.target(energy, jnp.concatenate([x, x]), slopes)
        begin = langevin.start(target, first, FIRST)
        begin = jnp.concatenate([begin[:half], state["chains"]])
        found, shares = langevin.sample(
            target, begin, rest, jnp.repeat(sizes, half), rounds=settings.rounds
        )
        y, chains = found[:half], found[half:]
        shares = shares.reshape(2, half).mean(axis=1)
        uphill = jax.grad(lambda p: channel.energy(p, y).mean() - channel.energy(p, chains).mean())(
            energy
        )
        loss, downhill = jax.value_and_grad(_bound_loss)(state["bound"], channel, energy, x, y)
        after = stepped(state, settings.steps, uphill, downhill) | {
            "chains": chains,
            "log_sizes": langevin.adapted(state["log_sizes"], shares),
        }
        metrics = {
            "rate_bits": -loss / jnp.log(2.0),
            "distortion": errors.between(channel.error, x, y).mean(),
            "acceptance_posterior": shares[0],
            "acceptance_marginal": shares[1],
            "step_posterior": sizes[0],
            "step_marginal": sizes[1],
        }
        if objective is not None:
            metrics["objective_bits"] = objective(energy) / jnp.log(2.0)
        return after, metrics

    return update


def _bound_loss(
    layers: Any, channel: Channel, energy: Parameters, x: jax.Array, y: jax.Array
) -> jax.Array:
    g = information.potential(layers, energy, channel.unit, channel.beta, channel.error)(x)
    joint, product = information.bound(g, x, y, channel.beta, channel.error)
    return (product - joint).mean()
