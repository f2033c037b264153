"""Times of log lines, as the many writers of logs spell them, in Unix seconds."""

import datetime as dt
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

_MONTHS = {"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6}
_MONTHS |= {"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12}
_ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "ICT": 7 * 3600}  # other abbreviations mean several zones each
_AHEAD_S = 86_400.0  # a clock or a zone may be wrong by that much; beyond it the year is
_EARLIEST = 1e8  # in 1973; year 1 is how Go writes that no time was set, and 1970 how others do
_MANY = 4_096  # entries of a cache, before it starts anew
_CLOCK = r"(\d\d)[:.](\d\d)[:.](\d\d)(?:[.,:](\d{1,9}))?"
_OFFSET = r"(?: ?(Z|UTC|GMT|ICT|[+-]\d\d:?\d\d|[+]\d\d)(?![\w:]))?"

_ISO = re.compile(r"(\d{4}([-/.])\d\d\2\d\d[T _-]\d\d([:.])\d\d)\3(\d\d)(?:[.,:](\d{1,9}))?" + _OFFSET)
_MONTH_DAY = re.compile(r"([A-Z][a-z]{2})  ?(\d{1,2})(?: (\d{4}))? " + _CLOCK)  # Jan 17 08:30:00: syslog
_WEEKDAY = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2})  ?(\d{1,2}) " + _CLOCK + r" (\d{4})")  # Apache's errors, ctime
_DAY_MONTH = re.compile(r"(\d{1,2})[/ -]([A-Z][a-z]{2})[/ -](\d{4})[: ]" + _CLOCK + _OFFSET)  # access logs, RFC 2822
_KLOG = re.compile(r"(\d\d)(\d\d) " + _CLOCK)  # 0117 08:30:00.123456
_DENSE = re.compile(
    r"(\d{4})(\d\d)(\d\d)[-T _](\d{1,2}):?(\d{1,2}):?(\d{1,2})(?:[.,:](\d{1,9}))?"
)  # 20250117-08:30:00:1
_SHORT_DENSE = re.compile(r"(\d\d)(\d\d)(\d\d) (\d\d):?(\d\d):?(\d\d)(?:[.,](\d{1,9}))?(?![\d:])")  # 250117 083000
_SHORT_YEAR = re.compile(r"(\d\d)/(\d\d)/(\d\d) " + _CLOCK)  # 25/01/17 08:30:00
_NO_YEAR = re.compile(r"(\d\d)[-./](\d\d) " + _CLOCK)  # 01-17 08:30:00.123
_EPOCH = re.compile(r"(\d{10})(?:[.,](\d{1,9})|(\d{3}))?(?![\w.:-])")
_TIME_ONLY = re.compile(_CLOCK + r"(?![\w:])")

Found = tuple[float, int]  # Unix seconds, and where in the text the time ends


def epoch_of(number: float) -> float:
    """Unix seconds of a number in seconds, milliseconds, microseconds or nanoseconds."""
    size = abs(number)
    for unit in (1e9, 1e6, 1e3):
        if size >= 1e8 * unit:  # 1e8 s is in 1973
            return number / unit
    return number


