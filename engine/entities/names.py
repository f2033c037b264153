"""The guest's name: introduced ("Name is Okafor", "tên Nguyễn Thị Lan"), booked under, or signed."""

import re

from innkeeper.engine.entities.source import Pattern, Source, Span, word_set
from innkeeper.engine.text import fold

_CAPITAL = r"(?:[A-Z]\.|[^\W\d_a-z\u00df-\u00ff][^\W\d_]*(?:['’-][^\W\d_]+)*)"
_NAME = Pattern(
    rf"(?:{_CAPITAL}|(?:van|von|de|da|del|di|la|le|der|den|bin|al|el|y)(?=\s))(?:[ ](?:{_CAPITAL}|"
    rf"(?:van|von|de|da|del|di|la|le|der|den|bin|al|el|y)(?=\s[^\W\d_a-z\u00df-\u00ff]))){{0,4}}"
)
_TITLE = Pattern(
    r"(?:(?:mr\.? and mrs|mr\.? & mrs|mrs|mr|ms|miss|mister|madam|dr|prof|sir|family|the|anh/chị|bé|cháu|"
    r"anh chị|anh|chị|cô|chú|bác|ông|bà|em|bạn|chi|co|chu|bac|ong|ba|gia đình|gđ)\.?\s+)+",
    re.IGNORECASE,
)
_INTRODUCED = Pattern(
    r"(?:\b(?:name of|should read|should say|my name is|my name's|the name is|name is|names? should be|should "
    r"be|name:|named?|"
    r"the booking is under|on behalf of|(?:booked|made|reserved|listed|registered|filed|"
    r"held|down) (?:as|for|under)|maiden name,?|speaking,|under the name of|under the name|under name|under|"
    r"booking for|"
    r"reservation for|reserved for|booked by|in the name of|in my name,?|for (?=mr|mrs|ms |dr)|"
    r"guest name:?|guest:|family name(?: is)?|last name(?: is)?|surname(?: is)?|this is|i'm|i am|it's)"
    r"|(?<!\w)(?:họ tên(?: là)?|họ và tên|tên khách(?: hàng)?(?: là)?|khách tên|người đặt(?: là)?|"
    r"đặt tên|tên đặt phòng|đứng tên|ghi tên|tên em là|tên đăng ký|đặt dưới tên|booking (?:tên|của)|mình tên|"
    r"tôi tên|em tên|anh tên|chị tên|tên (?:là|"
    r"của tôi là|mình là|tôi là|em là)|tên|tôi là|mình là|em là|anh là|chị là|tên:|dưới tên|theo tên|"
    r"khách:|~e là|(?:em|anh|chị|mình|tôi|cô|chú|bác) (?:ở )?tên(?: là)?))(?:(?<=[:\s])|(?!\w))\s?:?\s?(?:là )?"
)
_WEAK = word_set(
    "i'm|i am|it's|should be|should say|e la|em là|anh là|chị là|em la|anh la|chi la|minh la|mình là|tên|ten|"
    "named|name|names"
) - {"name", "tên", "ten"}
_VIETNAMESE_CUES = (
    "ten",
    "tên",
    "ho ",
    "họ ",
    "khach",
    "khách",
    "nguoi dat",
    "người đặt",
    "dat ten",
    "đặt tên",
    "dung ten",
    "đứng tên",
    "toi ten",
    "ghi ten",
    "ghi tên",
    "booking ten",
    "booking tên",
    "tôi tên",
    "minh ten",
    "mình tên",
    "em ten",
    "em tên",
    "toi la",
    "tôi là",
    "duoi ten",
    "theo ten",
)
_CLOSING = Pattern(
    r"(?:\b(?:(?:kind|best|warm|warmest|many)?\s?regards|best wishes|all the best|best|sincerely|"
    r"yours(?: truly| sincerely| faithfully)?|respectfully|cheers|thanks(?: again| in advance|"
    r" so much)?|thank you(?: very much| in advance| so much)?|thx|love|greetings)"
    r"|(?<!\w)(?:trân trọng(?: cảm ơn)?|xin cảm ơn|cảm ơn(?: nhiều)?|cám ơn|thân(?: ái| mến)?|"
    r"kính thư|kính chào))\s*[,.!\n:-]+\s*(?:from\s|the\s)?",
    re.IGNORECASE,
)
_FAMILY_NAME = Pattern(rf"\b(?:[Tt]he )?(?P<name>{_CAPITAL}) family\b|\b[Ff]amily (?P<name2>{_CAPITAL})")
# "Marchetti is the name", "Could the Weatherby account be split?", "Okafor here", "table for Lindqvist".
_FROM_ROOM = Pattern(r"\s(?:here|in|from|at)\s?(?:room |villa |rm )?(?:\d|here\b|[,.!]|$)|\shere\b")
_NAMED_BEHIND = Pattern(
    rf"(?P<name>{_CAPITAL}(?: {_CAPITAL}){{0,3}})(?:,)? (?:is (?:the|my) (?:sur|last |family )?name\b|"
    rf"speaking\b|here(?=[,.!;:]|$| (?:in|from|at)\b))"
)
_ACCOUNT = Pattern(
    rf"\b(?:[Tt]he|[Oo]ur) (?P<name>{_CAPITAL}(?: {_CAPITAL})?)(?:['’]s?)? (?:account|booking|reservation|party|"
    rf"group|bill|folio|"
    rf"wedding|table|household|room)\b"
)
_VIETNAMESE_SPEAKER = Pattern(
    rf"(?<!\w)(?:[Aa]nh|[Cc]hị|[Cc]ô|[Cc]hú|[Bb]ác|[Ee]m|[Mm]ình|[Tt]ôi) (?P<name>{_CAPITAL}(?: {_CAPITAL}){{0,3}}) "
    rf"(?:nè|đây|ở phòng|phòng|P\.?\d|đặt (?:phòng|bàn)|nha em|nghe em)(?!\w)"
)
_SEGMENT_END = Pattern(r"(?<![A-Z])[.!?;\n]+\s*|\s[-–]\s")
_ROOM_PART = Pattern(
    r"^(?:(?:room|rm|phòng|villa|P\.?)?\s*\d{1,4}\s*[,:-]\s*)|(?:\s*[,-]\s*(?:in |now in |stayed in |"
    r"from )?(?:room|rm|phòng|villa|P\.?)?\s*\d{1,4}\s*)$",
    re.IGNORECASE,
)
_STAY_PART = Pattern(
    r",\s(?:party of |table for )?(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
    r"(?: (?:nights?|people|persons?|pax|guests|adults|of us|đêm|người|khách)[^.!?]{0,20})?$",
    re.IGNORECASE,
)
# "… taken up to 1012, Nakamura."
_ROOM_BEFORE = Pattern(
    r"(?:(?<![\w.,:/$-])(?:\d{3,4}[A-Da-d]?|\d{1,2} (?:pax|people|persons|guests|adults|of us|nights)|\d{1,2} ?[ap]m)|"
    r"\b(?:[Tt]omorrow|[Tt]onight|[Pp]lease|[Pp]ls|[Tt]hanks|[Tt]hank you)),\s(?=[^\W\d_a-z][\w'’ -]{2,40}$)"
)
_NOT_NAMES = word_set(
    "room|please|thanks|thank|hello|hi|hey|dear|good|morning|evening|afternoon|night|housekeeping|"
    "reception|wifi|tv|ac|ok|okay|villa|bungalow|suite|the|a|an|i|we|my|our|your|his|her|it|this|"
    "that|very|sorry|happy|vietnam|vietnamese|english|hanoi|da|hoi|monday|tuesday|wednesday|thursday|"
    "friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|"
    "november|december|today|tomorrow|no|yes|not|what|where|when|why|who|how|can|could|would|is|are|"
    "do|does|did|quick|urgent|asap|help|late|early|check|checkout|checkin|breakfast|dinner|lunch|"
    "pool|spa|gym|taxi|bedbugs|fire|smoke|emergency|manager|team|sir|madam|concierge|still|just|"
    "hurry|extra|all|in|on|at|from|to|with|for|and|but|or|so|if|send|call|bring|need|get|phòng|cho|"
    "em|anh|chị|mình|tôi|bạn|xin|cảm|ơn|nhờ|khách|sạn|lễ|tân|nước|khăn|bàn|xe|mai|tối|sáng|chiều|hôm|"
    "có|không|nhé|nha|ạ|vui|lòng|giúp|làm|được|rất|cần|thêm|dọn|đặt|quản|lý|tầng|thang|máy|bé|gia|"
    "đình|trân|trọng|kính|gửi|grab|zalo|minibar"
)
_ENGLISH_CUES = word_set(
    "under|under the name|under the name of|in the name of|my name is|name is|the name is|booked by|"
    "surname is|last name is"
)
_LOWER_ENGLISH = Pattern(
    r"[a-z]{3,}\b(?: [a-z]{3,}\b)?(?=\s*(?:[.,!?\n]|$|(?:please|and|as|because|for|at|on|"
    r"but|so)\b))"
)
_NO_LOWER_NAMES = word_set(
    "construction|control|pressure|water|bed|beds|sink|table|desk|carpet|door|name|the|that|this|"
    "these|those|your|our|window|bathroom|different|another|same|attack|way|age|spelled|spelt|wrong|"
    "correct|missing|misspelled|not|under"
)
_NO_SURNAMES = word_set(
    "deluxe|superior|standard|premium|executive|presidential|family|junior|royal|grand|ocean|sea|garden|orchid|lotus|"
    "christmas|agoda|booking.com|expedia|traveloka|visa|mastercard|amex|standing|living|meeting|conference|corporate|"
    "wedding|gala|noel|tet|master|booking|guest|king|queen|twin|double|single|italian|french|japanese|chinese|thai|"
    "indian|korean|american|british|australian|german|saigon|ha|hue|sapa|bana|vinwonders|company|front|business|"
    "lễ|nhà|hàng|karaoke|deposit"
)
_ALSO_NAMES = {"My", "Lý", "Anh", "Mai", "Chi", "An", "May", "April", "June", "Dung", "Nha"}
_SURNAMES = (
    "nguyen|tran|le|pham|hoang|huynh|phan|vu|vo|dang|bui|do|ho|ngo|duong|ly|trinh|dinh|truong|lam|"
    "mai|dao|luong|ha|cao|ta|thai|chu|luu|quach|kim"
)
_SURNAME_SET = word_set(_SURNAMES)
_LOWER_NAME = Pattern(
    rf"(?:{_SURNAMES})(?:\s(?!va\b|o\b|phong\b|dat\b|cho\b|den\b|luc\b|nha\b|nhe\b|a\b|voi\b|ngay\b|"
    rf"co\b)[a-z]+){{1,3}}"
)


