"""The content of a log file: known again by its bytes, whatever it is called, and read line by line."""

import gzip
import hashlib
import os
import stat
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

HEAD_BYTES = 1_024
TAIL_BYTES = 256
_CHUNK_BYTES = 1 << 20
_MAX_READ_BYTES = 512 << 20  # of one file in one reading: a .gz of nothing but zeros has an end, too
_GZIP = b"\x1f\x8b"
_OTHERS = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
_DAMAGE = (OSError, EOFError, zlib.error)
_CONTINUED = (b" ", b"\t", b"Caused by:", b"Suppressed:", b"Traceback (most", b"... ")
_MAX_CONTINUED = 1_000


class Unreadable(Exception):
    """This file cannot be read as a log; the message says why, for an operator."""


@dataclass(slots=True)
class Content:
    """
    An open file.

    Attributes:
        identity: Device, inode.
        head: Its first bytes, decompressed; at most 1 KB.
    """

    path: Path
    stream: IO[bytes]
    identity: tuple[int, int]
    size: int
    changed_at: float
    is_gzip: bool
    head: bytes
    stamp: str = ""

    def has(self, offset: int, digest: str) -> bool | None:
        """Whether the bytes before `offset` have this digest; None when there are not so many."""
        if not self.is_gzip and self.size < offset:
            return None
        start = max(0, offset - TAIL_BYTES)
        try:
            self.stream.seek(start)
            tail = self.stream.read(offset - start)
        except _DAMAGE:
            return None
        return digest_of(tail) == digest if len(tail) == offset - start else None


@dataclass(slots=True)
class Place:
    """
    How far a content has been read.

    Attributes:
        skips: Whether the rest of an overlong line is still to be left out.
        tail: The last bytes before `offset`.
        more: Whether the reading ended before the content did.
    """

    offset: int
    skips: bool = False
    taken: int = 0
    tail: bytes = b""
    more: bool = False
    damage: str | None = None
    ended: bool = False


def digest_of(content: bytes) -> str:
    """16 hex digits."""
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def opened(path: Path) -> Content:
    """
    Open a log file for reading; the caller closes `stream`.

    Raises:
        Unreadable: It is no regular file, compressed otherwise than by gzip, or binary.
        OSError: It is gone, or may not be read.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a pipe would wait for its writer
    file = os.fdopen(descriptor, "rb")
    try:
        return _content(path, file, os.fstat(descriptor))
    except BaseException:
        file.close()
        raise


def _content(path: Path, file: IO[bytes], facts: os.stat_result) -> Content:
    if not stat.S_ISREG(facts.st_mode):
        raise Unreadable("is no regular file")
    start = file.read(HEAD_BYTES)
    for magic, name in _OTHERS.items():
        if start.startswith(magic):
            raise Unreadable(f"is compressed by {name}; only gzip is read")
    is_gzip, stream = start.startswith(_GZIP), file
    if is_gzip:
        file.seek(0)
        stream = cast(IO[bytes], gzip.GzipFile(fileobj=file))
        start = _first(stream)
    if b"\0" in start:
        raise Unreadable("is binary, or not in UTF-8")
    stamp = f"{facts.st_dev}:{facts.st_ino}:{facts.st_size}:{facts.st_mtime_ns}"
    identity = (facts.st_dev, facts.st_ino)
    return Content(path, stream, identity, facts.st_size, facts.st_mtime, is_gzip, start, stamp)


def _first(stream: IO[bytes]) -> bytes:
    try:
        return stream.read(HEAD_BYTES)
    except _DAMAGE as error:
        raise Unreadable(f"is no whole gzip file ({type(error).__name__})") from None


def raw_lines(content: Content, place: Place, max_lines: int, *, is_final: bool) -> Iterator[bytes]:
    """
    The lines from `place` on, without their line breaks; moves `place` with them.

    Args:
        max_lines: A stack trace that begins within them is read to its end.
        is_final: Whether a last line without a line break is a line; else it waits for the rest of it.
    """
    start, rest, read = place.offset, b"", 0
    if not _moved(content, place):
        return
    while True:
        chunk = _chunk(content, place)
        read += len(chunk)
        data = rest + chunk
        *lines, rest = data.split(b"\n")
        for line in lines:
            if not _takes(line, place, max_lines):
                place.more = True
                break
            place.offset += len(line) + 1
            if place.skips:
                place.skips = False
                continue
            place.taken += 1
            yield line
        if place.more or not chunk or len(rest) >= _CHUNK_BYTES:
            yield from _remainder(rest, place, is_final=is_final and not chunk, is_overlong=len(rest) >= _CHUNK_BYTES)
            if not place.more and chunk:
                rest = b""
        place.tail = (place.tail + data[: place.offset - start])[-TAIL_BYTES:]
        start = place.offset
        if place.more or not chunk:
            return
        place.more = read >= _MAX_READ_BYTES
        if place.more:
            return


def _moved(content: Content, place: Place) -> bool:
    """Go to the place, and note the bytes before it."""
    start = max(0, place.offset - TAIL_BYTES)
    try:
        content.stream.seek(start)
        place.tail = content.stream.read(place.offset - start)
    except _DAMAGE as error:
        place.damage = f"cannot be read up to where it was read before ({type(error).__name__})"
        return False
    return True


def _chunk(content: Content, place: Place) -> bytes:
    try:
        chunk = content.stream.read(_CHUNK_BYTES)
    except _DAMAGE as error:  # a .gz that is still being written, or damaged
        place.damage = f"is no whole gzip file ({type(error).__name__})"
        return b""
    place.ended = not chunk
    return chunk


def _takes(line: bytes, place: Place, max_lines: int) -> bool:
    if place.taken < max_lines or place.skips:
        return True
    return place.taken < max_lines + _MAX_CONTINUED and line.startswith(_CONTINUED)


def _remainder(rest: bytes, place: Place, *, is_final: bool, is_overlong: bool) -> Iterator[bytes]:
    """What follows the last line break: the beginning of a line, the last line, or the middle of an overlong one."""
    if not rest or place.more or not (is_final or is_overlong):
        return
    place.offset += len(rest)
    if not place.skips:
        place.taken += 1
        yield rest
    place.skips = is_overlong
