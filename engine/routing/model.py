"""The trained router: linear scores over cheap features, and over a sentence embedding where those are unsure."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.embedding import embed_query
from innkeeper.engine.routing.clauses import Clause, clauses
from innkeeper.engine.routing.features import features

Floats = NDArray[np.float32]

NOBODY, MANIPULATION = "nobody", "manipulation"  # two labels beside the subcategories: nobody acts; an attack
EMBEDDED_CHARS = 140  # about 0.3 ms a character; what a longer text starts with tells most
UNSURE_NOBODY = (0.2, 0.9)  # dropping a real request is the worst mistake, so it is looked at twice
UNSURE = (
    0.35,
    0.65,
)  # a label between these asks for the embedding; wider costs time and gains nothing (decision 0002)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model makes of one message."""

    probabilities: Floats  # (labels,): calibrated, in the order of `RouterModel.labels`
    clause_scores: Floats  # (clauses, labels): log-odds
    clause_priority: Floats  # (clauses, 4): log-odds before the subcategory is known
    clauses: list[Clause]
    sentiment: Floats  # (3,): log-odds
    intent: Floats  # (10,): log-odds
    priority: Floats  # (4,): log-odds before the subcategory is known
    embedded: bool


@dataclass(frozen=True)
class Stacker:
    """
    Logistic regression that turns a label's scores into one calibrated probability.

    Wolpert 1992, "Stacked generalization": trained on scores that each came from a model which had not seen the
    example. One set of weights serves all subcategories; `nobody` and `manipulation` have their own.
    """

    weights: Floats  # (3, k)
    bias: Floats  # (3,)

    def probabilities(self, inputs: Floats) -> Floats:
        """Probabilities (labels,) from `inputs` (labels, k)."""
        group = np.zeros(len(inputs), dtype=np.intp)
        group[-2:] = (1, 2)
        return sigmoid((inputs * self.weights[group]).sum(axis=1) + self.bias[group])


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), dtype=np.float32)


def stacker_inputs(whole: Floats, by_clause: Floats, embedded: Floats | None) -> Floats:
    """
    What a stacker reads, per label.

    Args:
        whole: (labels,) log-odds of the whole message.
        by_clause: (clauses, labels) log-odds of each clause.
        embedded: (labels,) log-odds from the embedding, when it was asked.

    Returns:
        (labels, 8), or (labels, 11) with an embedding.
    """
    labels = len(whole)
    best = by_clause.max(axis=0)
    leads = np.zeros(labels, dtype=np.float32)  # 1 where some clause ranks the label first
    leads[by_clause[:, :-2].argmax(axis=1)] = 1
    count = np.full(labels, np.log(len(by_clause)), dtype=np.float32)
    columns = [
        whole,
        best,
        leads,
        count,
        np.full(labels, whole.max()),
        np.full(labels, whole[-2]),
        count * whole,
        count * best,
    ]
    if embedded is not None:
        columns += [embedded, np.full(labels, embedded[-2]), np.full(labels, embedded.max())]
    return np.stack(columns, axis=1).astype(np.float32)


