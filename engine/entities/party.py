"""How many persons: "table for 4", "4 adults and 2 kids", "bàn 6 người", "2 lớn 1 nhỏ", "hai vợ chồng"."""

import re
from typing import NamedTuple

from innkeeper.engine.entities.numbers import ENGLISH_WORD, NUMBER, number_value
from innkeeper.engine.entities.source import Pattern, Source, word_set

_PARTNER = (
    r"(?:wife|husband|partner|girlfriend|boyfriend|fianc[ée]e?|mother|father|mom|mum|mam|dad|sister|brother|friend|son|"
    r"daughter|boss|colleague|cousin|aunt|uncle|grandmother|grandma|niece|nephew|other half|better half|hubby|missus)"
)
_ADULTS = r"(?:adults?|grown-?ups?|người lớn|~lớn|ng lớn|nglon|~nl|lon(?= \d))"
_CHILDREN = (
    r"(?:children|child|kids?|babies|baby|infants?|toddlers?|teenagers?|teens?|trẻ em|trẻ con|trẻ|"
    r"trẻ nhỏ|em bé|bé|con nhỏ|cháu|nhóc|~nhỏ|nho|đứa nhỏ|~te)"
)
_AND = r"(?:\s?(?:,|and|\+|&|plus|with|và|với|cùng|voi|n)?\s?)"
_EN_NUMBER = rf"(?:\d{{1,3}}|{ENGLISH_WORD}|a|an)"
_N = rf"(?:{NUMBER}|a|an)"
_START = r"(?<![\w.,:/$-])"

