"""Training, evaluation and storage of a codec."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore._arrays import Array
from rdcore.errors import InputError
from rdcore.learned import store
from rdcore.learned.constrained.networks import decode, encode, quantise
from rdcore.learned.constrained.settings import CLIP, RECIPES, CodecSettings
from rdcore.learned.constrained.trainer import (
    initial_parameters,
    initial_state,
    measured,
    rate_and_error,
    update_of,
)
from rdcore.learned.photographs import Grey, grey, image_of, patches, tiles_of
from rdcore.learned.training import History, Progress, train

Tree = Any
Levels = NDArray[np.int32]
_CHUNK = 256
_TOLERANCE = 0.01
# Up to so many patches D of all is measured, for each such share of the training.
_FEW = 4096
_MEASURED_FROM, _MEASURED_EVERY = 0.4, 0.04


@dataclass(frozen=True)
class Score:
    """Means over patches: bits per pixel under the prior, and mean squared error."""

    rate_bpp: float
    mse: float


@dataclass(frozen=True, eq=False)
class CodecRun:
    """A trained codec.

    Attributes
    ----------
    settings : CodecSettings
        Settings of the training.
    parameters : tree of arrays of float32
        ``autoencoder`` and ``prior``.
    history : History
        ``rate_bpp``, ``mse`` and ``lambda``: means over the minibatches between reports.
    training, held_out : Score
        On all training patches, and on a fixed sample of held-out patches.
    multiplier : float
        λ at the end of the training.
    """

    settings: CodecSettings
    parameters: Tree
    history: History
    training: Score
    held_out: Score
    multiplier: float

    @property
    def reachable(self) -> bool:
        """False if D-CO ended at the largest multiplier: the network cannot reach the target."""
        return self.settings.method != "dco" or self.multiplier < 0.99 * CLIP

    @property
    def error(self) -> float:
        """D/c - 1 on the training patches."""
        return self.training.mse / self.settings.target - 1

    @property
    def verdict(self) -> str:
        """What became of the constraint D ≤ c on the training patches.

        ``unreachable`` if λ ended at its limit, ``missed`` if D is more than 1 % above c,
        ``not yet tight`` if it is more than 1 % below and λ was still falling, ``below target`` if
        it is so with a fixed weight, and ``met`` otherwise.
        """
        return verdict(
            self.settings.method, self.error, self.multiplier, self.history.last("lambda")
        )

    @property
    def unrest(self) -> float:
        """Relative variation of λ in the last tenth of the training."""
        last = self.history.last("lambda")
        return float(last.max() / last.min() - 1)

    def save(self, path: Path) -> None:
        """Write the run as an NPZ file without pickle."""
        kept = {
            "parameters": self.parameters,
            "steps": self.history.steps,
            "history": dict(self.history.values),
        }
        about = {
            "kind": "codec",
            "settings": self.settings.to_dict(),
            "training": asdict(self.training),
            "held_out": asdict(self.held_out),
            "multiplier": self.multiplier,
        }
        store.save(path, kept, about)

    @classmethod
    def load(cls, path: Path) -> CodecRun:
        """Read a run from a file of ``save``.

        Raises
        ------
        InputError
            If the file is not a codec, or its weights do not match its settings.
        """
        kept, about = store.load(path)
        if about.get("kind") != "codec":
            raise InputError(
                f"{path.name} must be a codec; got {about.get('kind', 'another kind of file')}"
            )
        with store.damage(path):
            settings = CodecSettings.from_dict(about["settings"])
            _check_shapes(kept["parameters"], settings, path)
            history = History(kept["steps"], kept["history"])
            scores = Score(**about["training"]), Score(**about["held_out"])
            return cls(settings, kept["parameters"], history, *scores, about["multiplier"])


def verdict(method: str, error: float, multiplier: float, last: ArrayLike) -> str:
    """Return the verdict of a run; see ``CodecRun.verdict``.

    Parameters
    ----------
    method : str
        ``dco``, ``beta`` or ``hinge``.
    error : float
        D/c - 1.
    multiplier : float
        λ at the end.
    last : array, (n,)
        λ along the last tenth of the training.
    """
    if method == "dco" and multiplier >= 0.99 * CLIP:
        return "unreachable"
    if error > _TOLERANCE:
        return "missed"
    if error >= -_TOLERANCE:
        return "met"
    if method != "dco":
        return "below target"
    along = np.asarray(last, dtype=np.float64)
    return "not yet tight" if along[-1] < along[0] or len(along) < 2 else "met"


def train_codec(
    settings: CodecSettings, images: Sequence[ArrayLike] | None = None
) -> Generator[Progress, None, CodecRun]:
    """Train a codec, with regular reports of rate, distortion and multiplier.

    Parameters
    ----------
    settings : CodecSettings
        Settings of the training, such as data, target and method.
    images : sequence of arrays of uint8, (h, w) or (h, w, 3), optional
        For ``data='own'``: the user's images, of which the last quarter is held out.

    Yields
    ------
    Progress
        With metrics ``rate_bpp``, ``mse`` and ``lambda``.

    Returns
    -------
    CodecRun

    Raises
    ------
    InputError
        If an image is invalid, or images are given although ``data`` is not ``'own'``.
    """
    if images is not None and settings.data != "own":
        raise InputError(f"images need data='own'; got data={settings.data!r}")
    found = patches(settings.data, settings.size, number=settings.patches, images=images)
    if len(found.training) < settings.batch:
        raise InputError(
            f"batch must be at most the number of patches, {len(found.training)};"
            f" got {settings.batch}"
        )
    state, history = yield from train(
        update_of(settings.batch),
        initial_state(settings, found.training),
        settings.steps,
        seed=settings.seed,
        every=settings.every,
        between=_measurement(settings, found.training),
    )
    parameters = jax.tree.map(np.asarray, state["parameters"])
    return CodecRun(
        settings,
        parameters,
        history,
        score(parameters, found.training),
        score(parameters, found.held_out),
        float(np.exp(state["log_multiplier"])),
    )


def _measurement(settings: CodecSettings, training: Grey) -> Callable[[Tree, float], Tree] | None:
    """Return what measures D of all patches for the multiplier, if there are few patches."""
    foreseen = settings.method == "dco" and RECIPES[settings.recipe].foreseen
    if not foreseen or len(training) > _FEW:
        return None
    due = _MEASURED_FROM

    def between(state: Tree, share: float) -> Tree:
        nonlocal due
        if share < due or share >= 1:
            return state
        due += _MEASURED_EVERY
        return measured(state, score(state["parameters"], training).mse)

    return between


def scores(parameters: Tree, sample: Grey) -> tuple[Array, Array]:
    """Return the bits per pixel and the mean squared error of each patch, (M,) each."""
    rates, errors = _in_chunks(_judged(), parameters, sample)
    return rates.astype(np.float64), errors.astype(np.float64)


def score(parameters: Tree, sample: Grey) -> Score:
    """Return the means of ``scores``."""
    rates, errors = scores(parameters, sample)
    return Score(float(rates.mean()), float(errors.mean()))


def reconstruct(parameters: Tree, sample: Grey) -> Grey:
    """Return the reconstructions of patches (M, s, s), rounded to grey levels."""
    (found,) = _in_chunks(_reconstructed(), parameters, sample)
    levels: Grey = np.clip(np.rint(found[..., 0]), 0, 255).astype(np.uint8)
    return levels


def shown(run: CodecRun, image: ArrayLike) -> tuple[Grey, Score]:
    """Return the reconstruction of an image, (h, w) or (h, w, 3) of uint8, and its score.

    The rate is that of the prior with extended edges; the error is that of rounded grey levels.
    """
    levels = grey(image)
    tiles = tiles_of(levels, run.settings.size)
    found = image_of(reconstruct(run.parameters, tiles), (levels.shape[0], levels.shape[1]))
    bits = float(scores(run.parameters, tiles)[0].sum()) * tiles.shape[1] ** 2
    error = np.square(found.astype(np.float64) - levels).mean()
    return found, Score(bits / levels.size, float(error))


def levels_of(parameters: Tree, sample: Grey) -> Levels:
    """Return the level of each latent, 0…7, (M, 4, 4, C)."""
    (found,) = _in_chunks(_chosen(), parameters, sample)
    levels: Levels = found.astype(np.int32)
    return levels


def _in_chunks(function: Any, parameters: Tree, sample: Grey) -> list[Any]:
    """Apply a compiled function to chunks of equal size, so that it is compiled once."""
    count = len(sample)
    padded = np.concatenate([sample, np.repeat(sample[-1:], -count % _CHUNK, axis=0)])
    parts = [
        function(parameters, padded[first : first + _CHUNK, :, :, None].astype(np.float32))
        for first in range(0, count, _CHUNK)
    ]
    return [np.concatenate(pieces)[:count] for pieces in zip(*parts, strict=True)]


@lru_cache(maxsize=1)
def _judged() -> Any:
    return jax.jit(rate_and_error)


@lru_cache(maxsize=1)
def _reconstructed() -> Any:
    def through(parameters: Tree, images: jax.Array) -> tuple[jax.Array]:
        autoencoder = parameters["autoencoder"]
        chosen = quantise(autoencoder["codebook"], encode(autoencoder, images))
        return (decode(autoencoder, chosen @ autoencoder["codebook"]),)

    return jax.jit(through)


@lru_cache(maxsize=1)
def _chosen() -> Any:
    def into(parameters: Tree, images: jax.Array) -> tuple[jax.Array]:
        autoencoder = parameters["autoencoder"]
        return (quantise(autoencoder["codebook"], encode(autoencoder, images)).argmax(-1),)

    return jax.jit(into)


def _check_shapes(parameters: Tree, settings: CodecSettings, path: Path) -> None:
    expected = initial_parameters(settings)
    trees: list[Any] = [jax.tree.structure(tree) for tree in (expected, parameters)]
    same = trees[0] == trees[1] and all(
        goal.shape == np.shape(part)
        for goal, part in zip(jax.tree.leaves(expected), jax.tree.leaves(parameters), strict=True)
    )
    if not same:
        raise InputError(f"{path.name} must have weights that match its settings")
