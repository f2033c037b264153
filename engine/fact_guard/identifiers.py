"""What names one thing: e-mail addresses, links, telephone numbers, booking ids, rooms."""

import re
from collections.abc import Sequence

from innkeeper.engine.fact_guard.mentions import Reading
from innkeeper.engine.fact_guard.scanning import LazyPattern, Scan, listed
from innkeeper.engine.fact_guard.units import CURRENCY_AFTER, CURRENCY_BEFORE, SCALES, UNITS, currency_of

_EMAIL = LazyPattern(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", needs="@")
_END = r"[^\s<>\"')\]\x00]*[^\s<>\"')\]\x00.,;:!?]"
_DOMAINS = "com|net|org|vn|io|info|asia|travel|hotel|biz|app|dev|xyz|top|site|online|link|shop"
_URL = LazyPattern(
    rf"https?://{_END}|www\.{_END}|(?<![\w@.-])(?:[a-z0-9-]{{2,}}\.)+(?:{_DOMAINS})(?:/(?:{_END})?)?(?![\w-])",
    needs=f"http www. .{_DOMAINS.replace('|', ' .')}",
)
_PHONE = LazyPattern(
    r"(?<![\w.,+/:-])(?:\+\d{1,3}(?:[ .-]?\(?\d\)?){7,11}|\(?0\d\)?(?:[ .-]?\)?\d){7,9}|1[89]00(?:[ .-]?\d){2,6})"
    r"(?![\w%]|[.,:/-]\d)",
    at_number=True,
    before="+(",
)
_CODE = LazyPattern(
    r"(?<![\w-])(?P<prefix>[a-z]{1,10})(?P<dash>[-_]?)\d[a-z0-9]*(?:[-_/][a-z0-9]+)*(?![\w-])",
    at_number=True,
    before="abcdefghijklmnopqrstuvwxyz0123456789-_",
)
_MIXED = LazyPattern(r"(?<![\w.,:/-])\d+(?P<letters>[a-z]+)[a-z0-9]*(?:[-_][a-z0-9]+)*(?!\w)", at_number=True)
_NO_PREFIX = frozenset(listed("p phong rm room tang thang ngay luc den tu lau mid pre post early late"))
_NUMBER = r"[a-z]{0,2}-?\d{1,4}[a-z]?(?!\w|[.,:/]\d|%)"
_NO_COUNT = "|".join(sorted(map(re.escape, {*UNITS, *SCALES}), key=len, reverse=True))
_NOT_ROOM = rf"(?! ?(?:{CURRENCY_AFTER}|{'|'.join(SCALES)}|x)(?!\w))"
_ROOM = LazyPattern(
    r"(?<![\w-])(?:(?:rooms?|rm|phong|villas?|bungalows?|lofts?|can ho|buong)(?: ?(?:so|no\.?|number|#))? ?[.:#]? ?|"
    rf"p[. ]?(?=\d{{3}})|#)(?P<list>{_NUMBER}{_NOT_ROOM}"
    rf"(?:(?: ?[,/&–-] ?| ?, (?:and|va) | (?:and|va|or|hoac|to|den) ){_NUMBER}{_NOT_ROOM})*)",
    needs="room rm phong villa bungalow loft can buong # p. p1 p2 p3 p4 p5 p6 p7 p8 p9",
)
_EACH = re.compile(r"[a-z]{0,2}-?\d{1,4}[a-z]?(?!\w)")
_SHORT_COUNT = re.compile(rf"\d{{1,2}}[ -]?(?:{_NO_COUNT})(?!\w)")
_SPAN = re.compile(r"(?<!\d)(\d{1,4}) ?(?:–|-|to|den) ?(\d{1,4})(?!\d)")
_MAX_SPAN = 60


def find_contacts(scan: Scan) -> None:
    """E-mail addresses and links."""
    if "@" in scan.open:
        scan.claim(_EMAIL, "email", lambda match: [Reading("email", match.group().strip("."))])
    if "." in scan.open:
        scan.claim(_URL, "url", lambda match: [Reading("url", normal_url(match.group()))])


def find_phones(scan: Scan) -> None:
    """Telephone numbers, after the dates, which look like them."""
    if scan.has_digits:
        scan.claim(_PHONE, "phone", _phone)


def find_codes(scan: Scan) -> None:
    """Booking ids and other words of letters and digits that begin with a letter: "BK-2025-001", "B12"."""
    if scan.has_digits:
        scan.claim(_CODE, "code", _code)


def find_leftover_codes(scan: Scan) -> None:
    """The same beginning with a digit, after all that may be a time, an amount or a quantity: "12A"."""
    if scan.has_digits:
        scan.claim(_MIXED, "code", lambda match: _as_code(match.group()))


def find_rooms(scan: Scan) -> None:
    """Room numbers after a word for rooms, also in lists."""
    if not scan.has_digits:
        return
    for match in list(scan.matches(_ROOM)):
        start, end = match.span("list")
        if _SHORT_COUNT.match(scan.open, start):
            continue
        for each in _EACH.finditer(scan.open, start, end):
            scan.add("room", *each.span(), room_readings(each.group()))
        if not scan.is_strict:
            for span in _SPAN.finditer(scan.open, start, end):
                low, high = int(span[1]), int(span[2])
                if low < high <= low + _MAX_SPAN:
                    scan.add("room", *span.span(), [Reading("room", str(number)) for number in range(low, high + 1)])
        scan.take(match.start(), end)


def room_readings(written: str) -> list[Reading]:
    """A room number; alone in a table it looks like a number or a code."""
    value = written.upper().replace("-", "").lstrip("0")
    kind = "number" if value.isdecimal() else "code"
    return [Reading("room", value), Reading(kind, value)]


def normal_phone(written: str) -> str:
    """Digits of a telephone number, in the national form for Vietnam."""
    digits = "".join(filter(str.isdigit, written))
    return "0" + digits[2:].lstrip("0") if digits.startswith("84") and len(digits) > 9 else digits


def normal_url(written: str) -> str:
    """A link without scheme, `www.` and closing slash."""
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", written.lower()).rstrip("/.")


def _phone(match: re.Match[str]) -> Sequence[Reading]:
    digits = normal_phone(match.group())
    is_phone = 8 <= len(digits) <= 13 or (digits.startswith(("1800", "1900")) and len(digits) >= 6)
    return [Reading("phone", digits)] if is_phone else ()


def _code(match: re.Match[str]) -> Sequence[Reading]:
    prefix, written = match["prefix"], match.group()
    if written in UNITS or prefix in _NO_PREFIX or currency_of(prefix) or prefix in CURRENCY_BEFORE.split("|"):
        return ()
    if prefix == "t" and len(written) == 2:  # T2, T7: weekdays
        return ()
    return _as_code(written)


def _as_code(written: str) -> list[Reading]:
    value = re.sub(r"[-_]", "", written.upper())
    return [Reading("code", value), Reading("room", value)]
