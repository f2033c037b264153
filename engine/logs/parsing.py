"""Lines of logs, of any kind, as `LogLine`s; nothing is lost, and no line takes longer than its length allows."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from innkeeper.engine.logs.parsing_headers import header_of, trace_of
from innkeeper.engine.logs.parsing_json import ObjectReader, loaded
from innkeeper.engine.logs.parsing_levels import LEVELS
from innkeeper.engine.logs.parsing_text import MAX_BYTES, cut, decoded, plain
from innkeeper.engine.logs.parsing_times import Clock
from innkeeper.schemas.logs import LogLevel, LogLine

UNKNOWN = "unknown"
_MAX_JOINED = 1_000  # lines of one stack trace
_CONTINUED = re.compile(
    r"[ \t]|Caused by: |Suppressed: |Traceback \(most recent|During handling of the above|The above exception was|"
    r"\.\.\. \d{1,5} (?:more|common)|goroutine \d{1,9} \[|--- End of"
)
_EXCEPTION = re.compile(
    r"(?:[A-Za-z_][\w$]{0,60}\.){0,12}[A-Z]\w{0,60}(?:Exception|Error|Throwable|Exit|Interrupt|Warning)(?::|$)"
)
_RAISED = ("Traceback (most recent", "goroutine ")
_BEGINS = (" ", "\t", "Caused by: ", *_RAISED)
_CALM = {LogLevel.DEBUG, LogLevel.INFO}
_PAIR = re.compile(r'([A-Za-z_@][\w.@-]{0,40})=(?:"((?:[^"\\]|\\.){0,4000}+)"|([^\s"]{0,2000}+))(?:\s+|$)')
_MAX_PAIRS = 64
_LOGFMT = re.compile(r"[A-Za-z_@][\w.@-]{0,40}=[^\s]")
_SALVAGED = re.compile(r'"([@\w.]{1,30})"\s?:\s?"([^"\\]{1,200})"')


@dataclass(slots=True)
class ParsingCounts:
    """What became of the lines: `lines` records, of which `json`, `headed` or `bare` (no header was recognised)."""

    lines: int = 0
    json: int = 0
    headed: int = 0
    bare: int = 0
    joined: int = 0
    cut: int = 0
    not_utf8: int = 0


class LineParser:
    """
    Makes log lines of raw ones.

    Args:
        service: Of lines that name none.
        zone: Of times that name none: an IANA name.
        now: Unix seconds of the reading, or of the file's last change.
        last_at: Unix seconds of the line before the first, for lines without a time; `now` when there is none.

    Raises:
        KeyError, ValueError: There is no such zone.
    """

    def __init__(self, *, service: str = UNKNOWN, zone: str = "UTC", now: float, last_at: float | None = None) -> None:
        clock = Clock(zone, now)
        self._service = service.lower()
        self._clock = clock
        self._objects = ObjectReader(self._service, clock)
        self.last_at = now if last_at is None else last_at
        self.counts = ParsingCounts()

    def parse(self, raw: Iterable[bytes]) -> Iterator[LogLine]:
        """A log line for each line of `raw` that is not blank; a stack trace joins the line before it."""
        counts, objects = self.counts, self._objects
        pending: LogLine | None = None
        tail: list[str] = []
        for each in raw:
            if each[:1] == b"{" and (found := loaded(each)) is not None:
                line = objects.line(found, self.last_at)
                counts.json += 1
                if pending is not None and (tail or line.message.startswith(_BEGINS)) and _is_same(line, pending, tail):
                    tail.append(line.message)
                    continue
            else:
                text = self._text(each)
                if not text or text.isspace():
                    continue
                if pending is not None and len(tail) < _MAX_JOINED and _continues(text, pending, tail):
                    tail.append(text)
                    continue
                line = self._line(text)
            self.last_at = line.at
            if pending is not None:
                counts.lines += 1
                yield self._joined(pending, tail) if tail else pending
            pending = line
            if tail:
                tail = []
        if pending is not None:
            counts.lines += 1
            yield self._joined(pending, tail) if tail else pending

    def line_of(self, found: Mapping[str, Any]) -> LogLine:
        """The log line that an object is, such as one of a request's body."""
        self.counts.lines += 1
        self.counts.json += 1
        return self._objects.line(found, self.last_at)

    def _text(self, raw: bytes) -> str:
        if len(raw) > MAX_BYTES:
            self.counts.cut += 1
        text = decoded(cut(raw))
        if "\ufffd" in text:
            self.counts.not_utf8 += 1
        return plain(text.strip("\r\n\ufeff"))

    def _line(self, text: str) -> LogLine:
        """A line that is no JSON, or JSON with a fault."""
        stripped = text.lstrip()
        if stripped.startswith("{"):
            found = loaded(stripped.encode("utf-8", "replace")) or _salvaged(stripped)
            if found is not None:
                self.counts.json += 1
                return self._objects.line(found, self.last_at)
        elif _LOGFMT.match(text) and (found := _logfmt(text)) is not None:
            self.counts.headed += 1
            return self._objects.line(found, self.last_at)
        header = header_of(text, self._clock)
        if header.is_known:
            self.counts.headed += 1
        else:
            self.counts.bare += 1
        message = header.message.strip() or text
        if message.startswith("{") and (found := loaded(message.encode("utf-8", "replace"))):
            inner = self._objects.line(found, self.last_at if header.at is None else header.at)
            return inner._replace(service=header.service.lower()) if header.service else inner
        return LogLine(
            self.last_at if header.at is None else header.at,
            header.service.lower() if header.service else self._service,
            header.level or LogLevel.INFO,
            message,
            trace_of(text),
            header.component,
        )

    def _joined(self, line: LogLine, tail: list[str]) -> LogLine:
        self.counts.joined += len(tail)
        message = "\n".join((line.message, *tail))[:MAX_BYTES]
        if line.message.startswith(_RAISED[0]) and _EXCEPTION.match(tail[-1]):
            message = f"{tail[-1]}\n{message}"[:MAX_BYTES]  # what happened is its last line
        if line.level is LogLevel.INFO and _EXCEPTION.match(line.message):
            return line._replace(message=message, level=LogLevel.ERROR)
        return line._replace(message=message)


