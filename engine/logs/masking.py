"""
Log text that a person or a model may see: secrets, personal data, ids and addresses by the name of their kind.

Every pattern is anchored or bounded, so that no text makes it slow. Names of guests cannot be known by their form;
those beside a title, a room or in a field that says so are masked.
"""

import re
from collections.abc import Callable

MAX_CHARS = 2_000

_NOT_SHOWN = re.compile(
    r"\x1b\[[0-9;?]{0,32}[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")

_SENSITIVE = (
    r"(?:[a-z]{1,20}[_-]){0,3}(?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|apikey|access[_-]?key"
    r"|private[_-]?key|credentials?|cookie|session[_-]?key|otp|pin|cvv|cvc|mật khẩu|mat khau)"
)
_SECRET_FIELD = re.compile(
    rf"(?<![\w-])({_SENSITIVE}[\"']?\s{{0,3}}(?:=|:|\b(?:is|là|la)\b(?=\s\S{{0,80}}[\d!@#$%^&*]))\s{{0,3}})"
    r"(\"[^\"]{1,500}\"?|'[^']{1,500}'?|(?:bearer |basic )?[^\s,;&<\"'][^\s,;&\"']{0,500})",
    re.IGNORECASE,
)
_AUTHORIZATION = re.compile(r"(?<!\w)((?:bearer|basic|digest)\s{1,3})[\w+/=.~-]{6,2000}", re.IGNORECASE)
_IN_URL = re.compile(r"(?<=://)[^\s/@:]{1,100}:[^\s/@]{1,200}@")
_KEY = re.compile(
    r"(?<![\w-])(?:eyJ[\w-]{5,2000}(?:\.[\w-]{1,2000}){1,4}|(?:sk|pk|rk|xox[a-z]|gh[a-z]|AKIA|ASIA|glpat|AIza)[_-]?"
    r"(?=[\w-]{0,40}\d)[\w-]{12,500})"
)
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{1,40}-----[^-]{0,4000}(?:-----END [A-Z ]{1,40}-----)?")
_VECTOR = re.compile(r"\[\s{0,3}(?:-?\d{1,4}\.\d{1,20}(?:e-?\d{1,3})?[\s,]{1,4}){3}[-\d.e\s,]{0,4000}\]?")
_BLOB = re.compile(
    r"(?<![\w+/=])(?=[A-Za-z+/]{0,60}\d)(?=[^a-z\s]{0,60}[a-z])(?=[^A-Z\s]{0,60}[A-Z])[\w+/]{40,4000}={0,2}"
)

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE)
_HEX = re.compile(r"(?<!\w)(?=[a-f]{0,40}\d)(?=\d{0,40}[a-f])[0-9a-f]{12,500}(?!\w)", re.IGNORECASE)
_MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])", re.IGNORECASE)
_IPV6 = re.compile(
    r"(?<![\w:.])(?=[0-9a-f]{0,4}:[0-9a-f:]{0,32}(?::|[a-f]))(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}(?![\w:])",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\d)")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_DOCUMENT = re.compile(
    r"(?<!\w)(?:passport|hộ chiếu|ho chieu|căn cước(?: công dân)?|can cuoc|cccd|cmnd|id card|identity card)"
    r"(?:\s{0,3}(?:number|no\.?|số|so|là|la|is|:|#|=)){0,3}\s{0,3}(?=[a-z]{0,3}\d)[a-z0-9]{5,15}(?!\w)"
    r"|(?<![\w-])(?-i:[A-Z]{1,2})\d{6,9}(?![\w-])|(?<![\w.-])0\d{11}(?![\w-])",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\w.:-])(?:\(?(?:\+|00)?84\)?|0)[ .-]?(?:\(0\)[ .-]?)?[235789](?:[ .-]?\d){8}\d?(?![\w-]|\.\d)"
    r"|(?<!\w)(?:\+|00)[1-9](?:[ .()-]{0,2}\d){7,13}(?!\w)"
)
_UPPER = "A-ZÀ-ÖØ-ÞĀĂĐĨŨƠƯẠ-Ỹ"
_NAME = rf"[{_UPPER}][\w'’]{{0,30}}(?:[ \t][{_UPPER}][\w'’]{{0,30}}){{0,4}}"
_TITLED = re.compile(
    r"(?<!\w)((?:Mr|Mrs|Ms|Miss|Dr|Madam|[Aa]nh|[Cc]hị|[ÔôOo]ng|[Bb]à|[Cc]ô|[Cc]hú|[Kk]hách|[Gg]uest|[Tt]ên)\.?:?"
    rf"[ \t]{{1,2}}){_NAME}"
)
_NAME_FIELD = re.compile(
    r"(?<![a-z])((?:guest|customer|full|first|last|user|visitor|person|employee|staff|guest_?full)_?name[\"']?\s{0,2}[:=]\s{0,2})"
    r"(\"[^\"]{1,200}\"?|'[^']{1,200}'?|[^\s,;}\"'<][^\s,;}]{0,200})",
    re.IGNORECASE,
)

Replacement = str | Callable[[re.Match[str]], str]


def _card(match: re.Match[str]) -> str:
    """A payment card by its check digit; a long number otherwise, which is an id at most."""
    digits = [int(character) for character in match.group() if character.isdigit()]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return "<card>" if (sum(doubled) + sum(digits[-1::-2])) % 10 == 0 else "<id>"


_KINDS: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    (_PRIVATE_KEY, "<secret>"),
    (_IN_URL, "<secret>@"),
    (_SECRET_FIELD, r"\1<secret>"),
    (_AUTHORIZATION, r"\1<secret>"),
    (_KEY, "<secret>"),
    (_VECTOR, "<vector>"),
    (_NAME_FIELD, r"\1<name>"),
    (_EMAIL, "<e-mail>"),
    (_UUID, "<id>"),
    (_MAC, "<mac>"),
    (_HEX, "<id>"),
    (_IPV4, "<ip>"),
    (_IPV6, "<ip>"),
    (_BLOB, "<blob>"),
    (_PHONE, "<phone>"),
    (_DOCUMENT, "<document>"),
    (_CARD, _card),
    (_TITLED, r"\1<name>"),
)


def masked(text: str) -> str:
    """
    Log text without secrets, personal data, ids and addresses, and without characters that only a terminal shows.

    Args:
        text: Any text, of which 2,000 characters are looked at.

    Returns:
        At most 2,000 characters and an ellipsis, with `<secret>`, `<e-mail>`, `<phone>`, `<card>`, `<document>`,
        `<name>`, `<ip>`, `<mac>`, `<id>`, `<vector>` (a biometric template) and `<blob>` in their place. Masking twice
        changes nothing. Room numbers, amounts and durations stay: a reader needs them.
    """
    rest = len(text) > MAX_CHARS
    text = _SURROGATES.sub("?", _NOT_SHOWN.sub("", text[:MAX_CHARS]))
    for pattern, replacement in _KINDS:
        text = pattern.sub(replacement, text)
    return text[:MAX_CHARS] + "…" * rest
