"""Whose booking a question is about: booking ids and guests' names, with a title, a cue, or by being a guest's."""

import re
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import NamedTuple

from innkeeper.engine.assistant.asked_text import Asked, Token
from innkeeper.engine.entities.source import Pattern, word_set

_ID = re.compile(
    r"(?<![\w@.])(?=[\w-]*\d)[a-z]{2,}[-_]?\d[\w]*(?:[-_]\w+)*(?![\w@])|(?<![\w@.])\d{4,}(?:-\w+)+(?!\w)|"
    r"(?<![\w@.-])[\w]+(?:-[\w]+)*(?![\w@])",
    re.IGNORECASE,
)
_SHAPED_ID = re.compile(
    r"[a-z]{2,8}[-_]?\d{3,}(?:[-_]\w+)*|[a-z]{2,8}(?:[-_]\w+)*[-_]\d{2,}|\d{4}-\d{3,}(?:-\w+)*", re.IGNORECASE
)
_NO_ID = re.compile(
    r"(?:covid|ngay|vnd|usd|form|fo|hk|sop|ver?|iso|phong|room|rm)[-_]?\d+|"
    r"20\d\d-\d\d?-\d\d?",
    re.IGNORECASE,
)
_ID_CUE = Pattern(
    r"\b(?:booking|reservation|confirmation|conf|ref|reference|mã|đơn|đặt phòng|code|id)(?:\s(?:id|no\.?|number|"
    r"code|ref|"
    r"số|mã|đặt phòng|booking|là|is|of|của))*\s?[:#]?\s?$"
)
_NAME_CUE = Pattern(
    r"(?:\b(?:booking|reservation|book|booked|details|info|bill|stay|room|phone|email|total|requests?|"
    r"status)\s(?:for|of|under|by|from)(?: the name)?(?: of)?|under(?: the name)?(?: of)?|named|called|"
    r"name is|guest named?|find|look up|lookup|khách tên(?: là)?|tên(?: là| khách)?|đặt phòng của|booking của|của "
    r"khách|phòng của|booking|phòng của khách|của|tìm khách|họ)\s$"
)
_TITLES = {"mr", "mrs", "ms", "miss", "mister", "madam", "dr", "prof", "sir"}
_VIETNAMESE_TITLES = {"anh", "chị", "chi", "cô", "chú", "bác", "ông", "ong", "bà", "cụ", "khách", "khach"}
_PLAIN_TITLES = {"co", "ba", "bac", "chu", "em"}  # also everyday words without their accents
_MAX_WORDS = 5
MIN_LETTERS = 3  # fewer find half the house


class Guest(NamedTuple):
    """A guest's name without title, and where it stands."""

    start: int
    end: int
    name: str

    @property
    def is_too_short(self) -> bool:
        """Whether so few letters name nobody."""
        return sum(char.isalpha() for char in self.name) < MIN_LETTERS


class BookingId(NamedTuple):
    """A booking's id and where it stands."""

    start: int
    end: int
    booking_id: str


def find_booking_ids(asked: Asked, known: frozenset[str], room_numbers: frozenset[str]) -> list[BookingId]:
    """Ids in order: those the hotel has, their unmistakable ends, and what is written like one."""
    found: list[BookingId] = []
    for match in _ID.finditer(asked.text):
        written = match.group()
        lower = written.lower()
        cued = bool(_ID_CUE.search(asked.source.before(match.start(), 40)))
        full = lower if lower in known else _joined_ids(known).get(lower.replace("-", "").replace("_", ""))
        if full is None and cued and len(lower) >= 3 and any(map(str.isdigit, lower)) and written not in room_numbers:
            ends = [each for each in known if each.endswith(lower)]
            full = ends[0] if len(ends) == 1 else None
        is_shaped = bool(_SHAPED_ID.fullmatch(written)) and not _NO_ID.fullmatch(written)
        is_cued_number = cued and written.isdecimal() and len(written) >= 4 and written not in room_numbers
        if written.upper() in room_numbers or not (
            full or (is_shaped and (cued or len(written) >= 5)) or is_cued_number
        ):
            continue
        shown = written if full == lower and not written.islower() else (full or written).upper()
        found.append(BookingId(*match.span(), shown))
    return found


