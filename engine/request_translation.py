"""Common wishes of guests in the other language, by a lexicon that leaves what it does not wholly understand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from innkeeper.engine.locale.formats import Language, list_text
from innkeeper.engine.spoken_times import read_time, say_time
from innkeeper.engine.text import clean, fold

MAX_CHARS = 400  # a longer text is a letter, not a list of wishes
_BREAK = re.compile(r"[\s,.;:&/+()!–-]+")
_FILLER = re.compile(
    r"(?:and|with|also|plus|please|pls|kindly|a|an|the|(?:we|i) (?:would|'d) like|we'd like|i'd like|we need|i need|"
    r"need|request(?:ed|ing)?(?: for)?|prefer(?:red|ably)?|preference for|if available|room|thanks|thank you|"
    r"va|voi|xin|em|toi|minh|chung toi|nhe|nha|vui long|lam on|cho|can|muon|yeu cau|nho|giup|phong|o|cam on)(?![\w'-])"
)
_IF_POSSIBLE = re.compile(r"[\s,(]*(?:if (?:at all )?possible|neu (?:co the|duoc|co))(?!\w)\)?")
_COUNT = r"(?:(?P<n>\d{1,2}|one|two|three|four|five|six|mot|hai|ba|bon|nam|sau) )"
_NUMBERS = {
    word: number
    for number, words in enumerate(("one mot", "two hai", "three ba", "four bon", "five nam", "six sau"), start=1)
    for word in words.split()
}
_FLIGHT = re.compile(
    r"[\s,(]*(?:on |for |with |cho )?(?:flight|chuyen bay)(?: (?:no\.?|number|so))? "
    r"(?P<code>[a-z]{2} ?\d{2,4})(?!\w)\)?"
)
_POSSIBLE = {"en": "if possible", "vi": "nếu có thể"}
_FLIGHTS = {"en": "flight", "vi": "chuyến bay"}


@dataclass(frozen=True)
class _Wish:
    """One entry: how it is read, and how each language says it."""

    read: re.Pattern[str]
    say: dict[Language, str]
    counted: dict[Language, str] | None
    takes: str


@dataclass
class _Reader:
    """A text while its wishes are read."""

    folded: str
    target: Language
    place: int = 0

    def said(self, name: str) -> str | None:
        """All wishes in the target language; none when a word is left that is not understood."""
        parts: list[str] = []
        while True:
            self._skipped(_BREAK)
            if self.place == len(self.folded):
                break
            part = self._next(name)
            if part is not None:
                parts.append(part)
            elif not self._skipped(_FILLER):
                return None
        if not parts:
            return None
        first, *others = parts
        return ", ".join([first, *map(_uncapitalised, others)])

    def _skipped(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.folded, self.place)
        self.place = match.end() if match else self.place
        return match is not None

    def _next(self, name: str) -> str | None:
        found = [
            (match.end(), wish, match) for wish in _wishes(name) if (match := wish.read.match(self.folded, self.place))
        ]
        for end, wish, match in sorted(found, key=lambda each: -each[0]):
            start, self.place = self.place, end
            said = self._completed(wish, match)
            if said is not None:
                return f"{said}{self._if_possible()}"
            self.place = start
        return None

    def _completed(self, wish: _Wish, match: re.Match[str]) -> str | None:
        groups = match.groupdict()
        if wish.takes == "percent":
            return wish.say[self.target].format(p=f"{groups['p'] or groups['q']}%")
        if wish.takes.startswith("allergens"):
            return self._allergic(wish, match)
        number = _NUMBERS.get(groups.get("n") or "", groups.get("n"))
        is_counted = number is not None and (str(number) != "1" or wish.counted is not None)
        if is_counted and wish.counted is None:
            return None
        said = (
            wish.counted[self.target].format(n=number)
            if wish.counted and number and str(number) != "1"
            else wish.say[self.target]
        )
        return said + (self._details(wish.takes) if wish.takes else "")

    def _details(self, takes: str) -> str:
        """The flight and the time behind a wish, in either order."""
        said = ""
        for _ in range(2):
            flight = _FLIGHT.match(self.folded, self.place) if takes == "flight" else None
            if flight:
                self.place = flight.end()
                said += f" ({_FLIGHTS[self.target]} {flight['code'].replace(' ', '').upper()})"
                continue
            time = read_time(self.folded, self.place)
            if time is not None:
                self.place = time.end
                said += f" {say_time(time, self.target)}"
        return said

    def _allergic(self, wish: _Wish, match: re.Match[str]) -> str | None:
        items = [match["items"]] if wish.takes == "allergens_before" else list(self._allergens())
        named = [_allergen(item, self.target) for item in items]
        return f"{wish.say[self.target]} {list_text(named, self.target)}" if named else None

    def _allergens(self) -> Iterator[str]:
        between = re.compile(rf"(?:[\s,/&]|and |or |va |hoac )*(?P<one>{_allergen_words()})(?!\w)")
        while match := between.match(self.folded, self.place):
            self.place = match.end()
            yield match["one"]

    def _if_possible(self) -> str:
        match = _IF_POSSIBLE.match(self.folded, self.place)
        if match is None:
            return ""
        self.place = match.end()
        return f" {_POSSIBLE[self.target]}"


def translate_wishes(text: str, target: Language) -> str | None:
    """
    A guest's special requests in `target`: "Late check-in at 8 PM" is "Nhận phòng muộn lúc 8 giờ tối".

    Args:
        text: One wish or several, with or without accents.
        target: The language of the message.

    Returns:
        The wishes in their order; none when a single word is not understood, for half a translation would mislead.
    """
    return _translated(text, target, "wishes")


def translate_compensation(text: str, target: Language) -> str | None:
    """The same for what a hotel offers after a mishap: "20% off next booking"."""
    return _translated(text, target, "compensation")


def _translated(text: str, target: Language, name: str) -> str | None:
    folded = fold(clean(text)).strip()
    return _Reader(folded, target).said(name) if len(folded) <= MAX_CHARS else None


def _uncapitalised(part: str) -> str:
    return part if part[:2].isupper() else part[:1].lower() + part[1:]


@cache
def _data() -> dict[str, Any]:
    text = files("innkeeper.engine").joinpath("request_translation.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml.safe_load(text)
    return data


@cache
def _wishes(name: str) -> tuple[_Wish, ...]:
    return tuple(_wish(entry) for entry in _data()[name])


def _wish(entry: dict[str, Any]) -> _Wish:
    (english, read_english), (vietnamese, read_vietnamese) = entry["en"], entry["vi"]
    counted = dict(zip(("en", "vi"), entry["counted"], strict=True)) if "counted" in entry else None
    takes = entry.get("takes", "")
    words = _once_named(rf"(?:{read_english}|{read_vietnamese})")
    if takes == "allergens_before":
        words = rf"(?P<items>{_allergen_words()}) {words}"
    elif counted:
        words = rf"(?:xin |cho )?(?:them )?{_COUNT}?(?:extra |more |additional )?(?:cai |chiec )?{words}"
    return _Wish(re.compile(rf"{words}(?![\w-])"), {"en": english, "vi": vietnamese}, counted, takes)  # type: ignore[arg-type]  # keys of our own file


def _once_named(pattern: str) -> str:
    """A group may have its name once: in the Vietnamese half it is written as the second reading of the English one."""
    head, mark, tail = pattern.partition("(?P<p>")
    return head + mark + tail.replace("(?P<p>", "(?P<q>") if mark else pattern


@cache
def _allergen_words() -> str:
    return "|".join(entry["read"] for entry in _data()["allergens"])


def _allergen(written: str, target: Language) -> str:
    for entry in _data()["allergens"]:
        if re.fullmatch(entry["read"], written):
            return str(entry[target])
    return written
