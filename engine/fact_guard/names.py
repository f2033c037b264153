"""Names in an answer: behind a title, with a Vietnamese surname first, or of words that are no common ones."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import chain

from innkeeper.engine.fact_guard.mentions import Reading
from innkeeper.engine.fact_guard.scanning import TAKEN, LazyPattern, Scan, listed
from innkeeper.engine.text import fold, lowered, words

_CAPITALS = "".join(
    chr(code) for code in chain(range(0x41, 0x5B), range(0xC0, 0x250), range(0x1E00, 0x1F00)) if chr(code).isupper()
)
_WORD = (
    r"(?!(?:M(?:rs?|s|x|iss|me)|Dr|Prof)\b)"  # a title is no name
    rf"(?:[{_CAPITALS}]\.(?= ?[{_CAPITALS}])|[{_CAPITALS}][^\W\d_]*(?:['’-][^\W\d_]+)*(?!\w))"
)
_PARTICLE = r"(?:van|von|de|da|del|di|la|le|der|den|bin|al|el|y|dos|ter|ibn) "
_ABBREVIATED = r"mrs?|ms|mx|dr|prof|mme"
_ENGLISH_TITLE = r"miss|sir|madam|guest:?"
_VI_TITLE = r"anh|chị|ông|bà|cô|chú|bác|em|ngài|thầy|khách hàng|quý khách|khách|bé|cháu|chi|ong|co|chu|bac"
_NAME = LazyPattern(
    rf"(?<![\w@.])(?P<title>(?:(?i:(?:{_ABBREVIATED})\.?|{_ENGLISH_TITLE}|(?:{_VI_TITLE}):?)[ /])*)"
    rf"(?P<name>{_WORD}(?:[ ](?:{_PARTICLE}){{0,2}}{_WORD}){{0,5}})"
)
_TITLES = re.compile(rf"(?i:{_ABBREVIATED}|{_ENGLISH_TITLE}|{_VI_TITLE})")
_SENTENCE_START = re.compile(r"(?:^|[.!?…:;|\n(\[\"“«–•\x00-]\s*)$")
_SURNAMES = frozenset(
    lowered(
        "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Trịnh Đinh Trương Lâm Mai Đào Lương Hà "
        "Cao Tạ Thái Chu Lưu Quách Kim Đoàn Phùng Tô Vương Châu Tăng La Kiều Nghiêm Hứa Thạch Triệu Tống Mạc Từ Đàm"
    ).split()
)
PLAIN_SURNAMES = frozenset(map(fold, _SURNAMES))
_NO_SURNAME = frozenset(
    {"ho boi", "ho ca", "ho chi", "ho tay", "ho xuan", "ha noi", "ha long", "ha giang", "cao cap", "cao bang",
     "mai chau", "kim loai", "kim nguyet", "chu nhat", "chau au", "chau a", "thai lan", "ly nguyet", "le tan", "le tet",
     "le nghi", "vu truong", "vo nguyen", "duong sat", "trieu dong", "tu dong", "tu van", "tu thu", "to tung"}
)  # fmt: skip
# Given names that are words too: "Mark Young" is a person, unless a word for a place or a trade stands at the end.
_GIVEN = frozenset(
    listed(
        "park mark rose grace will bill jack frank grant rob pat sue art drew gene ray chase mason hunter carter "
        "cooper taylor tyler page brook crystal ruby pearl amber jade ginger lily daisy violet iris ivy holly "
        "heather olive sandy autumn summer melody victoria charlotte paris austin jordan nick dean earl guy "
        "rich miles max basil reed glen cliff lance dale hope faith joy dawn april june may penny rusty angel "
        "christian dick don harry john peter paul mary anna david michael james robert daniel thomas alice "
        "emma olivia sophie lucas martin simon adam eric kevin"
    )
)
_PLACES = frozenset(
    listed(
        "room rooms suite villa hall lounge bar restaurant cafe bistro grill kitchen spa pool gym garden terrace club "
        "centre center desk office wing tower floor beach lake menu package special season sale party buffet brunch "
        "service team manager director department counter lobby shop house hotel resort lodge market bay street road"
    )
)
_DERIVED = (
    "tion", "tions", "sion", "sions", "ment", "ments", "ness", "ious", "able", "ible", "ities", "ship", "ance", "ence",
    "ical", "ically", "ingly", "fully",
)  # fmt: skip
_NOT_AFTER_TITLE = frozenset(listed("san hang vip viet han nhat phap my nga uc au na ria trieu trung oi thai"))
_LEADING = frozenset(
    listed(
        "the a an is are was were will does do did has have can could may should would if when while for from of in on "
        "at to with by and or but so yes no not also both only please this that these those their his her its our your "
        "my all guest guests room rooms booking bookings hotel dear hi hello mr mrs ms miss dr name names stay suite "
        "villa there here then as per since until after before regarding about according ask contact call see tell "
        "currently vang da khong co khach phong anh chi ong ba ban quy ngai ten theo va hoac cua o tai la cho voi neu "
        "khi hien lien he luu vui long xin dat"
    )
)
_TRAILING = frozenset(listed("room rooms suite villa booking guest phong is has s hotel"))


@cache
def common_words() -> frozenset[str]:
    """Folded words that are no name when they have a capital."""
    lines = files("innkeeper.engine.fact_guard").joinpath("words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(lines[1:])


def find_names(scan: Scan) -> None:
    """Names of persons, places and brands; capitalised words of the trade ("Front Desk") are none."""
    open_text = "".join(TAKEN if mark == TAKEN else char for char, mark in zip(scan.text, scan.open, strict=True))
    for match in _NAME.compiled.finditer(open_text):
        titled = bool(match["title"]) and not _is_unaccented_three(scan, match)
        offset = match.start("name")
        parts = [(offset + word.start, word.text) for word in words(match["name"])]
        at_start = bool(_SENTENCE_START.search(open_text[max(0, offset - 8) : offset])) and not titled
        found = list(_trimmed(parts, titled=titled))
        if found and not titled:  # "Call Ms Lan": the title has a capital too
            place = parts.index(found[0])
            titled = place > 0 and bool(_TITLES.fullmatch(parts[place - 1][1]))
        if found:
            _note(scan, found, titled=titled, initial=at_start and found[0] == parts[0])


def name_words(text: str) -> list[str]:
    """Words of a name, lower-cased with accents."""
    return [word.text.removesuffix("'s").removesuffix("’s") for word in words(lowered(text))]


def _note(scan: Scan, parts: list[tuple[int, str]], *, titled: bool, initial: bool) -> None:
    start, end = parts[0][0], parts[-1][0] + len(parts[-1][1])
    texts = [text for _, text in parts]
    if titled:
        is_name = fold(texts[0]) not in _NOT_AFTER_TITLE
    elif _is_vietnamese(texts) or _has_given_name(texts):
        is_name = True
    elif len(texts) > 1 and all(text.isupper() for text in texts):  # a heading
        is_name = False
    else:
        is_name = any(not _is_common(text) for text in texts) and (
            len(texts) > 1 or (not initial and len(texts[0]) >= 3)
        )
    if is_name:
        written = name_words(scan.text[start:end])
        readings = [Reading("name", " ".join(written))]
        if initial and len(texts) > 1 and _is_common(texts[0]) and not _has_given_name(texts):
            readings.append(Reading("name", " ".join(written[1:])))  # "Forget Paradise-Lobby" begins a sentence
        scan.add("name", start, end, readings)


def _trimmed(parts: list[tuple[int, str]], *, titled: bool) -> Iterator[tuple[int, str]]:
    """Without words of the sentence before the name and of the trade behind it."""
    first, last = 0, len(parts)
    if not titled:
        while first < last and fold(parts[first][1]) in _LEADING and not _is_vietnamese([t for _, t in parts[first:]]):
            first += 1
    while last > first and fold(parts[last - 1][1]) in _TRAILING:
        last -= 1
    yield from parts[first:last]


def _is_vietnamese(texts: list[str]) -> bool:
    """Surname first: "Lê Thu Hà", "Nguyen Van An"."""
    if not 2 <= len(texts) <= 5 or fold(" ".join(texts[:2])) in _NO_SURNAME:
        return False
    first = lowered(texts[0])
    return first in _SURNAMES or (first.isascii() and first in PLAIN_SURNAMES and len(texts) >= 3)


def _has_given_name(texts: list[str]) -> bool:
    return len(texts) > 1 and fold(texts[0]) in _GIVEN and fold(texts[-1]) not in _PLACES


def _is_common(text: str) -> bool:
    """A common word, an inflection of one, or an abbreviation in capitals."""
    if text.isupper() and len(text) <= 6:
        return True
    known, word = common_words(), fold(text).removesuffix("'s")
    if word in PLAIN_SURNAMES and not text.isascii() and lowered(text) not in _SURNAMES:
        return True  # "Nguyên đán"
    if word in known or not word.isascii():
        return word in known
    if word.endswith(_DERIVED) and len(word) > 6:
        return True
    for ending, instead in (("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"),
                            ("ly", ""), ("er", ""), ("est", ""), ("al", ""), ("ly", "le")):  # fmt: skip
        if word.endswith(ending) and word.removesuffix(ending) + instead in known and len(word) - len(ending) >= 3:
            return True
    return all(part in known for part in word.split("-")) if "-" in word else False


def _is_unaccented_three(scan: Scan, match: re.Match[str]) -> bool:
    """ "co Lan" may be "có Lan"; without its accent a title counts only where nothing is accented."""
    plain = match["title"].strip(" .:/").lower() in {"chi", "ong", "co", "chu", "bac"}
    return plain and scan.is_accented