@lru_cache(maxsize=16)
def _joined_ids(known: frozenset[str]) -> dict[str, str]:
    """Ids by how they are typed in one piece: "lod77120" for "lod-77120"."""
    return {each.replace("-", "").replace("_", ""): each for each in known}


def find_guests(
    asked: Asked, guest_names: frozenset[str], blocked: list[tuple[int, int]], *, of_booking: bool
) -> list[Guest]:
    """
    Names in order of appearance.

    Args:
        asked: The question.
        guest_names: Folded words of the names of current and coming guests.
        blocked: Spans that are something else already.
        of_booking: Whether the question asks for what bookings tell, so that a name is likely.
    """
    tokens = list(asked.tokens)
    found: list[Guest] = []
    place = 0
    while place < len(tokens):
        last = _titled(asked, tokens, place, guest_names) or _bare(
            asked, tokens, place, guest_names, of_booking=of_booking
        )
        if last is None:
            place += 1
            continue
        first, end = last
        start, stop = tokens[first].start, tokens[end].end
        if not any(start < used_end and used_start < stop for used_start, used_end in blocked):
            found.append(Guest(start, stop, asked.text[start:stop]))
        place = end + 1
    return found


@cache
def _kinds() -> dict[str, frozenset[str]]:
    rows = (files(__package__) / "asked_name_words.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t") for line in rows if line and not line.startswith("#"))
    return {kind: frozenset(words.split("|" if "|" in words else None)) for kind, words in pairs}


def _titled(asked: Asked, tokens: list[Token], place: int, names: frozenset[str]) -> tuple[int, int] | None:
    """First and last word of the name behind a title at `place`."""
    title = tokens[place].text
    english = title in _TITLES
    if not english and title not in _VIETNAMESE_TITLES and not (title in _PLAIN_TITLES and asked.language == "vi"):
        return None
    if place + 1 < len(tokens) and f"{tokens[place].plain} {tokens[place + 1].plain}" in _kinds()["place"]:
        return None
    first = place + 1
    while first < len(tokens) and tokens[first].text in _TITLES | _VIETNAMESE_TITLES | {"tên", "ten", "hàng"} - {"anh"}:
        first += 1
    last = first - 1
    for token in tokens[first : first + _MAX_WORDS]:
        following = tokens[tokens.index(token) + 1].plain if token is not tokens[-1] else ""
        goes_on = _is_capital(asked, token) or (asked.may_lack_accents and following in names)
        if token.plain in _kinds()["never"] and not (token.plain in names and goes_on):
            break
        if not (
            _is_capital(asked, token)
            or _is_known(token, names, asked)
            or (english and title != "miss" and last < first and len(token.text) > 1)
        ):
            break
        if any(map(str.isdigit, token.text)) or token.text == "'s" or _falls(asked, tokens[first], token):
            break
        last += 1
    if last < first:
        return None
    lower = not _is_capital(asked, tokens[first])
    weak = title in _PLAIN_TITLES | {"chi", "anh", "khách", "khach", "ong"} and lower
    if weak and last == first and tokens[first].plain in _kinds()["common"] and tokens[first].plain not in names:
        return None
    return first, last


def _bare(
    asked: Asked, tokens: list[Token], place: int, names: frozenset[str], *, of_booking: bool
) -> tuple[int, int] | None:
    """A name without title: words of guests' names, or a capitalised word behind "booking for", or before "'s room"."""
    last = place - 1
    for token in tokens[place : place + _MAX_WORDS]:
        if token.plain not in names or token.text[0].isdigit() or _falls(asked, tokens[place], token):
            break
        last += 1
    run = tokens[place : last + 1]
    if run and _is_name(asked, tokens, place, last, of_booking=of_booking):
        return place, last
    token = tokens[place]
    if not _may_be_name(asked, token):
        return None
    last = place
    while last + 1 < len(tokens) and last - place < _MAX_WORDS and _joined(asked, tokens[last], tokens[last + 1]):
        last += 1
    behind = tokens[last + 1].text if last + 1 < len(tokens) else ""
    owns = behind == "'s" and place > 0
    cued = bool(_NAME_CUE.search(asked.source.before(token.start, 40)))
    return (place, last) if cued or owns or (last > place and _is_surname_first(tokens[place])) else None