class RouterModel:
    """
    Trained weights, loaded from `model.npz` and described by `model.json`.

    Columns of the linear weights, in order: labels (subcategories, nobody, manipulation), sentiments, intents,
    priorities. A feature's value is (1 + ln count) · idf, and a text's vector has length 1.
    """

    def __init__(self, arrays: dict[str, Any], description: dict[str, Any]) -> None:
        self.labels: tuple[str, ...] = tuple(description["labels"])
        self.version: str = description["version"]
        self.sha256: str = description["sha256"]
        self._column: dict[int, int] = dict(zip(arrays["hashes"].tolist(), range(len(arrays["hashes"])), strict=True))
        self._idf: Floats = arrays["idf"].astype(np.float32)
        self._weights: NDArray[np.int8] = arrays["weights"]
        self._scale: Floats = arrays["scale"]
        self._bias: Floats = arrays["bias"]
        self._embedding_mean: Floats = arrays["embedding_mean"]
        self._embedding_weights: Floats = arrays["embedding_weights"].astype(np.float32)
        self._embedding_bias: Floats = arrays["embedding_bias"]
        self._cheap = Stacker(arrays["cheap_weights"], arrays["cheap_bias"])
        self._full = Stacker(arrays["full_weights"], arrays["full_bias"])
        self.priority_by_subcategory: Floats = arrays["priority_by_subcategory"]  # (subcategories, 4): log-odds to add
        self.priority_of_hazard: Floats = arrays["priority_of_hazard"]  # (4,): log-odds to add when a hazard was found

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each label."""
        return {label: position for position, label in enumerate(self.labels)}

    @classmethod
    def load(cls) -> "RouterModel":
        """Load the packaged model; raise `ValueError` when its hash is not the described one."""
        folder = files("innkeeper.engine.routing")
        description = json.loads(folder.joinpath("model.json").read_text(encoding="utf-8"))
        with as_file(folder.joinpath("model.npz")) as path:
            return cls(load_arrays(path, description["sha256"]), description)

    def read(self, text: str, *, embed: bool = True) -> Reading:
        """
        Score one message.

        Args:
            text: Cleaned text.
            embed: Ask the embedder when the cheap features are unsure (about 20 ms).
        """
        pieces = clauses(text)
        scores = self.linear(text)
        n = len(self.labels)
        parts = np.stack([self.linear(piece.text) for piece in pieces]) if len(pieces) > 1 else scores[None]
        by_clause = parts[:, :n]
        probabilities = self._cheap.probabilities(stacker_inputs(scores[:n], by_clause, None))
        embedded = self._embedded(text) if embed and is_unsure(probabilities) else None
        if embedded is not None:
            probabilities = self._full.probabilities(stacker_inputs(scores[:n], by_clause, embedded))
        return Reading(
            probabilities=probabilities,
            clause_scores=by_clause,
            clause_priority=parts[:, n + 13 :],
            clauses=pieces,
            sentiment=scores[n : n + 3],
            intent=scores[n + 3 : n + 13],
            priority=scores[n + 13 :],
            embedded=embedded is not None,
        )

    def linear(self, text: str) -> Floats:
        """Log-odds (labels + 3 + 10 + 4,) of `text` from the cheap features."""
        found = [(self._column[code], count) for code, count in Counter(features(text)).items() if code in self._column]
        if not found:
            return self._bias
        columns, counts = zip(*found, strict=True)
        rows = np.fromiter(columns, dtype=np.intp)
        values = (1 + np.log(np.fromiter(counts, dtype=np.float32))) * self._idf[rows]
        values /= np.linalg.norm(values)
        return np.asarray(values @ self._weights[rows].astype(np.float32) * self._scale + self._bias, dtype=np.float32)

    def _embedded(self, text: str) -> Floats | None:
        vector = embed_query(text[:EMBEDDED_CHARS])
        if vector is None:
            return None
        centred = vector - self._embedding_mean
        centred /= np.linalg.norm(centred)
        return np.asarray(centred @ self._embedding_weights + self._embedding_bias, dtype=np.float32)


def is_unsure(probabilities: Floats) -> bool:
    """Whether another opinion is worth its price: a probability is neither clearly no nor clearly yes."""
    low, high = UNSURE
    nobody = float(probabilities[-2])
    return bool(
        UNSURE_NOBODY[0] < nobody < UNSURE_NOBODY[1]
        or ((probabilities > low) & (probabilities < high)).any()
        or probabilities.max() < high
    )


def load_arrays(path: Path, sha256: str) -> dict[str, Any]:
    """Read an `.npz` of plain arrays (no pickle, so no code) after checking its hash."""
    data = path.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ValueError(
            f"{path.name} has SHA-256 {found}, model.json says {sha256}: rebuild it with `make train-routing`"
        )
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}
