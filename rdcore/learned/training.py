"""The one training loop: it yields metrics as it goes and returns the state with its history.

Conventions: an update is a pure function of a state and a key that returns the next state and
scalar metrics; a state is a pytree of arrays. One seed makes all keys.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from rdcore._arrays import Array
from rdcore.errors import InputError

__all__ = [
    "History",
    "Progress",
    "State",
    "Update",
    "finished",
    "train",
]

State = TypeVar("State")
Update = Callable[[State, jax.Array], tuple[State, Mapping[str, jax.Array]]]


@dataclass(frozen=True)
class Progress:
    """How far a training has come.

    Attributes
    ----------
    step, steps : int
        Updates made, and how many there will be.
    metrics : dict of float
        Means over the updates since the last report.
    """

    step: int
    steps: int
    metrics: Mapping[str, float]

    @property
    def share(self) -> float:
        """Of the updates that are made, 0 to 1."""
        return self.step / self.steps


@dataclass(frozen=True, eq=False)
class History:
    """Metrics of a training.

    Attributes
    ----------
    steps : array of int, (T,)
        Updates made by each report.
    values : dict of arrays, (T,) each
        What each metric came to.
    """

    steps: np.ndarray[Any, np.dtype[np.int64]]
    values: Mapping[str, Array]

    def last(self, name: str, share: float = 0.1) -> Array:
        """Return the reports of a metric in the last share of the training."""
        since = self.steps[-1] * (1 - share)
        kept: Array = self.values[name][self.steps > since]
        return kept

    def to_csv(self) -> str:
        """Return the history as CSV, one report a line."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["step", *self.values])
        for row in zip(self.steps, *self.values.values(), strict=True):
            table.writerow([int(row[0]), *(float(value) for value in row[1:])])
        return text.getvalue()


def train(
    update: Update[State],
    state: State,
    steps: int,
    *,
    seed: int,
    every: int = 50,
    scanned: bool = False,
) -> Generator[Progress, None, tuple[State, History]]:
    """Make updates, telling of them now and then.

    Parameters
    ----------
    update : callable
        (state, key) → (state, metrics); it is compiled here, once for as long as it is the same
        function.
    state : pytree of arrays
        Where to start.
    steps : int
        How many updates to make.
    seed : int
        Makes all keys; the same seed gives the same training.
    every : int
        Updates between reports.
    scanned : bool
        Whether the updates between reports are compiled into one loop: quick for dense networks
        and chains, but on CPUs slow by an order of magnitude for convolutions.

    Yields
    ------
    Progress
        Every so many updates.

    Returns
    -------
    tuple of state and History

    Raises
    ------
    InputError
        If there is nothing to do.
    """
    if steps < 1 or every < 1:
        raise InputError(f"steps={steps}, every={every}; each must be at least 1")
    key, told, rows = jax.random.key(seed), [], []
    advance = _scanned(update) if scanned else _looped(update)
    for first in range(0, steps, every):
        count = min(every, steps - first)
        key, now = jax.random.split(key)
        state, metrics = advance(state, jax.random.split(now, count))
        told.append(first + count)
        rows.append(metrics)
        yield Progress(first + count, steps, metrics)
    values = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return state, History(np.array(told, dtype=np.int64), values)


def finished(training: Generator[Progress, None, State]) -> State:
    """Run a training to its end and return what it returns."""
    while True:
        try:
            next(training)
        except StopIteration as end:
            result: State = end.value
            return result


@lru_cache(maxsize=4)
def _looped(update: Update[State]) -> Callable[[State, jax.Array], tuple[State, dict[str, float]]]:
    # Each update may reuse the memory of the state before it, but not of the caller's.
    compiled = jax.jit(update, donate_argnums=0)
    own = False

    def advance(state: State, keys: jax.Array) -> tuple[State, dict[str, float]]:
        nonlocal own
        if not own:
            state, own = jax.tree.map(jnp.copy, state), True
        found = []
        for key in keys:
            state, metrics = compiled(state, key)
            found.append(metrics)
        return state, _means(jax.tree.map(lambda *values: np.stack(values), *found))

    return advance


@lru_cache(maxsize=4)
def _scanned(update: Update[State]) -> Callable[[State, jax.Array], tuple[State, dict[str, float]]]:
    compiled = jax.jit(lambda state, keys: jax.lax.scan(update, state, keys))

    def advance(state: State, keys: jax.Array) -> tuple[State, dict[str, float]]:
        state, metrics = compiled(state, keys)
        return state, _means(metrics)

    return advance


def _means(metrics: Mapping[str, Any]) -> dict[str, float]:
    return {name: float(np.mean(value)) for name, value in metrics.items()}
