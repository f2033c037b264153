"""Guest data out of free text: what a log line must never keep, replaced by the name of its kind.

Too much is better than too little: a masked order number costs a look-up, a logged passport a report to an authority.
"""

import re

_GAP = r"[\s.\-]?"

_EMAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+")
# 13 to 19 digits, alone or in groups: payment cards.
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_DOCUMENT_WORD = (
    r"passport|hộ chiếu|ho chieu|căn cước(?: công dân)?|can cuoc|cccd|cmnd|cmt|id card|identity card|visa no"
)
_DOCUMENT = re.compile(
    rf"\b(?:{_DOCUMENT_WORD})\b(?:\s*(?:number|no\.?|số|so|là|la|is|:|#|=))*\s*(?=[a-z]*\d)[a-z0-9]{{5,15}}\b"
    r"|(?<![\w-])(?-i:[A-Z]{1,2})\d{6,9}(?![\w-])"  # B1234567, as Vietnamese and most other passports are numbered
    r"|(?<![\w.-])\d{12}(?![\w-])",  # a Vietnamese citizen's number
    re.IGNORECASE,
)
_PHONE = re.compile(
    # Vietnamese, after +84, (+84) 0, 0084, 84 or 0: nine digits, or ten of a landline with its area code
    rf"(?<![\w.])(?<![0-9a-f]{{4}}-)(?:\((?:\+|00)?{_GAP}84\)|(?:\+|00)?{_GAP}84|0){_GAP}\(?0?\)?{_GAP}"
    rf"[235789](?:{_GAP}\d){{8,9}}(?!\w)"
    rf"|(?<![\w.])\(0\d{{2,3}}\)\s?\d(?:{_GAP}\d){{6,7}}(?!\w)"  # (028) 3822 1234
    rf"|(?<!\w)(?<![0-9a-f]{{4}}-)(?:\+|00)[1-9](?:[\s.\-()]{{0,2}}\d){{6,13}}(?!\w)"  # any other country
)

_UPPER = "A-ZÀ-ÖØ-ÞĀĂĐĨŨƠƯẠ-Ỹ"
_NAME = rf"[{_UPPER}][\w'’]*(?:[ \t]+[{_UPPER}][\w'’]*){{0,4}}"
_TITLE = (
    r"(?i:mr|mrs|ms|miss|dr|sir|madam|anh|chị|chi|ông|ong|bà|ba|cô|co|chú|chu|em|khách|khach|guest|name|tên|ten)\.?"
)
_ROOM = r"(?i:room|rm|phòng|phong|villa|suite)\.?\s*(?:(?i:number|no\.?|số|so)\s*)?#?\s*[A-Z]?\d{1,4}[A-Z]?\b"
_LINK = r"(?:[\s,;:()\-–—/]|\b(?i:in|of|at|for|is|ở|của|cho|là|tại|here|from)\b){1,6}"
_ROOM_AND_NAME = re.compile(
    rf"\b{_ROOM}{_LINK}(?:{_TITLE}\s+)?{_NAME}|\b(?:{_TITLE}\s+)?{_NAME}{_LINK}{_ROOM}|\b{_TITLE}[:=]?\s+(?:{_NAME})(?!\w)"
)
_NAME_FIELD = re.compile(
    r"""(["']?\b(?:guest_?name|full_?name|customer_?name)\b["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;}]+)"""
)

_KINDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (_EMAIL, "[e-mail]"),
    (_PHONE, "[phone]"),
    (_CARD, "[card]"),
    (_DOCUMENT, "[document]"),
    (_ROOM_AND_NAME, "[room and name]"),
    (_NAME_FIELD, r"\1[name]"),
)


def redact(text: str) -> str:
    """
    Replace e-mail addresses, phone, card and identity numbers, and names beside a room or a title.

    Args:
        text: Any text; Vietnamese with or without accents, or English.

    Returns:
        The text with `[e-mail]`, `[phone]`, `[card]`, `[document]`, `[room and name]` and `[name]` in their place.
        Redacting twice changes nothing.
    """
    for pattern, replacement in _KINDS:
        text = pattern.sub(replacement, text)
    return text
