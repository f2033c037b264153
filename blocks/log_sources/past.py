"""Whole log files as one stream in order of time, for looking at the past: nothing is remembered."""

import heapq
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from innkeeper.blocks.log_sources.base import ParseLines
from innkeeper.blocks.log_sources.files_content import Content, Place, Unreadable, opened, raw_lines
from innkeeper.blocks.log_sources.files_names import files_of, service_of
from innkeeper.schemas.errors import NotFound
from innkeeper.schemas.logs import LogLine

_AHEAD_S = 86_400.0  # of now: as far as a time zone may be wrong; what is dated later has no time
_JUMP_S = 6 * 3_600.0  # ahead of the line before: true when the next line says the same


class PastLogs:
    """
    The lines of files, folders or patterns; use it in a `with` block.

    Attributes:
        files: How many are read.
        problems: What cannot be read, for an operator.
    """

    def __init__(self, paths: Sequence[str], *, parse: ParseLines, zone: str) -> None:
        """
        Open the files.

        Raises:
            NotFound: There is none that can be read.
        """
        self._parse, self._zone = parse, zone
        self._open = ExitStack()
        self._contents: list[Content] = []
        self.problems: list[str] = []
        for path in paths:
            found, problems = files_of(path)
            self.problems += problems
            for file in found:
                self._add(file)
        if not self._contents:
            raise NotFound("; ".join(self.problems[:3]) or f"there is no file in {', '.join(paths)}")

    @property
    def files(self) -> int:
        """How many are read."""
        return len(self._contents)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def lines(self) -> Iterator[LogLine]:
        """
        All lines, the earliest first as far as each file is in order.

        A line that is dated later than now, or for itself hours ahead of its neighbours, is as old as the line before:
        else everything after it would be late.
        """
        if len(self._contents) == 1:
            return self._of(self._contents[0])
        return heapq.merge(*map(self._of, self._contents), key=_time)

    def _add(self, file: Path) -> None:
        try:
            content = opened(file)
        except Unreadable as error:
            self.problems.append(f"{file}: {error}")
        except OSError as error:
            self.problems.append(f"{file}: {error.strerror or type(error).__name__}")
        else:
            self._open.callback(content.stream.close)
            self._contents.append(content)

    def _of(self, content: Content) -> Iterator[LogLine]:
        place = Place(0)
        raw = raw_lines(content, place, sys.maxsize, is_final=True)
        parsed = self._parse(raw, service=service_of(str(content.path)), zone=self._zone, now=content.changed_at)
        yield from _in_time(parsed, time.time() + _AHEAD_S)
        if place.damage:
            self.problems.append(f"{content.path}: {place.damage}")


def _in_time(lines: Iterable[LogLine], latest: float) -> Iterator[LogLine]:
    last, ahead = 0.0, None
    for line in lines:
        at = line[0]
        if last <= at <= last + _JUMP_S and ahead is None:
            last = at
            yield line
            continue
        if not at <= latest:
            line = line._replace(at=last or latest - _AHEAD_S)
        if ahead is not None:
            is_true = line.at >= ahead.at - _JUMP_S
            yield ahead if is_true else ahead._replace(at=last)
            last, ahead = ahead.at if is_true else last, None
        if last and line.at > last + _JUMP_S:
            ahead = line
            continue
        last = line.at if line.at > last or last - line.at > _JUMP_S else last
        yield line
    if ahead is not None:
        yield ahead


def _time(line: LogLine) -> float:
    return line.at
