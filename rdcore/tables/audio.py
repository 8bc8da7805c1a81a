"""WAV files: the samples of each channel."""

from __future__ import annotations

import io
import warnings

import numpy as np

from rdcore.errors import TableError
from rdcore.tables.npy import of_array
from rdcore.tables.options import Reading
from rdcore.tables.table import Table
from rdcore.words import counted


def is_wav(data: bytes) -> bool:
    """Whether the bytes are a WAV file."""
    return data[:4] in (b"RIFF", b"RIFX", b"RF64") and data[8:12] == b"WAVE"


def read_wav(name: str, data: bytes, _reading: Reading) -> Table:
    """Return the samples of each channel, in the file's own steps of quantisation."""
    from scipy.io import wavfile

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", wavfile.WavFileWarning)
            rate, samples = wavfile.read(io.BytesIO(data))
    except Exception as error:
        raise TableError(
            f"{name} cannot be read as WAV: uncompressed samples (PCM or float) are accepted."
        ) from error
    if not isinstance(samples, np.ndarray) or samples.dtype.kind not in "iuf" or not samples.size:
        raise TableError(f"{name} has no samples.")
    note = f"{counted(int(rate))} samples per second."
    return of_array(name, "WAV", samples, label="sample", notes=(note,))
