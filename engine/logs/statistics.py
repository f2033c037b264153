"""
The statistics of the detectors, in closed form: importing scipy takes longer than a sweep.

Counts of log lines scatter more than a Poisson law allows, because one cause writes many lines; so they are taken as
negative binomial (NB2): variance = mean + dispersion · mean². Its tails, and the binomial's, are regularised
incomplete beta functions. Sources: NIST Digital Library of Mathematical Functions 8.17.5 and 8.17.24 (binomial and
negative binomial sums) and 8.17.22 (continued fraction), evaluated as by Lentz (Press et al., Numerical Recipes,
3rd ed., 5.2 and 6.4). The tests compare all of them with scipy.
"""

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAD_TO_SIGMA = 1.4826  # of a normal distribution: 1 / its 0.75 quantile
_TINY = 1e-300
_CLOSE = 1e-13
_MAX_STEPS = 20_000  # the fraction takes about sqrt(max(a, b)) steps


def beta_cdf(a: float, b: float, x: float) -> float:
    """
    The regularised incomplete beta function I_x(a, b), in [0, 1].

    Args:
        a, b: Above 0.
        x: In [0, 1].

    Raises:
        ValueError: An argument is out of its range.
    """
    if not (a > 0 and b > 0 and 0 <= x <= 1):
        raise ValueError(f"a and b must be above 0 and x in [0, 1], not {a!r}, {b!r}, {x!r}")
    if x in (0.0, 1.0):
        return x
    front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    if x < (a + 1) / (a + b + 2):  # where the fraction converges fast; else by I_x(a, b) = 1 - I_{1-x}(b, a)
        return min(1.0, math.exp(front) * _fraction(a, b, x) / a)
    return max(0.0, 1.0 - math.exp(front) * _fraction(b, a, 1 - x) / b)


def _fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 / _away(1.0 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MAX_STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 / _away(1.0 + term * d)
            c = _away(1.0 + term / c)
            value *= d * c
        if abs(d * c - 1.0) < _CLOSE:
            break
    return value


def _away(value: float) -> float:
    """Never zero, because it is divided by."""
    return value if abs(value) > _TINY else _TINY


def at_least(count: float, mean: float, dispersion: float) -> float:
    """P(X >= count) of a negative binomial X with variance mean + dispersion · mean²; dispersion above 0."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    size = 1.0 / dispersion
    return beta_cdf(count, size, mean / (mean + size))


def at_most(count: float, mean: float, dispersion: float) -> float:
    """P(X <= count) of the same X; at_most(0, …) is that of silence, (1 + dispersion · mean)^(-1/dispersion)."""
    if count < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    size = 1.0 / dispersion
    return beta_cdf(size, count + 1, size / (mean + size))


def share_at_least(hits: float, trials: float, share: float) -> float:
    """
    P(X >= hits) of a binomial X; `hits` and `trials` need not be whole.

    Over-dispersed counts are divided by their design effect before (Rao and Scott 1992), which makes fractions.
    """
    if hits <= 0 or share >= 1:
        return 1.0
    if share <= 0 or hits > trials:
        return 0.0
    return beta_cdf(hits, trials - hits + 1, share)


def normal_at_least(z: float) -> float:
    """P(Z >= z) of a standard normal Z."""
    return 0.5 * math.erfc(z / math.sqrt(2))


def corrected(p_value: float, looked_at: int) -> float:
    """Bonferroni: the chance that any of `looked_at` series comes out so far by itself, in [0, 1]."""
    return min(1.0, p_value * max(1, looked_at))


def row_medians(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """
    The median of each row without its NaN, and how many values it rests on.

    Args:
        values: (rows, columns).

    Returns:
        (rows,) medians, NaN where a row has no value; (rows,) counts.
    """
    return row_quantiles(values, 0.5)


def row_quantiles(values: Floats, share: float) -> tuple[Floats, NDArray[np.int64]]:
    """The same of another quantile, in [0, 1]: the mean of the two values around it."""
    ordered = np.sort(values, axis=1)  # NaN go last
    counts = np.asarray((~np.isnan(values)).sum(axis=1), dtype=np.int64)
    return quantiles_of(ordered, counts, share), counts


def quantiles_of(ordered: Floats, counts: NDArray[np.int64], share: float) -> Floats:
    """(rows,) quantiles of rows that are sorted and whose first `counts` values are known."""
    if not ordered.shape[1]:
        return np.full(len(ordered), np.nan)
    place, rows = share * np.maximum(counts - 1, 0), np.arange(len(ordered))
    low = ordered[rows, np.floor(place).astype(np.int64)]
    high = ordered[rows, np.ceil(place).astype(np.int64)]
    return np.asarray((low + high) / 2, dtype=np.float64)