_FAMILY = Pattern(
    rf"{_START}(?P<adults>{_N})\s?(?:{_ADULTS}|"
    rf"(?P<couple>vợ chồng)){_AND}(?P<children>{_N})\s?{_CHILDREN}(?!\w)(?:{_AND}(?P<more>{_N})\s?{_CHILDREN}(?!\w))?"
)
_TOGETHER = Pattern(
    rf"\b(?:me|myself) and my (?:(?P<count>{_EN_NUMBER}) \w+|(?!parents|friends|kids|children|family|"
    rf"sons|daughters)[a-z]+)(?!\w)(?! (?:and|,))|(?<!, )(?<!and )\bmy (?:wife|husband|partner|"
    rf"girlfriend|boyfriend|fianc[ée]e?|mother|father|mom|mum|dad|sister|brother|friend|son|"
    rf"daughter) and (?:i|me|myself)\b"
    rf"|\bmy {_PARTNER} (?:and|&|\+) (?:i|me|myself)\b|\b(?:me|myself) (?:and|&|\+|plus) my {_PARTNER}\b(?! (?:and|,))"
    rf"|\bi(?:['’]m)? (?:am |will )?(?:come |coming |going |go )?with my {_PARTNER}\b(?! (?:and|,))"
    r"|\bcouple['’]?s['’]? (?:\w+ )?(?:massage|spa|treatment|facial|package)|\bthe two of us\b|\bsign (?:both|"
    r"them both)\b|"
    r"\bboth (?:of us|mine|of them|my (?:kids|children|boys|girls|sons|daughters))\b"
    r"|(?<!\w)(?:với|cùng|và) (?:chồng|vợ|bạn gái|bạn trai|người yêu|bồ)(?: (?:mình|em|chị|anh|tôi))?(?!\w)(?! "
    r"(?:và|với|con|bé))"
    r"|(?<!\w)hai đứa (?:mình|em|tụi em|tui)(?!\w)"
    r"|\b(?:as|for) a couple\b(?! of|['’])|(?P<alone>\b(?:just|only) (?:me|myself)\b|\bmyself only\b|"
    r"\bone person\b|(?<!\w)(?:đi|ăn) (?:một|1) mình(?!\w))|(?<!\w)(?P<couple>vợ chồng) (?:mình|tôi|"
    r"em|anh|chị|tui|con)(?!\w)"
)
_HOUSEHOLD = Pattern(
    rf"\bmy {_PARTNER},? (?:and |& |with |plus )?(?:i,? |me,? |myself,? )?(?:and |& |with |plus )?(?:our |my |the )?"
    rf"(?P<count>{_EN_NUMBER}) (?:\w+ )?{_CHILDREN}(?!\w)|"
    rf"\bvợ chồng (?:mình|tôi|em|anh|chị|tui|con)? ?(?:và|với|cùng|\+) (?P<count2>{NUMBER}) {_CHILDREN}(?!\w)"
)
_KIN = Pattern(
    rf"{_START}(?P<count>{NUMBER}) (?:mẹ con|bố con|ba con|cha con|chị em|anh em|bà cháu|ông cháu|"
    rf"cô cháu|đứa|bạn nữ|bạn nam)(?!\w)(?! (?:nhỏ|trai|gái))"
)
_COUNTED = Pattern(
    rf"{_START}(?P<count>{NUMBER})\s?(?:total )?(?P<noun>people|ppl|persons?|pax|guests|diners|heads|"
    rf"covers|adults?|of us|players?|golfers|passengers|travellers|travelers|visitors|participants|friends|"
    rf"ladies|mates|colleagues|"
    rf"kids|children|of you|người lớn|người(?! (?:yêu|nhà|dọn|lên))|~ng|khách(?! sạn)|vợ chồng|seats?|ghế ngồi|"
    rf"chỗ(?! nào)|suất)(?!\w)"
)
_GROUP = Pattern(
    rf"\b(?:party|group|family|table|team) of (?P<count>{_EN_NUMBER})(?!\w)|(?<!\w)(?:gia đình|nhà|"
    rf"nhóm|đoàn|bàn|hội|team)(?: (?:mình|em|tôi|anh|chị))?(?: (?:cho|có|"
    rf"gồm))? (?P<count2>{NUMBER})(?: (?:người|~ng|khách|bạn|đứa|chỗ|thành viên))(?!\w)|"
    rf"(?<!\w)bàn (?P<count3>\d{{1,2}})(?=\s?(?:$|[,.!?]|lúc|ở|tối|trưa|nha|nhé|cho))"
)
_BOOKED_FOR = Pattern(
    rf"\b(?:table|reservation|booking|tour|trip|dinner|lunch|brunch|breakfast|buffet|tee time|massage|"
    rf"spa|class|session|seats|spots|tickets|cabana|reserve|book|room|car|taxi|transfer|boat|cruise|"
    rf"hotpot|spaces?|place|picnic|cab|van|lift|ride|court|lesson|club|show|boards|kayaks?|"
    rf"slots?)\b[^.!?]{{0,45}}?\bfor (?P<count>{_EN_NUMBER})"
    r"(?![\w:%/-]|[.,]\d|\s?(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|of the|am|pm|a\.m|p\.m|nights?|days?|hours?|hrs?|minutes?|"
    r"mins?|weeks?|"
    r"months?|o'clock|th|st|nd|rd|moment|while|few|couple|bit|late|massage|second|quarter|half|foot|"
    r"\w+ massages|\w+ (?:tour|trip|class|room|massage|jacket|bag|order|wedding|birthday|person's))\b)"
)
_FOR_PERSONS = Pattern(r"\bfor (?P<one>(?:just )?(?:one|me|myself)(?: person| only)?)(?!\w)")
_OF_BOOKED = Pattern(
    rf"\b(?:put|pencil|sign|mark|count|squeeze|fit|slot) (?:us|me|our \w+) (?:down|in|up)?\s?for "
    rf"(?P<count4>{_EN_NUMBER})(?![\w:]|[.]\d|\s?(?:am|pm|o'clock))|"
    rf"\b(?:buy|need|book|reserve|order|purchase) (?:us )?(?P<count3>{_EN_NUMBER}) (?:\S+ )?tickets?\b(?! "
    rf"(?:number|office))|(?:mua|đặt|book|lấy|giữ)[^.!?\d]{{0,20}}(?P<count5>\d{{1,2}}) (?:~vé|ve(?= )|seat)|"
    r"\bneed (?P<count>\d{1,2})(?=\s?[,.!?])|\b(?P<count2>\d{1,2}) (?:tickets?|tix|seats) (?:for|"
    r"to|left for) (?:the )?(?:water puppet|show|gala|puppet)"
)
_CHILDREN_TOO = Pattern(rf"{_AND}(?P<children>{_N})\s?{_CHILDREN}(?!\w)")
_BOOKING = Pattern(
    r"\b(?:book|booking|reserv\w+|table|tour|trip|dinner|lunch|class|session|put (?:us |me )?down|"
    r"tickets?|seats?|transfer|taxi|grab|car|arriv\w+|check in|check-in|stay|join|restaurant|cruise|"
    r"spa|massage"
    r"|sign|club|yoga|pilates|cooking|massage|treatment|facial|boat|overnight|show|golf|tee|court|lesson|brunch|"
    r"picnic|pick(?:ing|ed)? (?:us|me) up"
    r"|đặt|đăng ký|lớp|giữ chỗ|còn chỗ|cho \d+ người|mua|check ?in|massage|show|bàn|nhà hàng|xe|vé|đón|giữ|suất|"
    r"chuyến|nhận phòng|trả phòng|gói|tour|đoàn|gia đình|"
    r"nhà mình|ăn|lặn|buffet|tổng cộng|đi)\b"
)
_EMERGENCY = Pattern(r"\b(?:stuck|trapped|lift|elevator|thang máy|kẹt|cứu|only one card|one key|key card)\b")
_BEFORE_NO_PARTY = Pattern(r"\b(?:another|extra|other|for the|thêm|mấy|có|towels? for|pillows? for)\s$")


