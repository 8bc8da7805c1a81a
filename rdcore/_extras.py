"""What rdcore imports only when it is called for, and the extra that brings each.

Its name in an import and its name in print differ, so both are kept here.
"""

from __future__ import annotations

from importlib.util import find_spec

from rdcore.errors import MissingExtraError

_EXTRAS: dict[str, tuple[str, str]] = {
    "cvxpy": ("CVXPY", "reference"),
    "clarabel": ("Clarabel", "reference"),
    "jax": ("JAX", "learned"),
    "optax": ("Optax", "learned"),
    "skimage": ("scikit-image", "learned"),
    "PIL": ("Pillow", "pictures"),
    "pyarrow": ("PyArrow", "tables"),
    "python_calamine": ("python-calamine", "tables"),
    "sklearn": ("scikit-learn", "learned"),
}


def require(what: str, *modules: str) -> None:
    """Raise MissingExtraError unless all modules are installed; none of them is imported.

    Parameters
    ----------
    what : str
        What needs them, by the name that the caller knows.
    *modules : str
        Names to import, all of one extra.
    """
    if all(find_spec(module) is not None for module in modules):
        return
    names = [_EXTRAS[module][0] for module in modules]
    (extra,) = {_EXTRAS[module][1] for module in modules}
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
    raise MissingExtraError(f"{what} needs {listed}: pip install 'rdcore[{extra}]'")
