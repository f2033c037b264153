"""What a sentence offers a guest: percentages, amounts, nights, services; and whether anything in it is unclear."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from innkeeper.engine.entities.numbers import number_value
from innkeeper.engine.text import clean, fold

_NUMERAL = r"\d{1,3}(?:[.,]\d{3})+(?![\d])|\d+(?:[.,]\d{1,2})?(?!\d)"
_UNIT = "one|two|three|four|five|six|seven|eight|nine"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_UNIT_VI = "mot|hai|ba|bon|tu|nam|sau|bay|tam|chin"
_WORD = rf"(?:{_TENS})(?:[ -](?:{_UNIT}))?|{_TEENS}|{_UNIT}|(?:(?:{_UNIT_VI}) )?muoi(?: (?:{_UNIT_VI}|lam))?|{_UNIT_VI}"
_NUMBER = rf"(?P<number>(?<![\w.,-])(?:{_NUMERAL}|(?:{_WORD})(?!\w)))"
# A number word that stands right beside a number that was taken out: "one hundred #", "# ruoi".
_PART_OF_IT = re.compile(
    rf"(?:\b(?:{_WORD}|hundred|thousand|million|tram|chuc|nghin|ngan|trieu|point|phay|half)[ -]#)"
    rf"|#[ -](?:(?:{_WORD}|hundred|thousand|million|tram|ruoi|phay|point|and a half)\b)"
)
_SCALE = r"(?: ?(?P<scale>trieu|million|mio|nghin|ngan|thousand|k|tr)\b)"
_SCALES = {"trieu": 6, "million": 6, "mio": 6, "tr": 6, "nghin": 3, "ngan": 3, "thousand": 3, "k": 3}
_CURRENCY = r"(?P<code>vnd|usd|eur|gbp|jpy|krw|cny|sgd|aud|dong|us dollars?|dollars?|euros?|d\b|\$|€|£|¥|₫)"
_CODES = {"dong": "VND", "d": "VND", "₫": "VND", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_NIGHT = r"(?:(?:free|complimentary|extra|more|additional)[ -])*(?:nights?|dem)\b"
# In this order, against folded text; what one pattern took, the next does not see.
_PATTERNS = [
    ("percent", re.compile(rf"{_NUMBER} ?(?:%|per ?cent\b|phan tram\b)")),
    ("amount", re.compile(rf"(?<!\w){_CURRENCY} ?{_NUMBER}{_SCALE}?(?!\w)")),
    ("amount", re.compile(rf"{_NUMBER}{_SCALE}? ?{_CURRENCY}(?!\w)")),
    ("amount", re.compile(rf"{_NUMBER}{_SCALE}")),
    ("nights", re.compile(rf"{_NUMBER}[ -]{_NIGHT}")),
]
_WHOLE = re.compile(
    r"\b(?:(?:full|complete|total|entire) (?:refund|reimbursement|amount)|refund (?:in full|of everything|"
    r"(?:of )?(?:the |your )?(?:whole|entire|full) \w+)|fully refund\w*|free stay|free of charge stay|"
    r"hoan (?:lai )?(?:toan bo|100)|hoan (?:lai )?tien (?:toan bo|day du)|hoan tien phong|"
    r"mien phi (?:toan bo|tien phong|ky nghi)|toan bo (?:tien|chi phi|hoa don))\b"
)
_HALF = re.compile(r"\b(?:half (?:the )?(?:price|rate|off)|50 ?/ ?50|giam (?:mot )?nua|nua gia)\b")
_A_NIGHT = re.compile(rf"\b(?:an?|another|1|the|your (?:next|first|last)) {_NIGHT}|\bdem (?:\w+ ){{0,3}}mien phi\b")
# "20% off" is bounded, "20% off for life" is not.
_UNBOUNDED = re.compile(
    r"\b(?:unlimited|for (?:life|ever)|forever|lifetime|every|each|per|always|all (?:your|future|stays?|bookings?|"
    r"services?|nights?)|any number|khong gioi han|tron doi|suot doi|vinh vien|tat ca|bat ky|hang (?:nam|thang|"
    r"ngay|dem)|mai mai|refund\w*|reimburse\w*|waive\w*|hoan tien|hoan tra|hoan lai|mien tien|cash|tien mat)\b"
)
_EVERY = re.compile(r"\bm[ọỗ]i\b")  # told by its accent alone from "mời", to invite
_DIGIT = re.compile(r"\d")
# Numbers that belong to a date, a clock time, a room, a party or a product, and cost nothing by themselves.
_HARMLESS = re.compile(
    r"\b\d{1,2}[:h]\d{0,2}(?: ?[ap]\.?m\b)?|\b\d{1,2} ?(?:[ap]\.?m\b|o'clock|gio(?: ?\d{2})?\b)"
    r"|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b"
    r"|\b(?:room|phong|until|den het thang|thang|before|truoc) (?:so )?\d{1,4}\b(?![:h])"
    r"|\b(?:for|cho) (?:\d|one|two|mot|hai)(?: (?:people|persons?|guests?|nguoi|khach))?\b"
    r"|\b\d{2,3}[ -]?(?:minutes?|mins?|phut)\b"
)


@dataclass(frozen=True)
class Offer:
    """One thing: `percent`, `amount` (`unit` is the currency), `nights` or `service` (`unit` is its name)."""

    kind: str
    value: Decimal
    unit: str = ""


@dataclass(frozen=True)
class OfferReading:
    """What was found; `unsure` says why a person has to read it."""

    offers: tuple[Offer, ...]
    unsure: str | None = None


def read_offers(text: str, services: Mapping[str, tuple[str, ...]]) -> OfferReading:
    """
    What `text` offers, in English or Vietnamese, with or without accents.

    Args:
        text: As the guest reads it.
        services: What each service is called, folded to plain letters.

    Returns:
        Every offer that was recognised. `unsure` is set when nothing was, when a number is left over, or when the offer
        has no bound ("every stay", "refund" without an amount).
    """
    rest = " ".join(fold(clean(text).lower()).split())
    offers: list[Offer] = []
    for kind, pattern in _PATTERNS:
        found = [_measured(kind, match) for match in pattern.finditer(rest)]
        if None in found:
            return OfferReading(tuple(offers), "a number in it is unclear")
        offers += [offer for offer in found if offer is not None]
        rest = " ".join(pattern.sub(" # ", rest).split())
    if _PART_OF_IT.search(rest):
        return OfferReading(tuple(offers), "a number in it is unclear")
    for pattern, offer in _PHRASES:
        if pattern.search(rest):
            offers.append(offer)
            rest = pattern.sub(" * ", rest)
    named, rest = _services(rest, services)
    every = "it has no bound" if _EVERY.search(clean(text).lower()) else None
    return OfferReading((*offers, *named), every or _unsure(rest, bool(offers or named), offers))


_PHRASES = [
    (_WHOLE, Offer("percent", Decimal(100))),
    (_HALF, Offer("percent", Decimal(50))),
    (_A_NIGHT, Offer("nights", Decimal(1))),
]


def _unsure(rest: str, anything: bool, measured: list[Offer]) -> str | None:
    if not anything:
        return "no percentage, amount, night or service of the list is in it"
    unbounded = _UNBOUNDED.search(rest)
    is_paid_back = unbounded and any(offer.kind in {"percent", "amount"} for offer in measured)
    if unbounded and not (is_paid_back and _MONEY_BACK.fullmatch(unbounded.group())):
        return f"{unbounded.group()!r} has no bound"
    if _DIGIT.search(_HARMLESS.sub(" ", rest)):
        return "it has a number whose unit is not known"
    return None


_MONEY_BACK = re.compile(r"refund\w*|reimburse\w*|hoan tien|hoan tra|hoan lai|cash|tien mat")


def _measured(kind: str, match: re.Match[str]) -> Offer | None:
    groups = match.groupdict()
    value = _value(groups["number"])
    if value is None:
        return None
    value = value.scaleb(_SCALES.get(groups.get("scale") or "", 0))
    code = (groups.get("code") or "").strip()
    unit = _currency(code) if kind == "amount" else ""
    return Offer(kind, value, unit)


def _currency(code: str) -> str:
    if not code:  # "500k", "2 triệu": only dong are counted so
        return "VND"
    if "dollar" in code:
        return "USD"
    return "EUR" if code.startswith("euro") else _CODES.get(code, code.upper())


def _value(written: str) -> Decimal | None:
    if not written[0].isdigit():
        named = number_value(written)
        return None if named is None else Decimal(named)
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", written):
        return Decimal(re.sub(r"[.,]", "", written))
    try:
        return Decimal(written.replace(",", "."))
    except InvalidOperation:
        return None


def _services(text: str, services: Mapping[str, tuple[str, ...]]) -> tuple[list[Offer], str]:
    names = sorted(((name, key) for key, known in services.items() for name in known), key=lambda each: -len(each[0]))
    offers = []
    for name, key in names:
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        if pattern.search(text):
            offers.append(Offer("service", Decimal(1), key))
            text = pattern.sub(" * ", text)
    return offers, text