class Clock:
    """
    Reads times.

    Args:
        zone: Of times that name none: an IANA name.
        now: Unix seconds; a time without a year is the latest one that is not after it.

    Raises:
        KeyError, ValueError: There is no such zone.
    """

    def __init__(self, zone: str, now: float) -> None:
        self._zone = ZoneInfo(zone)
        self._now = now
        self._minutes: dict[tuple[str, str | None], float | None] = {}
        self._utc: dict[str, float] = {}  # by "2025-01-17T08:30:", where a Z follows the seconds
        self._days: dict[str, float | None] = {}
        self._last = 0

    def of_text(self, text: str) -> float | None:
        """Unix seconds of a text that is a time and nothing else; None when it is none."""
        minute = self._utc.get(text[:17])
        if minute is not None and text[-1] == "Z":
            try:
                seconds = float(text[17:-1])
            except ValueError:  # a comma, say
                return self._of_iso(text)
            return minute + seconds if 0 <= seconds < 61 else None
        if text[4:5] in ("-", "/", ".") and text[16:17] in (":", "."):
            return self._of_iso(text)
        if text.isascii() and text.isdigit():
            return epoch_of(float(text)) if 9 <= len(text) <= 19 else None
        found = self.at_start(text.lstrip("["))
        return found[0] if found else None

    def _of_iso(self, text: str) -> float | None:
        found = self._iso(text)
        if found is None:
            return None
        if text.endswith("Z") and found[1] == len(text):
            if len(self._utc) >= _MANY:
                self._utc.clear()
            minute = self._minutes[text[:16], "Z"]
            if minute is not None:
                self._utc[text[:17]] = minute
        return found[0]

    def at_start(self, text: str) -> Found | None:
        """The time that `text` begins with."""
        readers = _READERS
        last = self._last
        found = readers[last](self, text)  # lines of one file look alike
        if found is not None:
            return found
        for at, reader in enumerate(readers):
            if at != last and (found := reader(self, text)) is not None:
                self._last = at
                return found
        return None

    def _iso(self, text: str) -> Found | None:
        match = _ISO.match(text)
        if match is None:
            return None
        minute, _, _, seconds, fraction, offset = match.groups()
        start = self._minutes.get((minute, offset), -1.0)
        if start == -1.0:
            start = self._minute(minute, offset)
        if start is None:
            return None
        at = start + int(seconds)
        return (at + int(fraction) / 10 ** len(fraction) if fraction else at), match.end()

    def _minute(self, text: str, offset: str | None) -> float | None:
        """Of "2025-01-17T08:30"; remembered, since thousands of lines share a minute."""
        if len(self._minutes) >= _MANY:
            self._minutes.clear()
        parts = (int(text[:4]), int(text[5:7]), int(text[8:10]), int(text[11:13]), int(text[14:16]))
        found = self._moment(*parts, 0, None, offset)
        self._minutes[text, offset] = found
        return found

    def _moment(
        self, year: int, month: int, day: int, hour: int, minute: int, second: int,
        fraction: str | None, offset: str | None,
    ) -> float | None:  # fmt: skip
        try:
            moment = dt.datetime(
                year, month, day, hour, minute, min(second, 59), tzinfo=self._tz(offset)
            )  # a leap second
            at = moment.timestamp()
        except (ValueError, OverflowError):
            return None
        if at < _EARLIEST:
            return None
        return at + int(fraction) / 10 ** len(fraction) if fraction else at

    def _tz(self, offset: str | None) -> dt.tzinfo:
        if offset is None:
            return self._zone
        if offset in _ZONES:
            return dt.timezone(dt.timedelta(seconds=_ZONES[offset]))
        minutes = int(offset[1:3]) * 60 + (int(offset[-2:]) if len(offset) > 3 else 0)
        return dt.timezone(dt.timedelta(minutes=-minutes if offset[0] == "-" else minutes))

    def _without_year(self, month: int, day: int, clock: tuple[str, ...]) -> float | None:
        """The latest such time that is not in the future; 29 February may be eight years back."""
        hour, minute, second, fraction = clock
        this_year = dt.datetime.fromtimestamp(self._now, tz=self._zone).year
        for year in range(this_year + 1, this_year - 9, -1):
            at = self._moment(year, month, day, int(hour), int(minute), int(second), fraction, None)
            if at is not None and at <= self._now + _AHEAD_S:
                return at
        return None

    def _month_day(self, text: str) -> Found | None:
        match = _MONTH_DAY.match(text)
        if match is None or (month := _MONTHS.get(match[1].lower())) is None:
            return None
        clock = match.groups()[3:]
        if match[3]:
            hour, minute, second, fraction = clock
            at = self._moment(int(match[3]), month, int(match[2]), int(hour), int(minute), int(second), fraction, None)
        else:
            at = self._cached(match[0], lambda: self._without_year(month, int(match[2]), clock))
        return None if at is None else (at, match.end())

    def _cached(self, text: str, read: Callable[[], float | None]) -> float | None:
        if text not in self._days:
            if len(self._days) >= _MANY:
                self._days.clear()
            self._days[text] = read()
        return self._days[text]

    def _weekday(self, text: str) -> Found | None:
        match = _WEEKDAY.match(text)
        if match is None or (month := _MONTHS.get(match[1].lower())) is None:
            return None
        _, day, hour, minute, second, fraction, year = match.groups()
        at = self._moment(int(year), month, int(day), int(hour), int(minute), int(second), fraction, None)
        return None if at is None else (at, match.end())

    def _day_month(self, text: str) -> Found | None:
        match = _DAY_MONTH.match(text)
        if match is None or (month := _MONTHS.get(match[2].lower())) is None:
            return None
        day, _, year, hour, minute, second, fraction, offset = match.groups()
        at = self._moment(int(year), month, int(day), int(hour), int(minute), int(second), fraction, offset)
        return None if at is None else (at, match.end())

    def klog(self, text: str) -> Found | None:
        """The time of a klog header, after its letter: "0117 08:30:00.123456"."""
        match = _KLOG.match(text)
        return self._yearless(match)

    def _no_year(self, text: str) -> Found | None:
        return self._yearless(_NO_YEAR.match(text))

    def _yearless(self, match: re.Match[str] | None) -> Found | None:
        if match is None:
            return None
        month, day, *clock = match.groups()
        at = self._without_year(int(month), int(day), tuple(clock))
        return None if at is None else (at, match.end())

    def _dense(self, text: str) -> Found | None:
        return self._numbers(_DENSE.match(text), 0)

    def _short_dense(self, text: str) -> Found | None:
        return self._numbers(_SHORT_DENSE.match(text), 2_000)

    def _short_year(self, text: str) -> Found | None:
        return self._numbers(_SHORT_YEAR.match(text), 2_000)

    def _numbers(self, match: re.Match[str] | None, century: int) -> Found | None:
        if match is None:
            return None
        year, month, day, hour, minute, second, fraction = match.groups()
        at = self._moment(
            century + int(year), int(month), int(day), int(hour), int(minute), int(second), fraction, None
        )
        return None if at is None else (at, match.end())

    def _epoch(self, text: str) -> Found | None:
        match = _EPOCH.match(text)
        if match is None:
            return None
        fraction = match[2] or match[3]
        return int(match[1]) + (int(fraction) / 10 ** len(fraction) if fraction else 0.0), match.end()

    def _time_only(self, text: str) -> Found | None:
        """A time of today, or of yesterday where today's is still to come."""
        match = _TIME_ONLY.match(text)
        if match is None:
            return None
        hour, minute, second, fraction = match.groups()
        today = dt.datetime.fromtimestamp(self._now, tz=self._zone).date()
        for day in (today, today - dt.timedelta(days=1)):
            at = self._moment(day.year, day.month, day.day, int(hour), int(minute), int(second), fraction, None)
            if at is not None and at <= self._now + 60:
                return at, match.end()
        return None


_READERS: tuple[Callable[[Clock, str], Found | None], ...] = (
    Clock._iso,
    Clock._month_day,
    Clock._weekday,
    Clock._day_month,
    Clock._short_dense,
    Clock._short_year,
    Clock._dense,
    Clock._no_year,
    Clock._epoch,
    Clock._time_only,
)