# Friends and children are the party only right behind what is booked for them: "a tour for four friends".
_NEED_A_BOOKING = word_set(
    "friends|ladies|mates|colleagues|kids|children|visitors|travellers|travelers|passengers|of you"
)
_SEATED = Pattern(
    r"\b(?:table|tour|tickets?|seats?|spots?|class|lesson|session|dinner|lunch|brunch|transfer|car|van|taxi|"
    r"club|book\w*|"
    r"reserv\w+|sign|boat|massages?)\b[^.!?]{0,40}$"
)
_VIETNAMESE_NOUNS = {"người", "nguoi", "ng", "khách", "khach"}
_CANCELLED = Pattern(r"\b(?:cancel\w*|call off|hủy|huỷ)\b")
_NOW = Pattern(
    rf"[^.!?\d]{{0,16}}\b(?:còn|thành|xuống|to|to just|now)\s(?P<count>{NUMBER})(?!\w|[:.]\d|\s?(?:h|giờ|pm|am)\b)"
)


class Party(NamedTuple):
    """A number of persons found in a message, children included."""

    start: int
    end: int
    persons: int


def find_party(source: Source) -> Party | None:
    """Total number of persons the message asks something for, or `None`."""
    if not any(char.isdigit() for char in source.lower) and not _WORDS.search(source.lower):
        return None
    return (
        _family(source)
        or _household(source)
        or _group(source)
        or _counted(source)
        or _kin(source)
        or _booked_for(source)
        or _together(source)
    )


_WORDS = Pattern(
    rf"\b(?:{ENGLISH_WORD}|"
    r"một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|me|my|myself|both|vợ|chồng|couples?)\b"
)


def _value(written: str | None) -> int:
    return (number_value(written) or 0) if written else 0


def _party(start: int, end: int, persons: int) -> Party | None:
    return Party(start, end, persons) if 1 <= persons <= 500 else None


def _family(source: Source) -> Party | None:
    match = _FAMILY.search(source.lower)
    if match is None:
        return None
    adults = _value(match["adults"])
    if match["couple"]:
        adults = 2 if adults in {1, 2} else adults * 2
    return _party(match.start(), match.end(), adults + _value(match["children"]) + _value(match["more"]))


def _household(source: Source) -> Party | None:
    """ "My wife, two kids and I": the couple and the counted children."""
    match = _HOUSEHOLD.search(source.lower)
    if match is None or not _BOOKING.search(source.lower) or _EMERGENCY.search(source.lower):
        return None
    return _party(*match.span(), 2 + _value(match["count"] or match["count2"]))


def _group(source: Source) -> Party | None:
    match = _GROUP.search(source.lower)
    return _party(*match.span(), _value(match["count"] or match["count2"] or match["count3"])) if match else None


def _counted(source: Source) -> Party | None:
    for match in _COUNTED.finditer(source.lower):
        if _is_countless(match, source):
            continue
        persons = _value(match["count"])
        if match["noun"] in {"vợ chồng", "vo chong"}:
            persons = 2
        end = match.end()
        now = _NOW.match(source.lower, end)
        if now:
            return _party(now.start("count"), now.end("count"), _value(now["count"]))
        more = _CHILDREN_TOO.match(source.lower, end) if match["noun"] not in {"seat", "seats"} else None
        if more:
            persons, end = persons + _value(more["children"]), more.end()
        return _party(match.start(), end, persons)
    return None


def _is_countless(match: re.Match[str], source: Source) -> bool:
    """Persons who are only part of the story, or seats of a car ("xe 16 chỗ", "7 seater")."""
    before = source.before(match.start(), 16)
    if match["noun"] in _NEED_A_BOOKING and not _SEATED.search(source.before(match.start(), 60)):
        return True
    if source.is_vietnamese and (
        match["count"] == "ten" or (match["noun"] in _VIETNAMESE_NOUNS and not _BOOKING.search(source.lower))
    ):
        return True
    if match["noun"] in {"chỗ", "cho"} and not before.endswith(("giữ ", "đặt ", "giu ", "dat ")):
        return True
    if match["noun"] == "suất" and not _BOOKING.search(source.lower):
        return True
    if _BEFORE_NO_PARTY.search(before) and not _BOOKING.search(source.lower):
        return True
    return bool(_EMERGENCY.search(source.lower))


def _kin(source: Source) -> Party | None:
    match = _KIN.search(source.lower) if _BOOKING.search(source.lower) and not _EMERGENCY.search(source.lower) else None
    return _party(*match.span(), _value(match["count"])) if match else None


def _together(source: Source) -> Party | None:
    """ "Me and my wife" in a booking: two."""
    match = (
        _TOGETHER.search(source.lower)
        if _BOOKING.search(source.lower) and not _EMERGENCY.search(source.lower)
        else None
    )
    if match is None or (match.group().startswith("couple") and _CANCELLED.search(source.lower)):
        return None
    return _party(*match.span(), 1 if match["alone"] else _value(match["count"]) + 1 if match["count"] else 2)


def _booked_for(source: Source) -> Party | None:
    match = _BOOKED_FOR.search(source.lower) or _OF_BOOKED.search(source.lower)
    if match is not None:
        groups = match.groupdict()
        group = next(name for name, written in groups.items() if written)
        return _party(match.start(group), match.end(group), _value(groups[group]))
    alone = _FOR_PERSONS.search(source.lower)
    if alone is not None and "person" in alone["one"]:
        return _party(alone.start("one"), alone.end("one"), 1)
    return None
