"""The reading process: bounded in memory, killed at a deadline, started again when it dies."""

import atexit
import contextlib
import json
import os
import struct
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import IO

from innkeeper.schemas.errors import DocumentUnreadable
from innkeeper.schemas.knowledge import DocumentMetadata, ParsedDocument
from innkeeper.tasks.parsing.limits import MAX_MEMORY_BYTES, MAX_SECONDS

_FILES_PER_PROCESS = 200  # C libraries keep memory
_LENGTH = struct.Struct("!Q")


class ReadingProcess:
    """A process that reads one file at a time; safe to share between threads."""

    def __init__(self, deadline_s: float = MAX_SECONDS, memory_bytes: int = MAX_MEMORY_BYTES) -> None:
        self._deadline_s = deadline_s
        self._memory_bytes = memory_bytes
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._files = 0

    def read(self, path: Path, relative: str, known: DocumentMetadata | None = None) -> ParsedDocument:
        """
        Read a checked file.

        Raises:
            DocumentUnreadable: The file cannot be read, takes too long or kills the process.
        """
        request = {
            "path": str(path),
            "relative": relative,
            "known": known and known.model_dump(mode="json", exclude_unset=True),
        }
        with self._lock:
            reply = json.loads(self._ask(json.dumps(request).encode()))
            if reply.get("reason") == "too_large":
                self._stop()  # memory that ran out may not come back
        if "error" in reply:
            raise DocumentUnreadable(reply["error"], reason=reply["reason"])
        return ParsedDocument.model_validate(reply["document"])

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._stop()

    def _ask(self, request: bytes) -> bytes:
        process = self._running()
        late = threading.Event()

        def stop_late() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(self._deadline_s, stop_late)
        timer.daemon = True
        timer.start()
        answer = None
        try:
            with contextlib.suppress(OSError):
                _send(_pipe(process.stdin), request)
                answer = _receive(_pipe(process.stdout))
        finally:
            timer.cancel()
            if answer is None:
                self._stop()  # also when the caller was interrupted: half an answer must not meet the next question
        if answer is not None:
            return answer
        if late.is_set():
            raise DocumentUnreadable(
                f"Reading the file took longer than {self._deadline_s:.0f} seconds; it was left out. Split it.",
                reason="too_slow",
            )
        raise DocumentUnreadable("The file is damaged: the program that reads it broke off. Save it again.")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None or self._files >= _FILES_PER_PROCESS:
            self._stop()
            self._process = subprocess.Popen(  # noqa: S603  our own module
                [sys.executable, "-m", "innkeeper.tasks.parsing.worker", str(self._memory_bytes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._files = 0
        self._files += 1
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    _pipe(pipe).close()


@cache
def shared_process() -> ReadingProcess:
    """The one reading process of this program; ends with it."""
    process = ReadingProcess()
    atexit.register(process.close)
    return process


def main() -> None:
    """Answer questions on standard input until it closes."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is not an answer
    _limit_memory(int(sys.argv[1]) if len(sys.argv) > 1 else MAX_MEMORY_BYTES)
    while (question := _receive(sys.stdin.buffer)) is not None:
        _send(answers, _answer(question))


def _answer(question: bytes) -> bytes:
    from innkeeper.tasks.parsing.reading import read_file

    request = json.loads(question)
    try:
        known = DocumentMetadata.model_validate(request["known"]) if request["known"] else None
        document = read_file(Path(request["path"]), request["relative"], known)
        return b'{"document":' + document.model_dump_json().encode("utf-8", "replace") + b"}"
    except DocumentUnreadable as error:
        return json.dumps({"error": str(error), "reason": error.reason}).encode()
    except MemoryError:
        message = "The file needs more memory than a document may take; split it."
        return json.dumps({"error": message, "reason": "too_large"}).encode()


def _limit_memory(size_bytes: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (size_bytes, size_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _send(pipe: IO[bytes], message: bytes) -> None:
    pipe.write(_LENGTH.pack(len(message)) + message)
    pipe.flush()


def _receive(pipe: IO[bytes]) -> bytes | None:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = pipe.read(length)
    return body if len(body) == length else None


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise OSError("the reading process has no pipe")
    return pipe


if __name__ == "__main__":
    main()
