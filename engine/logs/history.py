"""The past of many series in one table: the last day in slots, the last weeks in hours."""

import base64
import zlib
from collections.abc import Hashable, Sequence
from typing import Any, Generic, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from innkeeper.engine.logs.spread import no_moments
from innkeeper.engine.logs.statistics import Floats, row_medians

Key = TypeVar("Key", bound=Hashable)

HOUR_S = 3_600
RECENT_S = 24 * HOUR_S
WEEKS = 4
HOURS = WEEKS * 168 + 24
MIN_WEEKS = 3  # of the same hour of the week; below, the same hour of the last days
MIN_DAYS = 2


class Season(NamedTuple):
    """
    What a series has at a time of the week: (rows,) each, NaN where too few weeks or days are known.

    `low` and `high` are the hours around it: between two hours a rate may fall at once.
    """

    value: Floats
    low: Floats
    high: Floats
    weeks: NDArray[np.int64]  # earlier weeks that it rests on; 0 when it rests on days


class History(Generic[Key]):
    """
    Values per slot of up to `max_rows` series; the series not seen for longest make room.

    `recent` is (rows, slots of a day) and `hours` (rows, hours of `WEEKS` weeks and a day), both rings; NaN is
    "not known", which is also how a slot that was judged unusual is kept. A slot is numbered by Unix seconds // slot_s.
    """

    def __init__(self, slot_s: int, max_rows: int) -> None:
        if slot_s < 1 or HOUR_S % slot_s:
            raise ValueError(f"slot_s must divide an hour, not {slot_s!r}")
        self.slot_s = slot_s
        self.slots = RECENT_S // slot_s
        self.max_rows = max_rows
        self.rows: dict[Key, int] = {}
        self.next_slot: int | None = None  # the first one that is not written
        self.recent = np.full((0, self.slots), np.nan, dtype=np.float32)
        self.hours = np.full((0, HOURS), np.nan, dtype=np.float32)
        self.seen = np.zeros(0, dtype=np.int64)  # the last slot with a line
        self.moments = no_moments(0)  # see `spread`
        self._spare: list[int] = []  # rows whose series has made room
        self.changes = 0  # of `rows`, or of what they hold of the past: what was computed from them is void
        self._seasons: dict[tuple[int, int], Season] = {}  # by hour and days; void with `_seasons_of`
        self._seasons_of = (0, 0)

    def touch(self, key: Key, slot: int, like: Key | None = None) -> None:
        """
        Note that a series has lines in a slot; a new one knows nothing.

        Args:
            slot: The one that is about to be written.
            like: A new series has been zero wherever this one is known.
        """
        row = self.rows.get(key)
        if row is None:
            row = self._free()
            self.changes += 1
            self.rows[key] = row
            self.recent[row], self.hours[row] = np.nan, np.nan
            self.moments[row] = no_moments(1)
            source = self.rows.get(like) if like is not None else None
            if source is not None:
                self.recent[row] = self.recent[source] * 0
                self.hours[row] = self.hours[source] * 0
        self.seen[row] = slot

    def advance(self, slot: int) -> None:
        """Make `slot` the next one to be written; what lies between is not known."""
        if self.next_slot is None:
            self.next_slot = slot
        for each in range(max(self.next_slot, slot - self.slots), slot + 1):
            self.recent[:, each % self.slots] = np.nan
        hour, before = self.hour_of(slot), self.hour_of(self.next_slot)
        for each in range(max(before + 1, hour - HOURS), hour + 1):
            self.hours[:, each % HOURS] = np.nan
        self.next_slot = slot

    def turn_back(self, slot: int) -> None:
        """Forget what was written from `slot` on, which is then the next one to be written."""
        if self.next_slot is None or slot >= self.next_slot:
            return
        for each in range(max(slot, self.next_slot - self.slots), self.next_slot):
            self.recent[:, each % self.slots] = np.nan
        last = self.hour_of(self.next_slot)
        for each in range(max(self.hour_of(slot), last - HOURS + 1), last + 1):
            self.hours[:, each % HOURS] = np.nan
        self.seen = np.minimum(self.seen, slot)
        self.next_slot = slot
        self.changes += 1

    def write(self, values: Floats) -> None:
        """Write (rows,) values of the next slot, NaN where nothing is learnt; at the end of an hour, also its mean."""
        if self.next_slot is None:
            raise ValueError("advance to a slot before writing")
        slot = self.next_slot
        self.recent[:, slot % self.slots] = values
        self.next_slot = slot + 1
        per_hour = HOUR_S // self.slot_s
        if self.next_slot % per_hour == 0:
            last = self.last(per_hour, self.next_slot)
            known = (~np.isnan(last)).sum(axis=1)
            mean = np.nansum(last, axis=1) / np.maximum(known, 1)
            self.hours[:, self.hour_of(slot) % HOURS] = np.where(known * 2 >= per_hour, mean, np.nan)
            self.hours[:, self.hour_of(self.next_slot) % HOURS] = np.nan

    def hour_of(self, slot: int) -> int:
        """Hours since the epoch."""
        return slot * self.slot_s // HOUR_S

    def last(self, count: int, before: int, *, row: int | None = None) -> Floats:
        """(rows, count) values of the slots before `before`, oldest first, NaN where not known; or of one `row`."""
        newest = before if self.next_slot is None else min(before, self.next_slot)
        places = np.arange(before - count, before)
        table = self.recent if row is None else self.recent[row : row + 1]
        found = table[:, places % self.slots].astype(np.float64)
        found[:, (places >= newest) | (places < newest - self.slots)] = np.nan
        return found

    def seasons(self, slots: Sequence[int], *, days: int = 7) -> list[Season]:
        """
        The season at each of some slots, all after the last hour written or in it; between hours it is interpolated.

        Args:
            days: How many days back the same hour is asked where there are less than `MIN_WEEKS` weeks.
        """
        half = HOUR_S / 2
        spots = [divmod((slot + 0.5) * self.slot_s - half, HOUR_S) for slot in slots]
        needed = sorted({int(hour) + step for hour, _ in spots for step in (0, 1)})
        newest = self.hour_of(self.next_slot) if self.next_slot is not None else 0
        of_hour = {hour: self._season(hour, newest, days) for hour in needed}
        found = []
        for hour, rest in spots:
            first, second = of_hour[int(hour)], of_hour[int(hour) + 1]
            share = rest / HOUR_S
            value = first.value * (1 - share) + second.value * share
            low, high = np.minimum(first.value, second.value), np.maximum(first.value, second.value)
            found.append(Season(value, low, high, np.minimum(first.weeks, second.weeks)))
        return found

    def shift(self, row: int, *, times: float = 1.0, plus: float = 0.0) -> None:
        """Move the past of a row to a new level."""
        for table in (self.recent, self.hours):
            table[row] = table[row] * times + plus
        self.changes += 1

    def _season(self, hour: int, newest: int, days: int) -> Season:
        if self._seasons_of != (newest, self.changes):  # hours are written when the newest one is over
            self._seasons, self._seasons_of = {}, (newest, self.changes)
        if (hour, days) not in self._seasons:
            self._seasons[hour, days] = self._season_anew(hour, newest, days)
        return self._seasons[hour, days]

    def _season_anew(self, hour: int, newest: int, days: int) -> Season:
        weekly = self._hours(hour - np.arange(1, WEEKS + 1) * 168, newest)
        daily = self._hours(hour - np.arange(1, days + 1) * 24, newest)
        by_week, weeks = row_medians(weekly)
        by_day, known = row_medians(daily)
        usual = weeks >= MIN_WEEKS
        by_day = np.where(known >= MIN_DAYS, by_day, np.nan)
        value = np.where(usual, by_week, by_day)
        return Season(value, value, value, np.where(usual, weeks, 0))

    def _hours(self, hours: NDArray[np.int64], newest: int) -> Floats:
        found = self.hours[:, hours % HOURS].astype(np.float64)
        found[:, (hours >= newest) | (hours <= newest - HOURS)] = np.nan
        return found

    def _free(self) -> int:
        if not self._spare and len(self.rows) >= self.max_rows:  # some at once: each time means a look at all
            last = sorted(self.rows, key=lambda key: int(self.seen[self.rows[key]]))
            self._spare = [self.rows.pop(key) for key in last[: max(1, self.max_rows // 16)]]
        if self._spare:
            return self._spare.pop()
        if len(self.rows) < len(self.seen):
            return len(self.rows)
        more = max(16, len(self.seen))
        self.recent = np.vstack([self.recent, np.full((more, self.slots), np.nan, dtype=np.float32)])
        self.hours = np.vstack([self.hours, np.full((more, HOURS), np.nan, dtype=np.float32)])
        self.seen = np.concatenate([self.seen, np.zeros(more, dtype=np.int64)])
        self.moments = np.vstack([self.moments, no_moments(more)])
        return len(self.rows)

    def state(self) -> dict[str, Any]:
        """As JSON values; the tables are packed."""
        rows = list(self.rows.values())
        return {
            "keys": [list(key) for key in self.rows],  # type: ignore[call-overload]  # keys are tuples of strings
            "rows": list(range(len(rows))),
            "next_slot": self.next_slot,
            "recent": pack(self.recent[rows]),
            "hours": pack(self.hours[rows]),
            "seen": self.seen[rows].tolist(),
            "moments": pack(self.moments[rows]),
        }

    def restore(self, state: dict[str, Any], keys: Sequence[Key]) -> Self:
        """Take over a `state`; `keys` are its keys in their own type."""
        self.rows = dict(zip(keys, map(int, state["rows"]), strict=True))
        self.next_slot = state["next_slot"]
        self.recent = unpack(state["recent"], (len(keys), self.slots)).astype(np.float32)
        self.hours = unpack(state["hours"], (len(keys), HOURS)).astype(np.float32)
        self.moments = unpack(state["moments"], (len(keys), 4))
        self.seen = np.array(state["seen"], dtype=np.int64)
        return self


def pack(values: NDArray[Any]) -> str:
    """A table as text: nothing is rounded."""
    return base64.b64encode(zlib.compress(values.astype("<f8").tobytes(), 3)).decode("ascii")


def unpack(text: str, shape: tuple[int, ...]) -> Floats:
    """
    The table again.

    Raises:
        ValueError: It is not of that shape.
    """
    try:
        raw = zlib.decompress(base64.b64decode(text))
    except zlib.error as error:
        raise ValueError(f"a packed table is damaged: {error}") from error
    return np.frombuffer(raw, dtype="<f8").reshape(shape).copy()
