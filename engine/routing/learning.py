"""Pieces of the training: vectors of feature counts, logistic regressions, the stacker. Needs scikit-learn."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

MIN_DOCUMENTS = 2  # a feature seen in one example only teaches nothing
INVERSE_REGULARISATION = 20.0  # liblinear's C; 10 to 40 give the same on our own cases

Floats = NDArray[np.float32]
Counts = Counter[int]


@dataclass(frozen=True)
class Weights:
    """One-vs-rest logistic regressions: log-odds = x · weights + bias."""

    weights: Floats  # (inputs, outputs)
    bias: Floats  # (outputs,)


class Vectorizer:
    """Feature counts to unit vectors; learns which features exist and their inverse document frequency."""

    def __init__(self, documents: Sequence[Counts]) -> None:
        frequency = Counter(code for document in documents for code in document)
        self.hashes = sorted(code for code, count in frequency.items() if count >= MIN_DOCUMENTS)
        self.idf = np.array(
            [np.log((1 + len(documents)) / (1 + frequency[code])) + 1 for code in self.hashes], dtype=np.float32
        )
        self.column = {code: column for column, code in enumerate(self.hashes)}

    def matrix(self, documents: Sequence[Counts]) -> csr_matrix:
        """Sparse (documents, features), each row of length 1."""
        starts, columns, values = [0], [], []
        for document in documents:
            known = [(self.column[code], count) for code, count in document.items() if code in self.column]
            rows = np.array([column for column, _ in known], dtype=np.int32)
            row = (1 + np.log(np.array([count for _, count in known], dtype=np.float32))) * self.idf[rows]
            columns.append(rows)
            values.append(row / (np.linalg.norm(row) or 1))
            starts.append(starts[-1] + len(rows))
        return csr_matrix(
            (np.concatenate(values), np.concatenate(columns), starts), shape=(len(documents), len(self.hashes))
        )


def one_vs_rest(matrix: Any, truth: NDArray[np.bool_], c: float = INVERSE_REGULARISATION) -> Weights:
    """Fit one logistic regression per column of `truth`."""

    def fit(column: int) -> tuple[Floats, float]:
        model = LogisticRegression(C=c, solver="liblinear", random_state=0).fit(matrix, truth[:, column])
        return model.coef_[0].astype(np.float32), float(model.intercept_[0])

    fitted = Parallel(n_jobs=-1, max_nbytes=None)(delayed(fit)(column) for column in range(truth.shape[1]))
    return Weights(
        np.stack([weights for weights, _ in fitted], axis=1), np.array([bias for _, bias in fitted], dtype=np.float32)
    )


def fit_stacker(inputs: Sequence[Floats], truth: NDArray[np.bool_]) -> Weights:
    """Weights (3, k) and bias (3,): for all subcategories together, for `nobody`, for `manipulation`."""
    stacked = np.stack(inputs)  # (examples, labels, k)
    width = stacked.shape[2]
    groups = [
        (stacked[:, :-2].reshape(-1, width), truth[:, :-2].ravel()),
        (stacked[:, -2], truth[:, -2]),
        (stacked[:, -1], truth[:, -1]),
    ]
    weights, bias = [], []
    for x, y in groups:
        mean, deviation = x.mean(axis=0), x.std(axis=0) + 1e-6
        model = LogisticRegression(C=10, max_iter=1000).fit((x - mean) / deviation, y)
        weights.append(model.coef_[0] / deviation)
        bias.append(model.intercept_[0] - (model.coef_[0] * mean / deviation).sum())
    return Weights(np.array(weights, dtype=np.float32), np.array(bias, dtype=np.float32))
