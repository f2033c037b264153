"""Headers of plain lines: syslog, log4j, nginx, klog, containers, … taken apart by bounded patterns."""

import re
from typing import NamedTuple

from innkeeper.engine.logs.parsing_levels import LETTERS, LEVEL_WORD, LEVELS, SYSLOG, of_status, spoken_level
from innkeeper.engine.logs.parsing_times import Clock
from innkeeper.schemas.logs import LogLevel

_HEADER_CHARS = 600  # nothing that belongs to a header stands later

_PRIORITY = re.compile(r"<(\d{1,3})>(1 )?")
_SYSLOG_5424 = re.compile(r"\S{1,255} (?P<app>\S{1,48}) \S{1,128} \S{1,32} (?:-|(?:\[[^\]]{0,500}\]){1,8})(?: |$)")
_SYSLOG = re.compile(
    r" (?P<host>[\w.:@/-]{1,100}) (?P<app>[\w./@+-]{1,60}?)(?P<part>\([\w.-]{1,60}\))?(?: [\d.]{1,12})?"
    r"(?P<pid>\[\d{1,10}\])?: ?"
)
_CRI = re.compile(r" (?:stdout|stderr) [FP] ")
_ACCESS = re.compile(r'([\w.:-]{1,100}) \S{1,60} [^\[\]"]{1,60}? ?\[')
_REQUEST = re.compile(r'\] (?="(?:[^"\\]|\\.){0,400}" (\d{3})[ \n]|"(?:[^"\\]|\\.){0,400}" (\d{3})$)')
_KLOG = re.compile(r"([IWEF])(?=\d{4} \d\d:)")
_KLOG_REST = re.compile(r" {1,10}\d{1,10} ([\w.-]{1,100}):\d{1,6}\] ")
_COMPOSE = re.compile(r"([A-Za-z][\w.-]{0,60}) {1,40}\| (?=\S)")
_REPLICA = re.compile(r"[-_]\d{1,4}$")
_DMESG = re.compile(r"\[ {0,10}\d{1,9}\.\d{6}\] ")
_RAILS = re.compile(r"[DIWEFAU], (?=\[\d{4}-)")
_REDIS = re.compile(r"\d{1,9}:[XCSM] ")
_REDIS_MARK = re.compile(r" ([.*#-]) ")
_PREFIX = re.compile(r"\S{1,120} (?=[\dA-Z\[])")
_NODE = re.compile(r" \S{1,60} ")
_GAP = re.compile(r"(?: #\d{1,9}\])?(?:[\s:,|\]]|-(?=[\s-])){0,20}")
_LEVELLED = re.compile(
    r"(?P<pre>(?:(?:\[[^\[\]\n]{0,120}\]|[\w.$#@/:()-]{1,100})[ \t,|]{1,20}){0,5}?)(?P<open>[\[<(]?)(?P<level>"
    + LEVEL_WORD
    + r")(?P<after>\][ \t:]?|[>)]|/[\w-]{1,40}\]|(?=[:|,]|[ \t]|$))",
    re.IGNORECASE,
)
_COMMON = re.compile(  # tried first, since most lines look like it
    r"[ -]{1,3}(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL) {1,3}(?:\[[\w.:-]{1,80}\] {1,2})?"
    r"([A-Za-z_][\w$]{0,60}\.[\w.$/]{1,120})(?:: | - | : )"
)
_LETTER = re.compile(r"(?:\d{1,10}[ \t]{1,10}){2}([VDIWEF]) ")  # Android
_MODULE_LEVEL = re.compile(r"\[([\w-]{0,40}):(" + LEVEL_WORD + r")\]", re.IGNORECASE)  # Apache 2.4
_TELLING = re.compile(r"[\d._$/@:#\[-]")  # what makes a word the name of a logger, a process or a host
_AFTER_LEVEL = re.compile(r"(?:[ \t:|,]|-(?=[ \t-]|$)){0,30}(?:\d{1,10}#\d{1,10}: |\d{1,10} --- )?")
_BRACKET = re.compile(r"\[((?:[\w.$/:@ #=*()-]|\[[\w.=-]{0,60}\]){1,160})\](?:[ \t:]|-(?=[ \t])){1,20}")
_LOGGER = re.compile(
    r"([A-Za-z_/][\w.$/@#<>-]{0,120}(?::[\w<>]{1,60}){0,2}(?:\[[\w./:-]{0,60}\])?)(?: \*64)?"
    r"([ \t]{0,40}:[ \t]|[ \t]{1,40}-[ \t]|[ \t]{0,40}\|[ \t]?|\t|[ ]{3,40}(?=\S)| (?=\[))"
)
_BASIC = re.compile(r"([\w.]{1,80}):")  # Python: `ERROR:root:…`
_RUN = re.compile(r"(Flow|Task) run '[^'\n]{1,100}' - ")  # Prefect
_PIPED = re.compile(r"\|([\w.$-]{1,60})\|\d{1,12}\|")
_CAMEL = re.compile(r"[a-z][A-Z]")
_TRACE = re.compile(r"trace[_.-]?id[\"']?\s?[:=]\s?[\"']?([0-9A-Za-z-]{8,64})", re.IGNORECASE)