_SURNAMES = word_set(
    "nguyen|tran|le|pham|hoang|huynh|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|trinh|dinh|truong|lam|dao|"
    "luong|doan|mai|ha|cao|ta|thai|chu|luu|quach|kim"
)


def _is_surname_first(token: Token) -> bool:
    return token.plain in _SURNAMES


def _is_name(asked: Asked, tokens: list[Token], first: int, last: int, *, of_booking: bool) -> bool:
    """Whether words that occur in guests' names are one here, and not everyday words or places."""
    run = tokens[first : last + 1]
    if _is_place(asked, tokens, first, last):
        return False
    rare = [token for token in run if _is_foreign(token) and token.plain not in _kinds()["common"]]
    capitals = [token for token in run if _is_capital(asked, token)]
    cued = bool(_NAME_CUE.search(asked.source.before(run[0].start, 40)))
    owns = last + 1 < len(tokens) and tokens[last + 1].text == "'s"
    is_plain = cued or asked.may_lack_accents or asked.language == "en"
    if len(run) >= 2 and (
        len(capitals) == len(run) or (run[0].plain in _SURNAMES and (of_booking or cued) and is_plain)
    ):
        return True
    if len(run) >= 3 and of_booking and is_plain:
        return True
    if rare:
        return bool(capitals) or of_booking or cued or owns or len(tokens) <= 4
    if len(run) >= 2 or (run[0].plain in _kinds()["never"] | _kinds()["title"] and not capitals):
        return len(run) >= 2 and cued
    if capitals and _may_be_name(asked, run[0]):
        at_start = asked.source.sentence(run[0].start).start >= run[0].start - 1
        return cued or owns or (of_booking and not at_start)
    return cued and of_booking and run[0].text.isascii()


# A Vietnamese syllable without its accents; what is none is a foreign name ("keiko"), and no everyday word.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?(?:[iy]e|uye|uyu|[iy]eu|uoi|uou|oai|oay|uay|uya|ao|"
    r"au|ay|ai|eo|eu|ia|iu|oa|oe|"
    r"oi|oo|ua|ue|ui|uo|uu|uy|ya|[aeiouy])(?:ch|ng|nh|[cmnpt])?"
)


def _is_foreign(token: Token) -> bool:
    return len(token.plain) >= MIN_LETTERS and not _SYLLABLE.fullmatch(token.plain)


def _is_place(asked: Asked, tokens: list[Token], first: int, last: int) -> bool:
    """ "Hội An", "tiếng Hàn", "Nha Trang": a name's words as part of another name."""
    before = tokens[first - 1] if first else None
    if before is not None and before.plain in _kinds()["geo"]:
        return True
    around = tokens[max(0, first - 1) : last + 2]
    pairs = {f"{left.plain} {right.plain}" for left, right in pairwise(around)}
    if pairs & _kinds()["place"]:
        return True
    return before is not None and first > 1 and last == first and _may_be_name(asked, before) and bool(before.plain)


def _falls(asked: Asked, first: Token, token: Token) -> bool:
    """ "Thomas Muller dang o": a name that began with a capital does not go on in small letters."""
    is_joined = token.start > 0 and asked.text[token.start - 1] == "-"
    return _is_capital(asked, first) and not _is_capital(asked, token) and not is_joined


def _is_known(token: Token, names: frozenset[str], asked: Asked) -> bool:
    return token.plain in names


def _joined(asked: Asked, left: Token, right: Token) -> bool:
    return _may_be_name(asked, right) and asked.text[left.end : right.start] in {" ", "-"}


def _may_be_name(asked: Asked, token: Token) -> bool:
    kinds = _kinds()
    if not _is_capital(asked, token) or token.text[0].isdigit() or asked.text[token.start : token.end].isupper():
        return False
    return token.plain not in kinds["never"] | kinds["day"] | kinds["title"]


def _is_capital(asked: Asked, token: Token) -> bool:
    return asked.text[token.start].isupper()