def find_name(source: Source) -> Span | None:
    """Where the guest's name stands, without title; `None` when it is not stated."""
    return _introduced(source) or _family(source) or _spoken(source) or _signed(source) or _alone_at_the_end(source)


def _spoken(source: Source) -> Span | None:
    """A name that the words behind it mark as one: "Okafor here", "the Weatherby account", "chị Ngọc nè"."""
    for pattern in (_NAMED_BEHIND, _ACCOUNT, _VIETNAMESE_SPEAKER):
        for match in pattern.finditer(source.text):
            span = _name_at(source, match.start("name"))
            if span and span.end == match.end("name") and not _is_place(source, span):
                return span
    return None


def _is_place(source: Source, span: Span) -> bool:
    """ "The Orchid Room", "the VIP account", "the Grand Suite booking" name nobody."""
    words = source.text[span.start : span.end].split()
    return any(word.isupper() and len(word) > 1 for word in words) or any(
        word.lower() in _NO_SURNAMES for word in words
    )


def _introduced(source: Source) -> Span | None:
    # "Not Doyle, it should read Brannigan": the corrected name comes first.
    cues = sorted(_INTRODUCED.finditer(source.lower), key=lambda cue: not cue.group().startswith("should "))
    for match in cues:
        cue = match.group().strip(" :")
        span = _name_at(source, match.end())
        if span and cue in _WEAK and " " not in source.text[span.start : span.end]:
            span = span if cue == "it's" and _FROM_ROOM.match(source.lower, span.end) else None
        if span and not (cue in _WEAK and _is_in_a_question(source, span)):
            return span
        lower = (
            _LOWER_NAME.match(source.folded, match.end())
            if cue not in _WEAK and cue.startswith(_VIETNAMESE_CUES)
            else None
        )
        if cue in _ENGLISH_CUES:
            lower = _lower_english(source, match.end())
        if lower and source.text[match.end()].islower():
            return Span(*lower.span())
    return None


