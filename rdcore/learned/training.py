"""The training loop: it yields metrics and returns the final state with its history.

An update is a pure function of a state, which is a pytree of arrays, and a key. It returns the next
state and scalar metrics. One seed determines all keys.
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
"""The state of a training: the parameters and what the optimiser keeps."""
Update = Callable[[State, jax.Array], tuple[State, Mapping[str, jax.Array]]]
"""One step of a training: from a state and a key to the next state and its figures."""


@dataclass(frozen=True)
class Progress:
    """Progress of a training.

    Attributes
    ----------
    step, steps : int
        Number of updates so far, and in total.
    metrics : dict of float
        Means over the updates since the last report.
    """

    step: int
    steps: int
    metrics: Mapping[str, float]

    @property
    def share(self) -> float:
        """Completed fraction of the updates, 0 to 1."""
        return self.step / self.steps


@dataclass(frozen=True, eq=False)
class History:
    """Metrics over a training.

    Attributes
    ----------
    steps : array of int, (T,)
        Number of updates at each report.
    values : dict of arrays, (T,) each
        Mean of each metric since the previous report.
    """

    steps: np.ndarray[Any, np.dtype[np.int64]]
    values: Mapping[str, Array]

    def last(self, name: str, share: float = 0.1) -> Array:
        """Return the reports of a metric in the last fraction of the training."""
        since = self.steps[-1] * (1 - share)
        kept: Array = self.values[name][self.steps > since]
        return kept

    def to_csv(self) -> str:
        """Return the history as CSV, one report per line."""
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["step", *self.values])
        for row in zip(self.steps, *self.values.values(), strict=True):
            table.writerow([int(row[0]), *(float(value) for value in row[1:])])
        return text.getvalue()


def train(  # noqa: PLR0913  (the last three have usual values)
    update: Update[State],
    state: State,
    steps: int,
    *,
    seed: int,
    every: int = 50,
    scanned: bool = False,
    between: Callable[[State, float], State] | None = None,
) -> Generator[Progress, None, tuple[State, History]]:
    """Run updates, with regular reports.

    Parameters
    ----------
    update : callable
        (state, key) → (state, metrics). It is compiled here, once per function object.
    state : pytree of arrays
        The initial state.
    steps : int
        Number of updates.
    seed : int
        Seed of all keys; the same seed gives the same training.
    every : int
        Number of updates between reports.
    scanned : bool
        Whether the updates between reports are compiled into one loop. This is fast for dense
        networks and chains, but ten times slower for convolutions on CPUs.
    between : callable, optional
        (state, completed fraction) → state, applied after each report.

    Yields
    ------
    Progress
        After every ``every`` updates.

    Returns
    -------
    tuple of state and History

    Raises
    ------
    InputError
        If ``steps`` or ``every`` is below 1.
    """
    if steps < 1 or every < 1:
        raise InputError(f"steps and every must be at least 1; got steps={steps}, every={every}")
    key, told, rows = jax.random.key(seed), [], []
    advance = _scanned(update) if scanned else _looped(update)
    for first in range(0, steps, every):
        count = min(every, steps - first)
        key, now = jax.random.split(key)
        state, metrics = advance(state, jax.random.split(now, count))
        told.append(first + count)
        rows.append(metrics)
        if between is not None:
            state = between(state, (first + count) / steps)
        yield Progress(first + count, steps, metrics)
    values = {name: np.array([row[name] for row in rows]) for name in rows[0]}
    return state, History(np.array(told, dtype=np.int64), values)


def finished(training: Generator[Progress, None, State]) -> State:
    """Run a training to its end and return its result."""
    while True:
        try:
            next(training)
        except StopIteration as end:
            result: State = end.value
            return result


@lru_cache(maxsize=4)
def _looped(update: Update[State]) -> Callable[[State, jax.Array], tuple[State, dict[str, float]]]:
    # An update may reuse the memory of the previous state, but not of the caller's state.
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
