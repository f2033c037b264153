"""
How far series usually are from their forecast, and what has been unusual for so long that it is the new normal.

Counts: the dispersion of a negative binomial by the method of moments, sum((x - m)² - m) / sum(m²), weighted towards
the present. Mean log durations: their variance. A squared distance counts as at most `_CLIP` variances, so that
incidents do not make the band wide.
"""

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.logs.statistics import Floats

FIRST_DISPERSION = 0.25  # of counts, until a dozen slots are known: ± 50 %
LEAST_DISPERSION = 0.01  # ± 10 %: nothing is steadier
FIRST_VARIANCE = 0.04  # of mean log durations: ± 20 %
LEAST_VARIANCE = 0.0016  # ± 4 %
_PRIOR_SLOTS = 12.0
_KEEP = 1 - 1 / 576  # a weight halves in about 33 hours of 5-minute slots
_CLIP = 9.0
_CHANGE_KEEP = 0.9  # of the level of an unusual stretch; an hour makes it

EXCESS, WEIGHT, UNUSUAL, CHANGE = range(4)  # the columns of a table of moments


def no_moments(rows: int) -> Floats:
    """The moments of `rows` series of which nothing is known: (rows, 4)."""
    moments = np.zeros((rows, 4))
    moments[:, CHANGE] = np.nan
    return moments


def dispersions(moments: Floats, mean: Floats) -> Floats:
    """(rows,) dispersions of counts with (rows,) means; at least `LEAST_DISPERSION`."""
    prior = _PRIOR_SLOTS * np.square(np.maximum(np.nan_to_num(mean), 0.1))
    found = (moments[:, EXCESS] + FIRST_DISPERSION * prior) / (moments[:, WEIGHT] + prior)
    return np.asarray(np.maximum(found, LEAST_DISPERSION), dtype=np.float64)


def variances(moments: Floats) -> Floats:
    """(rows,) variances of the log durations from slot to slot, beyond chance; at least `LEAST_VARIANCE`."""
    found = (moments[:, EXCESS] + FIRST_VARIANCE * _PRIOR_SLOTS) / (moments[:, WEIGHT] + _PRIOR_SLOTS)
    return np.asarray(np.maximum(found, LEAST_VARIANCE), dtype=np.float64)


def learn_counts(moments: Floats, found: Floats, mean: Floats, skip: NDArray[np.bool_]) -> None:
    """Add one slot: (rows,) counts, the forecast that came closest (NaN: none), and which rows are unusual."""
    usable = ~(np.isnan(found) | np.isnan(mean) | skip)
    variance = mean + dispersions(moments, mean) * np.square(mean)
    squared = np.minimum(np.square(found - mean), _CLIP * np.maximum(variance, 0.05))
    _add(moments, usable, squared - mean, np.square(mean))
    _note_unusual(moments, skip & ~np.isnan(found), (found + 0.5) / (np.nan_to_num(mean) + 0.5))


def learn_logs(moments: Floats, found: Floats, mean: Floats, skip: NDArray[np.bool_], noise: Floats) -> None:
    """The same for mean log durations; `noise` is what their variance is by chance, because they are means of few."""
    usable = ~(np.isnan(found) | np.isnan(mean) | skip)
    squared = np.minimum(np.square(found - mean), _CLIP * (variances(moments) + noise))
    _add(moments, usable, squared - noise, np.ones_like(squared))
    _note_unusual(moments, skip & ~np.isnan(found), found - np.nan_to_num(mean))


def accepted(moments: Floats, after: int) -> dict[int, float]:
    """Rows that were unusual for `after` slots, and by how much; they start anew."""
    rows = np.flatnonzero(moments[:, UNUSUAL] >= after)
    changes = {int(row): float(moments[row, CHANGE]) for row in rows}
    moments[rows, UNUSUAL], moments[rows, CHANGE] = 0.0, np.nan
    return changes


def _add(moments: Floats, usable: NDArray[np.bool_], excess: Floats, weight: Floats) -> None:
    moments[usable, EXCESS] = moments[usable, EXCESS] * _KEEP + excess[usable]
    moments[usable, WEIGHT] = moments[usable, WEIGHT] * _KEEP + weight[usable]
    moments[usable, UNUSUAL] = np.maximum(moments[usable, UNUSUAL] - 2, 0)  # a quiet slot does not end a stretch


def _note_unusual(moments: Floats, rows: NDArray[np.bool_], change: Floats) -> None:
    before = moments[rows, CHANGE]
    mixed = before * _CHANGE_KEEP + change[rows] * (1 - _CHANGE_KEEP)
    moments[rows, CHANGE] = np.where(np.isnan(before), change[rows], mixed)
    moments[rows, UNUSUAL] += 1
