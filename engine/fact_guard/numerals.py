"""Numbers, money, percentages and quantities, in digits and words, as English and Vietnamese write them."""

import re
from collections.abc import Sequence
from decimal import Decimal

from innkeeper.engine.fact_guard.mentions import Reading
from innkeeper.engine.fact_guard.scanning import RANGE, LazyPattern, Scan, listed
from innkeeper.engine.fact_guard.units import CURRENCY_AFTER, CURRENCY_BEFORE, SCALES, UNITS, currency_of
from innkeeper.engine.fact_guard.wordy import spelled_numbers

_GROUPS = r"\d{1,3}(?:[.,']\d{3})+(?:[.,]\d{1,2})?(?!\d)"
NUMBER = rf"(?:{_GROUPS}|\d+(?:[.,]\d+)?)"
_AMOUNT = rf"(?:\d{{1,3}}(?: \d{{3}})+(?!\d)|{NUMBER})"
_ALONE = r"(?<![\w.,:/])(?<!\d[-–])"
_SCALE = r"(?P<scale>trieu|tr|million|mil|mn|nghin|ngan|k|thousand|ty|billion|bn)(?![a-z])"
_TAIL = r"(?: ?(?P<tail>ruoi|\d{1,3}(?!\d|[.,:/]\d|%))(?: ?(?P<small>nghin|ngan|k)(?!\w))?)?"
_SIGNS = re.sub(r"[|\[\]\\]", " ", CURRENCY_BEFORE) + " $ € £ ¥ ₫ ₩ ฿"
_BEFORE = LazyPattern(rf"(?<!\w)(?P<cur>{CURRENCY_BEFORE}) ?(?P<n>{_AMOUNT})(?: ?{_SCALE})?(?![\w%])", needs=_SIGNS)
_FIRST = LazyPattern(
    rf"(?<![\w.,:/])(?P<n>{NUMBER})(?={RANGE}{NUMBER} ?(?:{_SCALE} ?)?(?P<cur>{CURRENCY_AFTER})?(?![\w%]))",
    at_number=True,
)
_AFTER = LazyPattern(
    rf"(?<![\w.,:/])(?P<n>{_AMOUNT}) ?(?:{_SCALE}{_TAIL} ?)?(?P<cur>{CURRENCY_AFTER})(?!\w)", at_number=True
)
_SCALED = LazyPattern(rf"(?<![\w.,:/])(?P<n>{NUMBER}) ?{_SCALE}{_TAIL}(?!\w)", at_number=True)
_PERCENT = LazyPattern(
    rf"(?<![\w.,:/])(?P<n>{NUMBER}) ?(?:%|percent\b|per cent\b|pct\b|phan tram\b)",
    needs="% percent cent pct phan",
    at_number=True,
)
_ADJECTIVE = r"(?:working |business |calendar |free |clean |ready |available |consecutive |extra |square |full )?"
_QUANTITY = LazyPattern(
    rf"(?<![\w.,:/])(?P<n>{NUMBER})[ -]?{_ADJECTIVE}"
    rf"(?P<unit>{'|'.join(sorted(map(re.escape, UNITS), key=len, reverse=True))})(?!\w)(?!(?<=ngay) ?\x00)",
    at_number=True,
)
_ORDINALS = listed("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth")
_FLOOR = (
    LazyPattern(r"(?<![\w.,:/])(?P<n>\d{1,3})(?:st|nd|rd|th)[ -](?:floor|storey|level)(?!\w)", at_number=True),
    LazyPattern(rf"(?<!\w)(?P<n>{'|'.join(_ORDINALS)})[ -](?:floor|storey|level)(?!\w)", needs="floor storey level"),
    LazyPattern(r"(?<!\w)(?:floor|level|tang|lau) (?P<n>\d{1,3})(?![\w:/]|[.,]\d)", needs="floor level tang lau"),
)
# What looks like a time or a date and is none ("20:60"), a ratio, a fraction: the same as written, or nothing.
_PAIR = LazyPattern(r"(?<![\w.,:/])(?P<n>\d{1,4}(?:[:/]\d{1,4}){1,2})(?![\w:/])", at_number=True)
_PLAIN = LazyPattern(rf"(?<![\w.,:/])(?P<n>{NUMBER})(?![\w])", at_number=True)
_MINUTES = {"minute": 1, "hour": 60, "day": 1440, "week": 10080}