def parse_lines(
    raw: Iterable[bytes], *, service: str = UNKNOWN, zone: str = "UTC", now: float, last_at: float | None = None
) -> Iterator[LogLine]:
    """`LineParser.parse` for whoever needs no counts; the arguments are `LineParser`'s."""
    return LineParser(service=service, zone=zone, now=now, last_at=last_at).parse(raw)


def _continues(text: str, line: LogLine, tail: list[str]) -> bool:
    first = text[0]
    if first not in " \t" and not first.isalpha() and not text.startswith(("...", "---")):
        return False
    if text.startswith(_RAISED) and line.level in _CALM and not tail:
        return False  # nobody logged it: it is an error of its own
    if _CONTINUED.match(text):
        return not text.lstrip().startswith("{")
    last_of_trace = bool(tail) or line.message.startswith("Traceback") or line.level.is_error
    return last_of_trace and _EXCEPTION.match(text) is not None


def _is_same(line: LogLine, before: LogLine, tail: list[str]) -> bool:
    """Whether a container's line goes on with the one before it."""
    return line.service == before.service and len(tail) < _MAX_JOINED and _continues(line.message, before, tail)


def _logfmt(text: str) -> dict[str, Any] | None:
    """`level=error msg="…"` as an object; None when it has neither a message nor a level."""
    found: dict[str, Any] = {}
    place = 0
    for _ in range(_MAX_PAIRS):
        match = _PAIR.match(text, place)
        if match is None:
            break
        key, quoted, bare = match.groups()
        found.setdefault(key, quoted.replace('\\"', '"') if quoted is not None else bare)
        place = match.end()
    if text[place:].strip():
        return None  # a sentence with an equals sign in it
    names = {key.lower() for key in found}
    return found if names & {"msg", "message"} and names & {"level", "lvl", "severity", "ts", "time"} else None


def _salvaged(text: str) -> dict[str, Any] | None:
    """What a broken or cut object begins with; its whole text is the message."""
    found: dict[str, Any] = dict(_SALVAGED.findall(text[:4_096]))
    if not any(
        key.lower() in {"level", "severity", "service", "time", "timestamp", "@timestamp", "ts"} for key in found
    ):
        return None
    found = {key: value for key, value in found.items() if key.lower() not in {"msg", "log"}}
    level = found.get("level", found.get("severity"))
    return {**found, "message": text} | ({} if level in LEVELS else {"level": "info"})
