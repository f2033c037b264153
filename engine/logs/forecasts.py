"""What the next slot of each series should bring, from the hours before it and the same hours of earlier weeks."""

from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.logs.history import HOUR_S, History
from innkeeper.engine.logs.spread import dispersions, variances
from innkeeper.engine.logs.statistics import Floats, quantiles_of, row_medians
from innkeeper.schemas.logs import BaselineKind

MIN_SLOTS = 12  # of the last day; below, there is not enough data
MIN_DURATION_SLOTS = 36
_FEW = 5.0  # lines in a slot; below, a median says nothing and the mean is taken
_SHRINK = 5.0  # lines that pull the level of the day towards the usual one
_MAX_LEVEL = 4.0  # of the day against the usual one: a full house, a holiday


class Forecast(NamedTuple):
    """
    Of all rows, (rows,) each, per slot: lines, or log of ms.

    Attributes:
        mid: The best guess; NaN where nothing is known.
        up: The highest that may be normal by either way of looking, to judge what is too much.
        down: The lowest, to judge what is too little.
        peak: The highest of the last day.
        spread: Dispersion of counts, variance of log durations.
        weeks: Earlier weeks that the season rests on; 0 when there is none by the hour of the week.
        is_seasonal: Whether the season is known at all, be it from the last days.
        size: Slots that all of it rests on; 0 when there is not enough data.
    """

    mid: Floats
    up: Floats
    down: Floats
    peak: Floats
    spread: Floats
    weeks: NDArray[np.int64]
    is_seasonal: NDArray[np.bool_]
    size: NDArray[np.int64]

    def closest_to(self, found: Floats) -> Floats:
        """Of the guesses that a value is judged by, the one that came closest to `found`."""
        guesses = np.stack([self.down, self.mid, self.up])
        distances = np.where(np.isnan(guesses), np.inf, np.abs(guesses - np.nan_to_num(found)))
        return np.asarray(np.take_along_axis(guesses, distances.argmin(axis=0)[None], axis=0)[0], dtype=np.float64)

    def kind(self, row: int) -> BaselineKind:
        """What the forecast of a row rests on."""
        if not self.size[row]:
            return BaselineKind.NONE
        return BaselineKind.SEASONAL if self.weeks[row] else BaselineKind.ROBUST


def forecast_counts(history: History[Any], slot: int, *, behind: int = 0) -> Forecast:
    """
    Lines that `slot` should bring, to one who knows nothing of the last `behind` slots.

    Two guesses: the level of the last hour, and the season (the same hour of the week, else of the last days) times
    the level of the day. What begins suddenly is far from both; a morning, a Sunday or a holiday is close to one.
    """
    per_hour = HOUR_S // history.slot_s
    known = slot - behind
    day = history.last(history.slots, known)
    ordered = np.sort(day, axis=1)  # NaN go last
    low, level, high, size = _levels(day, ordered, per_hour)
    *before, now = history.seasons([*range(known - per_hour, known), slot])
    of_day = _level_of_day(day[:, -per_hour:], np.stack([each.value for each in before], axis=1))
    lowest = quantiles_of(ordered, size, 0.1)
    is_seasonal = ~np.isnan(now.value)
    mid = np.where(is_seasonal, now.value * of_day, level)
    size = np.where((size >= MIN_SLOTS) | (now.weeks > 0), size, 0)
    return Forecast(
        mid=mid,
        up=np.fmax(high, now.high * np.maximum(of_day, np.sqrt(of_day))),  # half the way back to the usual level ...
        down=np.where(is_seasonal, np.fmin(low, now.low * np.minimum(of_day, np.sqrt(of_day))), np.fmin(low, lowest)),
        peak=_peaks(day),
        spread=dispersions(history.moments, mid),
        weeks=now.weeks,
        is_seasonal=is_seasonal,
        size=np.where(now.weeks > 0, now.weeks * per_hour, size),
    )


def forecast_durations(history: History[Any], slot: int) -> Forecast:
    """Mean log of ms that `slot` should bring: the season over all that is held, else the median of the last day."""
    day = history.last(history.slots, slot)
    level, size = row_medians(day)
    season = history.seasons([slot], days=28)[0]
    is_seasonal = ~np.isnan(season.value)
    mid = np.where(is_seasonal, season.value, level)
    size = np.where((size >= MIN_DURATION_SLOTS) | (season.weeks > 0), size, 0)
    return Forecast(
        mid=mid,
        up=mid,
        down=mid,
        peak=_peaks(day),
        spread=variances(history.moments),
        weeks=season.weeks,
        is_seasonal=is_seasonal,
        size=np.where(season.weeks > 0, season.weeks * (HOUR_S // history.slot_s), size),
    )


def row_of(history: History[Any], key: Hashable, forecast: Forecast) -> int | None:
    """The row of a series that is known well enough to be compared with, else None."""
    row = history.rows.get(key)
    return row if row is not None and forecast.size[row] else None


def _levels(day: Floats, ordered: Floats, per_hour: int) -> tuple[Floats, Floats, Floats, NDArray[np.int64]]:
    """Lowest, middle and highest level of the last hours, and the slots of the day that are known."""
    known = (~np.isnan(day)).sum(axis=1)
    whole = _means(day, ordered)
    median, in_hour = row_medians(day[:, -per_hour:])
    hour = np.where(median >= _FEW, median, _means(day[:, -per_hour:]))
    hour = np.where(in_hour * 3 >= per_hour, hour, np.nan)
    hours = np.where(median >= _FEW, hour, _means(day[:, -6 * per_hour :]))  # few lines tell little about an hour
    hours = np.where(np.isnan(hours), whole, hours)
    return np.fmin(hour, hours), hours, np.fmax(hour, hours), known


def _means(values: Floats, ordered: Floats | None = None) -> Floats:
    """Means of rows in which a burst counts as three times a high value; `ordered` are the same values, sorted."""
    known = np.asarray((~np.isnan(values)).sum(axis=1), dtype=np.int64)
    high = quantiles_of(np.sort(values, axis=1) if ordered is None else ordered, known, 0.8)
    limit = 3 * np.nan_to_num(high) + 3
    clipped = np.nansum(np.minimum(values, limit[:, None]), axis=1)
    return np.where(known > 0, clipped / np.maximum(known, 1), np.nan)


def _level_of_day(hour: Floats, usual: Floats) -> Floats:
    both = ~(np.isnan(hour) | np.isnan(usual))
    came = np.where(both, hour, 0.0).sum(axis=1)
    should = np.where(both, usual, 0.0).sum(axis=1)
    level = (came + _SHRINK) / (should + _SHRINK)
    return np.asarray(np.clip(level, 1 / _MAX_LEVEL, _MAX_LEVEL), dtype=np.float64)


def _peaks(day: Floats) -> Floats:
    return np.asarray(np.where(np.isnan(day), 0.0, day).max(axis=1, initial=0.0), dtype=np.float64)