class Header(NamedTuple):
    """
    What stands before a message.

    Attributes:
        at: Unix seconds; None when there is no time.
        message: The rest.
        is_known: Whether there was any header at all.
    """

    at: float | None
    level: LogLevel | None
    service: str | None
    component: str | None
    message: str
    is_known: bool


def header_of(text: str, clock: Clock) -> Header:
    """Take a line apart; a line without a header is its own message."""
    head = text[:_HEADER_CHARS]
    start, level, service, at = 0, None, None, None
    if (match := _COMPOSE.match(head)) is not None:
        start, service = match.end(), _REPLICA.sub("", match[1])
    if (match := _PRIORITY.match(head, start)) is not None:
        start, level = match.end(), SYSLOG[int(match[1]) & 7]
        if match[2]:
            return _rfc_5424(text, head[start:], start, level, clock)
    if head[start : start + 1] in "IWEF" and (match := _KLOG.match(head, start)) is not None:
        return _klog(text, head, match, service, clock)
    at, start = _time(head, start, clock)
    if at is None:
        return _untimed(text, head, start, level, service, clock)
    if level is None and (match := _COMMON.match(head, start)) is not None:
        return Header(at, LEVELS[match[1]], service, match[2], text[match.end() :], True)
    if head.startswith(" std", start) and (match := _CRI.match(head, start)) is not None:
        inner = header_of(text[match.end() :], clock)
        return inner._replace(at=at, service=inner.service or service, is_known=True)
    if not head[0].isdigit() or "]: " in head:
        match = _SYSLOG.match(head, start)
        if match is not None and (match["pid"] or not head[0].isdigit()):
            return _syslog(text, match, at, level)
    if head.startswith("|", start) and (match := _PIPED.match(head, start)) is not None:
        return Header(at, level, service, match[1], text[match.end() :], True)
    return _rest(text, head, start, at, level, service)


def trace_of(text: str) -> str | None:
    """The trace id that a message names."""
    if "race" not in text and "RACE" not in text:
        return None
    found = _TRACE.search(text[:2_000])
    return found[1] if found else None


def _time(head: str, start: int, clock: Clock) -> tuple[float | None, int]:
    """The time at `start`, in brackets or not, or after a word or two; and where it ends."""
    if head.startswith(", ", start + 1) and (match := _RAILS.match(head, start)) is not None:
        start = match.end()
    begin = start + (head[start : start + 1] == "[")
    found = clock.at_start(head[begin:] if begin else head)
    if found is not None:
        return found[0], begin + found[1]
    match = _REDIS.match(head, start) or _PREFIX.match(head, start)
    if match is None:
        return None, start
    found = clock.at_start(head[match.end() :].lstrip("["))
    if found is None:
        return None, start
    return _second_time(head, found[0], head.find("[", match.end()) == match.end(), match.end() + found[1], clock)


def _second_time(head: str, at: float, bracketed: bool, end: int, clock: Clock) -> tuple[float, int]:
    """Supercomputers write the epoch, a date, a node and the time again."""
    end += bracketed
    date = re.compile(r" \d{4}\.\d\d\.\d\d").match(head, end)
    if date is None:
        return at, end
    node = _NODE.match(head, date.end())
    again = clock.at_start(head[node.end() :]) if node else None
    if node is None or again is None:
        return at, date.end()
    end = node.end() + again[1]
    words = re.compile(r" \S{1,60} [A-Z]{2,20} (?=[A-Z]{2,20} )").match(head, end)
    return at, words.end() if words else end


def _rfc_5424(text: str, head: str, start: int, level: LogLevel, clock: Clock) -> Header:
    found = clock.at_start(head)
    at, end = found or (None, 1)
    match = _SYSLOG_5424.match(head, end + 1)
    if match is None:
        return Header(at, level, None, None, text[start:], True)
    message = text[start + match.end() :].lstrip("\ufeff")
    return Header(at, level, None if match["app"] == "-" else match["app"], None, message, True)


def _syslog(text: str, match: re.Match[str], at: float, level: LogLevel | None) -> Header:
    app = match["app"]
    message = text[match.end() :]
    component = app + match["part"] if match["part"] else None
    return Header(at, level or spoken_level(message), app.rpartition("/")[2] or app, component, message, True)


def _klog(text: str, head: str, match: re.Match[str], service: str | None, clock: Clock) -> Header:
    found = clock.klog(head[match.end() :])
    if found is None:
        return Header(None, None, service, None, text, False)
    rest = _KLOG_REST.match(head, match.end() + found[1])
    end = rest.end() if rest else match.end() + found[1]
    return Header(found[0], LETTERS[match[1]], service, rest[1] if rest else None, text[end:].lstrip(), True)


