"""
The shape of a log line: its masked words, with what varies in length brought to one length.

`["Fan", "speeds", "(", "<*>", "<*>", ")"]` and the same with three numbers are one shape. Called once for each new
sequence of words, so clarity comes before speed; all of it is linear or bounded by 128 words.
"""

import re
from collections.abc import Iterable
from operator import eq

from innkeeper.engine.logs.tokens import MAX_TOKENS, WILD

Shape = tuple[str, ...]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EDGES = ",;.:()[]{}\"'<>"
_UNITS = _words(
    "b kb mb gb tb kib mib gib byte bytes ns us ms msec msecs usec sec secs second seconds s min mins minute minutes"
    " hour hours day days millis milliseconds microsecond nanoseconds"
)
_CALENDAR = _words(
    "Mon Tue Wed Thu Fri Sat Sun Jan Feb Mar Apr May Jun Jul Aug Sep Sept Oct Nov Dec UTC GMT CST CET PST PDT EST EDT"
    " ICT AM PM"
)
_NAME_AFTER = frozenset({"user", "username", "account", "ruser", "logname", "bearer"})
_SECRET_AFTER = frozenset({"password:", "passwd:", "pwd:", "secret:", "token:", "key:", "apikey:", "api_key:", "pin:"})
_ABOUT_LOGINS = _words(
    "password publickey none login logon authentication failures failure attempts keyboard-interactive/pam"
)
_NOT_NAMES = _words("is was has not the a an and or by for from in on to of with request data unknown")

_TITLED_NAME = re.compile(
    r"(?<!\S)((?:Mr|Mrs|Ms|Miss|Dr|anh|chị|ông|bà|cô)\.? )[A-ZÀ-Ỹ][^\W\d_]*(?: [A-ZÀ-Ỹ][^\W\d_]*)*"
)
_EMPTY_BRACKETS = re.compile(r"<\*> (?:\(\)|\[\]|\{\})")
_NAME_IN_BRACKETS = re.compile(r"(?<=<\*>) [(\[](?:[\w-]+\.){1,20}[\w-]*[a-z]{2}[)\]](?= \[?<|[:;,]? at | failed)")
_LESS_THAN = re.compile(r"(?<!\S)[<>~](?=<\*>(?:[\s,;]|$))")
_LIST = re.compile(r"\[(?=[^\]\[=]*,)[^\]\[=]*\]")
_VALUE_AFTER = re.compile(r"(?<=[\w)\]] = |.[\w)\]]= )(?![^\s=]*=)[^\s=,;()\[\]{}\"'<>]+")
_QUOTED = re.compile(
    r"(?<=[^=] )\"(?!(?:GET|POST|PUT|DELETE|HEAD|PATCH|OPTIONS) )[^\"]{1,80}\"(?![\w:])"
    r"|(?<=[^=] )'[^']{1,80}'(?!\w)|(?<=\w=)\"[^\"]{0,80}\"|(?<=\w=)'[^']{0,80}'"
)
_STATES = re.compile(r"(?<=\() ?(?:(?:on|off|up|down|yes|no|ok)[ ,/]{0,2})+(?=\))")
_RUN = re.compile(r"<\*>(?:[^\w<>=()\[\]{}]{1,8}<\*>| ?(?:\(<\*>\)|\[<\*>\]))+")
MAX_PERIOD = 12


def shape_of(tokens: Iterable[str]) -> Shape:
    """
    The shape of a sequence of masked words.

    Args:
        tokens: Of `tokens.masked_token`, at most 128.

    Returns:
        Words and `<*>`; equal for lines of one template, as far as a single line can tell.
    """
    words = _without_names(_without_dates(_without_units(tokens)))
    text = " ".join(words)
    text = _TITLED_NAME.sub(rf"\1{WILD}", text)
    if '"' in text or "'" in text:
        text = _QUOTED.sub(WILD, text)
    if "=" in text:
        text = _VALUE_AFTER.sub(WILD, text)
    if "(" in text:
        text = _STATES.sub(WILD, text)
    if "[" in text:
        text = _LIST.sub(f"[{WILD}]", text)
    if WILD in text:
        text = _NAME_IN_BRACKETS.sub("", _EMPTY_BRACKETS.sub(WILD, text))
        text = _RUN.sub(WILD, _LESS_THAN.sub("", text))
    return tuple(_without_repeats(text.split()))[:MAX_TOKENS]


def _core(word: str) -> str:
    return word.strip(_EDGES)


def _without_units(tokens: Iterable[str]) -> list[str]:
    """`<*> MB,` → `<*>,`: the same quantity is written in MB and in KB."""
    words: list[str] = []
    for token in tokens:
        if words and words[-1].endswith(WILD):
            core = token.rstrip(_EDGES)
            if core.lower() in _UNITS:
                words[-1] += token[len(core) :]
                continue
        words.append(token)
    return words


def _without_dates(words: list[str]) -> list[str]:
    """`Sat Jul <*> <*>` → `<*> <*> <*> <*>`."""
    for i in range(len(words) - 1, -1, -1):
        core = _core(words[i])
        if core in _CALENDAR:
            after = words[i + 1] if i + 1 < len(words) else ""
            before = words[i - 1] if i else ""
            if after.startswith(WILD) or before.rstrip(",").endswith(WILD):
                words[i] = words[i].replace(core, WILD)
    return words


def _without_names(words: list[str]) -> list[str]:
    """`invalid user lan from` → `invalid user <*> from`: who logs in is not the template."""
    for i in range(1, len(words)):
        before = words[i - 1]
        if before == "for" and i > 1:
            named = words[i - 2].lower() in _ABOUT_LOGINS
        else:
            named = before.rstrip(":").lower() in _NAME_AFTER or before.lower() in _SECRET_AFTER
        core = words[i].rstrip(_EDGES)
        if (
            named
            and core
            and WILD not in words[i]
            and core not in _NOT_NAMES
            and not (before == "for" and core == "invalid")
        ):
            words[i] = WILD + words[i][len(core) :]
    return words


def _without_repeats(words: list[str]) -> list[str]:
    """`iar <*> dear <*> iar <*> dear <*>` → `iar <*> dear <*>`, for repeated sequences of up to 12 words."""
    bare = [word.rstrip(",;") for word in words]
    for period in range(1, MAX_PERIOD + 1):
        if sum(map(eq, bare, bare[period:])) < period:
            continue
        kept: list[str] = []
        i = 0
        while i < len(words):
            block, end = bare[i : i + period], i + period
            if bare[end : end + period] != block or not any(WILD in word for word in block):
                kept.append(words[i])
                i += 1
                continue
            while bare[end : end + period] == block:
                end += period
            kept.extend(words[end - period : end])
            i = len(words) if bare[end:] == block[: len(bare) - end] else end  # a list that was cut
        words, bare = kept, [word.rstrip(",;") for word in kept]
    return words