def _lower_english(source: Source, position: int) -> re.Match[str] | None:
    """A name typed in small letters right behind "under" or "name is"."""
    match = _LOWER_ENGLISH.match(source.text, position)
    return (
        match
        if match and not any(word in _NOT_NAMES or word in _NO_LOWER_NAMES for word in match.group().split())
        else None
    )


def _is_in_a_question(source: Source, span: Span) -> bool:
    return source.after(span.end, 2).startswith("?")


def _name_at(source: Source, position: int, *, at_least: int = 1) -> Span | None:
    title = _TITLE.match(source.text, position)
    start = title.end() if title else position
    match = _NAME.match(source.text, start)
    if match is None or not source.text[match.start()].isupper():
        return None
    end = match.end()
    words = source.text[start:end].split()
    while len(words) > 1 and words[-1].lower() in _NOT_NAMES and words[-1] not in _ALSO_NAMES:
        end -= len(words.pop()) + 1
    is_full = len(words) >= 2 and fold(words[0].lower()) in _SURNAME_SET and words[1].lower() not in _NOT_NAMES
    if not words or (words[0].lower().rstrip(".") in _NOT_NAMES and not is_full) or len(words) < at_least:
        return None
    return Span(start, end)


def _family(source: Source) -> Span | None:
    match = _FAMILY_NAME.search(source.text)
    if match is None:
        return None
    group = "name" if match["name"] else "name2"
    return None if match[group].lower() in _NOT_NAMES else Span(*match.span(group))


def _signed(source: Source) -> Span | None:
    """A name behind the last closing formula, up to the end of the message."""
    for match in reversed(list(_CLOSING.finditer(source.text))):
        span = _name_at(source, match.end())
        if span and len(source.text[span.end :].strip()) <= 40:
            return span
    return None


def _alone_at_the_end(source: Source) -> Span | None:
    """The last segment is only a name: "… Hoàng Lan.", "Room 1420, Lindqvist." """
    text = source.text.rstrip(" .!\n🙏❤️")
    breaks = list(_SEGMENT_END.finditer(text, max(0, len(text) - 90)))
    start = breaks[-1].end() if breaks else 0
    segment = text[start:]
    room = _ROOM_PART.search(segment)
    low, high = start, len(text)
    if room and room.start() == 0:
        low += room.end()
    elif room:
        high = start + room.start()
    stay = _STAY_PART.search(segment)
    if stay:
        high = start + stay.start()
    before_name = _ROOM_BEFORE.search(segment)
    if before_name:
        low, room = start + before_name.end(), before_name
    span = _name_at(source, low)
    if span is None or span.end != high or not (breaks or before_name):
        return None
    named = room or stay or len(source.text[low:high].split()) >= 2
    return span if named else None