def _untimed(text: str, head: str, start: int, level: LogLevel | None, service: str | None, clock: Clock) -> Header:
    if (match := _ACCESS.match(head, start)) is not None:
        found = clock.at_start(head[match.end() :])
        request = _REQUEST.match(head, match.end() + found[1]) if found else None
        if found and request:
            status = int(request[1] or request[2])
            return Header(found[0], of_status(status), service, None, text[request.end() :], True)
    if (match := _DMESG.match(head, start)) is not None:
        message = text[match.end() :]
        return Header(None, level or spoken_level(message), service, None, message, True)
    header = _rest(text, head, start, None, level, service)
    return header._replace(is_known=header.is_known or start > 0 or header.level is not None)


def _rest(text: str, head: str, start: int, at: float | None, level: LogLevel | None, service: str | None) -> Header:
    """Level, thread and logger, in the many orders that loggers have for them."""
    begin = start if at is None else _gap(head, start)
    first = head[begin : begin + 1]
    if first == "[" and (match := _MODULE_LEVEL.match(head, begin)) is not None:
        end, component = _names(head, match.end(), match[1] or None, has_logger=False)
        return Header(at, LEVELS[match[2].lower()], service, component, text[end:], True)
    if (
        at is not None
        and head[1:2] == ":"
        and _REDIS.match(head)
        and (match := _REDIS_MARK.match(head, start)) is not None
    ):
        marked = LogLevel.WARNING if match[1] == "#" else LogLevel.INFO
        return Header(at, marked, service, None, text[match.end() :], True)
    if first.isdigit() and (match := _LETTER.match(head, begin)) is not None:
        end, component = _names(head, match.end(), None)
        return Header(at, LETTERS[match[1]], service, component, text[end:], True)
    match = _LEVELLED.match(head, begin)
    if match is not None and _is_header(match, head):
        end, component = _names(head, match.end(), _named_before(match["pre"]))
        found = LEVELS[match["level"].lower()]
        return Header(at, found, service, component, text[end:], True)
    end, component = (begin, None) if at is None else _names(head, begin, None)
    message = text[end:]
    return Header(at, level or spoken_level(message), service, component, message, at is not None)


def _gap(head: str, start: int) -> int:
    match = _GAP.match(head, start)
    return match.end() if match else start


def _is_header(match: re.Match[str], head: str) -> bool:
    """Whether the level's word is a level, and not a word of the message."""
    word, pre = match["level"], match["pre"]
    tokens = pre.split()
    plain = [each for each in tokens if each[0] != "[" and not _TELLING.search(each)]
    if len(plain) > (1 if "|" in pre or "-" in tokens else 0):
        return word.isupper() and len(plain) <= 2 and all(each.isupper() for each in plain)
    if word.isupper() or match["open"] or match["after"]:
        return True
    following = head[match.end() : match.end() + 2]
    return following[:1] in (":", "|", ",", "\t", "") or following == "  "


def _named_before(pre: str) -> str | None:
    """A logger that stands before the level: `app.rooms - ERROR - …`."""
    for token in pre.replace("|", " ").split():
        name = token.strip("[],")
        if name[:1].isalpha() and (token[0] != "[" or "." in name):
            return name.rstrip(":")
    return None


def _names(head: str, start: int, component: str | None, *, has_logger: bool = True) -> tuple[int, str | None]:
    """Where the message begins, after thread and logger; and the best name among them."""
    basic = _BASIC.match(head, start + 1) if head[start : start + 1] == ":" else None
    if basic is not None and component is None:
        return basic.end(), basic[1]
    match = _AFTER_LEVEL.match(head, start)
    end, bracketed = (match.end() if match else start), None
    for _ in range(4):
        bracket = _BRACKET.match(head, end)
        if bracket is None:
            break
        end, bracketed = bracket.end(), bracketed or _tag(bracket[1])
    if (run := _RUN.match(head, end)) is not None:
        return run.end(), f"prefect.{run[1].lower()}_runs"
    logger = _LOGGER.match(head, end) if has_logger else None
    if logger is not None and _is_logger(logger[1], logger[2], end > start + 1 and head[end - 2 : end - 1] == "]"):
        bracket = _BRACKET.match(head, logger.end()) if logger[2] == " " else None
        return bracket.end() if bracket else logger.end(), component or logger[1]
    return end, component or bracketed


def _tag(text: str) -> str | None:
    """A bracket's text where it names a part of the service: no thread with a number, no client, no request."""
    if "@" in text:  # class@line
        return text.rpartition("@")[0].rpartition(":")[2] or None
    return text if text != "main" and text.replace("_", "").replace("-", "").isalpha() else None


def _is_logger(name: str, separator: str, after_bracket: bool) -> bool:
    if separator == "\t" or "|" in separator or separator.startswith("   "):
        return True
    return after_bracket or bool(_TELLING.search(name) or _CAMEL.search(name))
