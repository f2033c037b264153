"""A hotel's log lines for tests: calm minutes, and minutes in which the cameras' service is broken."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

from innkeeper.blocks.log_sources.files import LogFiles
from innkeeper.schemas.logs import LogLevel, LogLine

START = 1_768_608_000.0  # 17 January 2026, 00:00 UTC
SERVICES = ("cv", "pms", "payments")
PER_MINUTE = 10  # lines of each service
FAULTS = 20  # errors of a broken minute
LEARNT_MINUTES = 80  # after which there is enough to compare with
MINUTE = 60.0


def calm(start: float, minutes: int) -> Iterator[LogLine]:
    """Every service says what it always says."""
    for place in range(minutes * PER_MINUTE):
        at = start + place * MINUTE / PER_MINUTE
        for service in SERVICES:
            yield LogLine(at, service, LogLevel.INFO, f"request {place} served in {40 + place % 7} ms")


def broken(start: float, minutes: int, message: str = "inference failed: out of memory on gpu 0") -> Iterator[LogLine]:
    """Calm minutes in which cv writes errors as well."""
    for minute in range(minutes):
        at = start + minute * MINUTE
        yield from calm(at, 1)
        for place in range(FAULTS):
            fields = {"camera_id": "camera_lobby"}
            yield LogLine(at + place, "cv", LogLevel.ERROR, message, fields=fields)


def as_json(line: LogLine) -> bytes:
    """One line of a JSONL file."""
    time = dt.datetime.fromtimestamp(line.at, dt.UTC).isoformat()
    fields = {"metadata": dict(line.fields)} if line.fields else {}
    found = {"timestamp": time, "service": line.service, "level": line.level.value, "message": line.message} | fields
    return json.dumps(found).encode() + b"\n"


class Folder:
    """A folder of logs that grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines = 0
        path.mkdir(parents=True, exist_ok=True)

    def write(self, *parts: Iterator[LogLine], name: str = "hotel.jsonl") -> None:
        """Append lines to a file."""
        lines = [as_json(line) for part in parts for line in part]
        self.write_raw(*lines, name=name)

    def write_raw(self, *lines: bytes, name: str = "hotel.jsonl") -> None:
        """Append lines as they are."""
        with (self.path / name).open("ab") as file:
            file.writelines(lines)
        self.lines += len(lines)

    @property
    def source(self) -> LogFiles:
        return LogFiles(name="hotel", path=str(self.path), last_line_wait_s=0)
