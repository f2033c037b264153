"""Log files of this machine: plain, JSON lines or .gz, however they are rotated."""

import asyncio
import contextlib
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import Field, HttpUrl, field_validator

from innkeeper.blocks.log_sources.base import MAX_LINES, Batch, LogSource, ParseLines, lag_of
from innkeeper.blocks.log_sources.files_content import Content, Place, Unreadable, opened, raw_lines
from innkeeper.blocks.log_sources.files_known import Entry, Known
from innkeeper.blocks.log_sources.files_names import files_of, service_of
from innkeeper.schemas.logs import LogLine


class LogFiles(LogSource):
    """
    A file, a folder with its subfolders, or a pattern such as `/var/log/hotel/*.log`.

    A renamed, copied or compressed file is known again by its content, so that rotation loses and repeats nothing.
    The path is an operator's: whoever may set it reads whatever this process may read.

    Attributes:
        name: Under which a sweep keeps its place.
        path: File, folder or pattern.
        service: Of lines that name none; else the file's name tells it.
        time_zone: Of times that name none.
        last_line_wait_s: Seconds after which a last line without a line break is taken as it is.

    Example:
        Load the block and read what is new:
        ```python
        from innkeeper.blocks.log_sources.files import LogFiles
        from innkeeper.engine.logs.parsing import parse_lines

        source = LogFiles.load("BLOCK_NAME")
        batch = await source.read(None, parse=parse_lines)
        print(len(batch.lines), batch.problems)
        ```
    """

    _block_type_name = "Hotel Log Files"
    _block_type_slug = "hotel-log-files"
    _documentation_url = HttpUrl("https://man7.org/linux/man-pages/man8/logrotate.8.html")

    path: str = Field(min_length=1, description="A file, a folder or a pattern; set by an operator only.")
    service: str | None = Field(default=None, description="Of lines that name none; else the file's name tells it.")
    time_zone: str = Field(default="UTC", description="Of times that name none, such as Asia/Ho_Chi_Minh.")
    last_line_wait_s: float = Field(default=30.0, ge=0, description="Seconds that an unfinished last line may wait.")

    @field_validator("time_zone")
    @classmethod
    def _a_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"{zone!r} is no time zone; give a name such as Asia/Ho_Chi_Minh") from None
        return zone

    async def read(
        self,
        cursor: Mapping[str, Any] | None,
        *,
        parse: ParseLines,
        until: float | None = None,
        max_lines: int = MAX_LINES,
    ) -> Batch:
        """
        The lines after `cursor`; a file is not kept by time, so `until` has no effect.

        What cannot be read is a problem of the batch, never an error.
        """
        return await asyncio.to_thread(self._read, Known(cursor), parse, max_lines)

    def _read(self, known: Known, parse: ParseLines, max_lines: int) -> Batch:
        lines: list[LogLine] = []
        files, problems = files_of(self.path)
        more = False
        for path in self._in_order(files, known, problems):
            if len(lines) >= max_lines:
                more = True
                break
            try:
                more = self._read_file(path, known, parse, lines, max_lines, problems) or more
            except Unreadable as error:
                problems.append(f"{path}: {error}")
            except FileNotFoundError:
                continue  # rotated away since it was listed: known again under its new name
            except OSError as error:
                problems.append(f"{path}: cannot be read ({error.strerror or type(error).__name__})")
        return Batch(lines, known.cursor(), lag_of(lines, time.time()), more, problems)

    def _in_order(self, files: list[Path], known: Known, problems: list[str]) -> list[Path]:
        """Each file once; those that were read before come first, then the oldest."""
        facts: dict[tuple[int, int], tuple[bool, float, Path]] = {}
        for path in files:
            try:
                found = os.stat(path)  # noqa: PTH116  its errors name a loop of links
                if not _may_follow(path, found):
                    problems.append(f"{path}: is a link by somebody who does not own what it leads to")
                    continue
            except FileNotFoundError:
                if path == Path(self.path):
                    problems.append(f"{path}: there is no such file")
                continue
            except OSError as error:
                problems.append(f"{path}: cannot be read ({error.strerror})")
                continue
            identity = (found.st_dev, found.st_ino)
            facts.setdefault(identity, (not known.has_identity(identity), found.st_mtime, path))
        return [path for _, _, path in sorted(facts.values())]

    def _read_file(
        self, path: Path, known: Known, parse: ParseLines, lines: list[LogLine], max_lines: int, problems: list[str]
    ) -> bool:
        """Add the new lines of one file to `lines`; whether there are more."""
        content = opened(path)
        with contextlib.closing(content.stream):
            if not content.head or (content.is_gzip and known.is_settled(content.stamp)):
                return False
            entry = known.entry_of(content)
            place = Place(entry["offset"], entry["skips"])
            raw = raw_lines(content, place, max_lines - len(lines), is_final=self._is_final(content, entry))
            service = self.service or service_of(str(path))
            found = list(parse(raw, service=service, zone=self.time_zone, now=content.changed_at, last_at=entry["at"]))
            known.note(entry, content, place, found[-1].at if found else entry["at"])
        lines += found
        if place.damage:
            problems.append(f"{path}: {place.damage}")
        elif content.is_gzip and place.ended and not place.more:
            known.settle(content.stamp)
        return place.more

    def _is_final(self, content: Content, entry: Entry) -> bool:
        """Whether nobody writes to it any more: compressed, renamed, or left alone for a while."""
        is_renamed = str(content.path) != entry["path"]
        return content.is_gzip or is_renamed or time.time() - content.changed_at >= self.last_line_wait_s


def _may_follow(path: Path, target: os.stat_result) -> bool:
    """Whoever may write to a log folder must not choose what this process reads elsewhere."""
    link = os.lstat(path)
    return not stat.S_ISLNK(link.st_mode) or link.st_uid in (0, os.geteuid(), target.st_uid)