def find_money(scan: Scan) -> None:
    """Amounts with a currency or a scale: "$ 20", "1,6 triệu", "1tr6", "500k", "VND 1,600,000"."""
    if not scan.has_digits:
        return

    def read(match: re.Match[str]) -> Sequence[Reading]:
        groups = match.groupdict()
        currency = currency_of(groups.get("cur") or "")
        scale = groups.get("scale")
        if not currency and not scale:
            return ()
        factor = SCALES[scale] if scale else Decimal(1)
        values = [value * factor for value in number_values(groups["n"])]
        if scale and groups.get("tail"):
            values = [values[0] + _tail(groups["tail"], bool(groups.get("small")), factor)]
        return [Reading("money", plain(value), currency) for value in values]

    scan.claim(_BEFORE, "money", read)
    scan.claim(_FIRST, "money", lambda match: [*read(match), *(_bare(match["n"]) if read(match) else ())])
    scan.claim(_AFTER, "money", read)
    scan.claim(_SCALED, "money", read)


def find_quantities(scan: Scan) -> None:
    """Percentages and numbers with a unit: "30%", "7 working days", "2 khách", "third floor", "25 m2"."""
    for pattern in _FLOOR:
        scan.claim(pattern, "number", lambda match: [Reading("number", _floor(match["n"]), "floor")])
    if not scan.has_digits:
        return
    scan.claim(_PERCENT, "percent", lambda match: [Reading("percent", each.value) for each in _bare(match["n"])])
    scan.claim(_QUANTITY, "number", lambda match: quantity(number_values(match["n"]), UNITS[match["unit"]]))


def find_numbers(scan: Scan) -> None:
    """What numbers are left, without a unit; and numbers in words."""
    if scan.has_digits:
        scan.claim(_PAIR, "number", lambda match: [Reading("pair", match["n"])])
        scan.claim(_PLAIN, "number", lambda match: _bare(match["n"]))
    for spelled in spelled_numbers(scan):
        if spelled.currency:
            readings: Sequence[Reading] = [Reading("money", plain(spelled.value), spelled.currency)]
        elif spelled.unit == "percent":
            readings = [Reading("percent", plain(spelled.value))]
        else:
            readings = quantity([spelled.value], spelled.unit)
        scan.add("money" if spelled.currency else "number", spelled.start, spelled.end, readings)
        scan.take(spelled.start, spelled.end)


def _floor(written: str) -> str:
    return written if written.isdecimal() else str(_ORDINALS.index(written) + 1)


def number_values(written: str) -> list[Decimal]:
    """Values of a number in digits: "1.600" is 1600, but 1.6 too; the likelier first."""
    digits = re.sub(r"[ ']", "", written)
    marks = re.findall(r"[.,]", digits)
    if not marks:
        return [Decimal(digits)]
    whole, last = re.split(r"[.,](?=\d+$)", digits)
    if len(set(marks)) == 1 and re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits):
        joined = Decimal(re.sub(r"[.,]", "", digits))
        if len(marks) > 1:
            return [joined]
        fraction = Decimal(f"{whole}.{last}")
        return [fraction, joined] if whole == "0" else [joined, fraction]
    return [Decimal(f"{re.sub('[.,]', '', whole)}.{last}")]


def plain(value: Decimal) -> str:
    """Digits without trailing zeros or exponent."""
    return f"{value.normalize():f}" if value else "0"


def quantity(values: Sequence[Decimal], unit: str) -> list[Reading]:
    """Readings of a number with a unit; spans of time also in minutes, so that 24 hours are a day."""
    readings = [Reading("number", plain(value), unit) for value in values]
    if unit in _MINUTES:
        readings += [Reading("duration", plain(value * _MINUTES[unit])) for value in values]
    return readings


def _bare(written: str) -> list[Reading]:
    return [Reading("number", plain(value)) for value in number_values(written)]


def _tail(written: str, is_small: bool, factor: Decimal) -> Decimal:
    """The end of "1tr6", "1 triệu 650 nghìn", "2 triệu rưỡi"."""
    if written == "ruoi":
        return factor / 2
    if is_small:
        return Decimal(written) * 1000
    return Decimal(f"0.{written}") * factor
