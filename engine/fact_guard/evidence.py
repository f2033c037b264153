"""What an answer may rest on: tool results, passages, the question, the day; and whether they hold a fact."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from innkeeper.engine.fact_guard.days import Days
from innkeeper.engine.fact_guard.finding import document_mentions, mentions
from innkeeper.engine.fact_guard.identifiers import normal_phone, room_readings
from innkeeper.engine.fact_guard.mentions import FactMention, Reading
from innkeeper.engine.fact_guard.names import name_words
from innkeeper.engine.fact_guard.numerals import plain
from innkeeper.engine.fact_guard.tallies import tallies
from innkeeper.engine.fact_guard.units import MEASURED
from innkeeper.engine.text import clean, fold, lowered, words

# Of what the question states, an answer may repeat these; a price that a guest names is not a price.
_REPEATABLE = frozenset(("room", "date", "weekday", "time", "number", "duration", "code", "name"))
_MONEY_KEYS = ("price", "amount", "total_", "rate", "fee", "cost", "deposit")
_DECIMAL = re.compile(r"\d{1,15}(?:\.\d{1,6})?")
_ANY = "*"  # the unit is not known: a table's heading, or a field's name, has it


class Evidence:
    """
    Facts that an answer may state, built once per answer and extended as tools return.

    Args:
        today: The hotel's day; itself and the next day may be named, with their weekdays.
        currency: ISO 4217, of amounts that stand alone in a table or a tool's result.
    """

    def __init__(self, *, today: dt.date | None = None, currency: str = "VND") -> None:
        self.currency = currency
        self.days = Days(today)
        self._values: set[Reading] = set()
        self._numbers: dict[str, set[str]] = defaultdict(set)
        self._amounts: dict[str, set[str]] = defaultdict(set)
        self._persons: list[frozenset[str]] = []
        self._accented = self._folded = " "
        self._added: list[tuple[str | None, Callable[[Evidence], None]]] = []

    def add_passage(self, *texts: str, source: str | None = None) -> None:
        """
        A passage of the hotel's documents, with its title and headings, which name the units of its tables.

        Args:
            source: Id that an answer cites it by: "d1".
        """
        text = "\n".join(filter(None, texts))
        self._add_words(text, _passage_words)
        self._add_mentions(document_mentions(text))
        self._added.append((source, lambda other: other.add_passage(text)))

    def add_text(self, text: str) -> None:
        """Any other text that may be believed: an earlier answer, the hotel's name, a line of a data base."""
        self._add_text(text)
        self._added.append((None, lambda other: other.add_text(text)))

    def add_question(self, text: str) -> None:
        """What was asked: rooms, days, times, names and counts in it may be repeated, not amounts or contacts."""
        self._add_question(text)
        self._added.append((None, lambda other: other.add_question(text)))

    def add_result(self, result: BaseModel | Mapping[str, Any], *, source: str | None = None) -> None:
        """
        A tool's result, with what follows from it: numbers of nights, of listed things, of those in each state.

        Args:
            source: Id that an answer cites it by: "t1".
        """
        self._added.append((source, lambda other: other.add_result(result)))
        data = result.model_dump(mode="python") if isinstance(result, BaseModel) else result
        self._walk(data, self.currency)
        for number in tallies(data):
            self._numbers[str(number)].add(_ANY)

    @property
    def sources(self) -> frozenset[str]:
        """Ids that were given."""
        return frozenset(source for source, _ in self._added if source is not None)

    def only(self, sources: Collection[str]) -> "Evidence":
        """What the cited `sources` hold, with the question, the day and other texts without an id."""
        other = Evidence(today=self.days.today, currency=self.currency)
        for source, add in self._added:
            if source is None or source in sources:
                add(other)
        return other

    def supports(self, mention: FactMention) -> bool:
        """Whether one of the mention's readings is held."""
        return any(self._holds(reading) for reading in mention.readings)

    def _holds(self, reading: Reading) -> bool:
        kind, value, unit = reading
        if kind == "name":
            return self._holds_name(value)
        if kind == "money":
            return bool({unit, _ANY} & self._amounts[value]) or (not unit and bool(self._amounts[value]))
        if kind == "number":
            return self._holds_number(value, unit)
        if kind == "percent":
            return reading in self._values or "%" in self._numbers[value]
        if kind in {"date", "weekday"}:
            return self.days.hold(kind, value)
        if kind == "duration" and self.days.nights_in(value):
            return True
        return reading in self._values

    def _holds_number(self, value: str, unit: str) -> bool:
        units = self._numbers[value]
        if not unit:
            return bool(units) or bool(self._amounts[value]) or value in self.days.years
        if unit in {"night", "day"} and value in self.days.spans:
            return True
        return unit in units or _ANY in units or (unit not in MEASURED and "" in units)

    def _holds_name(self, written: str) -> bool:
        parts, folded = frozenset(written.split()), fold(written)
        if f" {written} " in self._accented or f" {folded} " in self._accented:
            return True
        if any(parts <= person for person in self._persons):
            return True
        if written != folded:  # with accents that no source has
            return False
        return f" {folded} " in self._folded or any(parts <= frozenset(map(fold, person)) for person in self._persons)

    def _add_text(self, text: str) -> None:
        self._add_words(text)
        self._add_mentions(mentions(text, "document"))

    def _add_question(self, text: str) -> None:
        self._add_words(text)
        self._add_mentions([each for each in mentions(text, "question") if each.kind in _REPEATABLE])

    def _add_words(self, text: str, read: Callable[[str], tuple[str, str]] | None = None) -> None:
        accented, folded = (read or _running_words)(text)
        self._accented += accented
        self._folded += folded

    def _add_mentions(self, found: Iterable[FactMention]) -> None:
        """Bare numbers take on the units that are named beside them: a table says "VND" once, in its heading."""
        listed = [reading for mention in found for reading in mention.readings]
        named = {reading.unit for reading in listed if reading.kind == "number"} | {""}
        named |= {"%" for reading in listed if reading.kind == "percent"}
        currencies = {reading.unit for reading in listed if reading.kind == "money" and reading.unit}
        for reading in listed:
            if reading.kind == "number":
                self._numbers[reading.value] |= {reading.unit} if reading.unit else named
                if not reading.unit:
                    self._amounts[reading.value] |= currencies | self._own_currency(reading.value, currencies)
            elif reading.kind == "money":
                self._amounts[reading.value].add(reading.unit or self.currency)
            else:
                self._values.add(reading)
        self.days.add_piece([reading.value for reading in listed if reading.kind == "date"],
                            [reading.value for reading in listed if reading.kind == "weekday"])  # fmt: skip

    def _own_currency(self, value: str, named: set[str]) -> set[str]:
        """A large bare number where no currency is named is an amount in the hotel's."""
        return {self.currency} if not named and Decimal(value) >= 1_000 else set()

    def _walk(self, data: Any, currency: str, key: str = "") -> None:
        if isinstance(data, Mapping):
            currency = str(data.get("currency") or currency)
            if data.get("ready_for_guest") is True:
                self._values.add(Reading("promise", "ready"))
            for name, value in data.items():
                self._walk(value, currency, str(name))
            self.days.add_stay([value for value in data.values() if type(value) is dt.date])
        elif isinstance(data, str):
            self._add_string(data, key, currency)
        elif isinstance(data, bool) or data is None:
            return
        elif isinstance(data, int | float | Decimal):
            self._add_number(plain(Decimal(str(data))), currency, key)
        elif isinstance(data, dt.datetime):
            self._walk(data.date(), currency)
            self._walk(data.time(), currency)
        elif isinstance(data, dt.date):
            self.days.add_piece([data.isoformat()], [], exact=True)
        elif isinstance(data, dt.time):
            self._values.add(Reading("time", f"{data:%H:%M}"))
        elif isinstance(data, Iterable):
            for value in data:
                self._walk(value, currency, key)

    def _add_number(self, value: str, currency: str, key: str) -> None:
        self._numbers[value].add(_ANY)
        if any(word in key for word in _MONEY_KEYS):
            self._amounts[value].add(currency)

    def _add_string(self, text: str, key: str, currency: str) -> None:
        if key.endswith("name"):
            self._persons.append(frozenset(name_words(clean(text))))
        if key in {"room_number", "number"}:
            self._values.update(room_readings(fold(text)))
            self._numbers[fold(text).upper()].add("")
        elif _DECIMAL.fullmatch(text):  # JSON writes decimals as strings
            self._add_number(plain(Decimal(text)), currency, key)
        elif key == "phone":
            self._values.add(Reading("phone", normal_phone(text)))
        elif key.endswith("_id"):
            self._values.add(Reading("code", fold(text).upper().replace("-", "").replace("_", "")))
        if key == "special_requests":
            self._add_question(text)  # a guest's words: a price that they name is none
        elif text.isalpha() and text.islower():
            self._add_words(text)
        else:
            self._add_text(text)


def _running_words(text: str) -> tuple[str, str]:
    """Words between spaces, with accents and without, closed by a bar that no name crosses."""
    written = " ".join(word.text.removesuffix("'s").removesuffix("’s") for word in words(lowered(clean(text))))
    return f"{written} | ", f"{fold(written)} | "


_passage_words = lru_cache(maxsize=1_024)(_running_words)  # never for guests' data
