"""Days that an answer may name: those of its sources, today and tomorrow, and the nights between two of them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import combinations

_MAX_SPAN = 60  # nights
_MAX_DAYS = 12  # of one passage, whose differences are taken


class Days:
    """
    Dates as ISO values, with or without a year.

    Attributes:
        spans: Numbers of nights or days between two dates of one source.
        years: That are named, or are the year of a date.
    """

    def __init__(self, today: dt.date | None) -> None:
        self.today = today
        self.spans: set[str] = set()
        self.years: set[str] = set()
        self._dates: set[dt.date] = set()
        self._yearless: set[str] = set()
        self._partial: set[str] = set()
        self._weekdays: set[int] = set()
        if today is not None:
            for day in (today, today + dt.timedelta(1)):
                self.add_piece([day.isoformat()], [], exact=True)

    def add_piece(self, dates: Iterable[str], weekdays: Iterable[str], *, exact: bool = False) -> None:
        """
        The dates and weekdays of one passage, one question or one field.

        Args:
            exact: They are dates of data, so that their weekdays may be named.
        """
        full = []
        for value in dates:
            if value.startswith("-") or len(value) < 10:
                (self._partial if len(value) < 7 or value[0] != "-" else self._yearless).add(value)
                continue
            day = dt.date.fromisoformat(value)
            full.append(day)
            self._dates.add(day)
            self.years.add(str(day.year))
            if exact:
                self._weekdays.add(day.isoweekday())
        self._weekdays.update(map(int, weekdays))
        self.add_stay(full)

    def add_stay(self, days: Sequence[dt.date]) -> None:
        """Dates of one booking: the nights between them may be named."""
        for one, other in combinations(sorted(set(days))[:_MAX_DAYS], 2):
            if (other - one).days <= _MAX_SPAN:
                self.spans.add(str((other - one).days))

    def hold(self, kind: str, value: str) -> bool:
        """Whether a date ("2025-01-17", "--01-17", "2025-01", "---17") or a weekday ("5") is known."""
        if kind == "weekday":
            return int(value) in self._weekdays
        if value in self._yearless or value in self._partial:
            return True
        if value.startswith("---"):
            return any(f"{day.day:02d}" == value[3:] for day in self._dates) or any(
                each.endswith(value[2:]) for each in self._yearless
            )
        if value.startswith("--"):
            return any(f"{day:--%m-%d}".startswith(value) for day in self._dates) or any(
                each.startswith(value) for each in self._yearless | self._partial if each.startswith("--")
            ) or any(each[4:] == value[1:] for each in self._partial)  # fmt: skip
        return any(day.isoformat().startswith(value) for day in self._dates) or self._has_likely_year(value)

    def resolved(self, value: str) -> list[dt.date]:
        """Known dates that `value` may stand for."""
        if value.startswith("-"):
            return [day for day in self._dates if f"---{day:%d}" == value or f"--{day:%m-%d}" == value]
        try:
            return [dt.date.fromisoformat(value)]
        except ValueError:
            return []

    def nights_in(self, minutes: str) -> bool:
        """Whether so many minutes are the days between two known dates."""
        days, rest = divmod(float(minutes), 1_440)
        return rest == 0 and str(int(days)) in self.spans

    def _has_likely_year(self, value: str) -> bool:
        """A date that a source gives without its year: this year, the next, or one that the sources name."""
        years = self.years | ({str(self.today.year + 1)} if self.today else set())
        return value[:4] in years and f"-{value[4:]}" in self._yearless | self._partial
