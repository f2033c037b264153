"""Weights learnt by `evals/assistant/reading.py`."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Weights:
    """
    Attributes:
        unit: (f,) of the log-odds that a unit answers, one per entry of `scoring.FEATURES`.
        known: (k + 1,) of the log-odds that the question is answered, one per `answerable.SIGNS`, and a constant.
    """

    unit: NDArray[np.float32]
    known: NDArray[np.float32]


@cache
def load_weights() -> Weights:
    """Read `weights.json`, once per process."""
    table = json.loads((files(__package__) / "weights.json").read_text(encoding="utf-8"))
    return Weights(*(np.array(list(table[part].values()), dtype=np.float32) for part in ("unit", "known")))
