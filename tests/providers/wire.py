"""HTTP/1.1 on asyncio: keep-alive, chunked answers, delays, and connections that break where a test wants it."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

from tests.providers.script import Waiting

MAX_BODY = 32 * 1024 * 1024  # Anthropic's limit
POLL_S = 0.002
BEFORE_HEADERS = -1
END = b"0\r\n\r\n"


@dataclass(frozen=True)
class HttpRequest:
    """One request; names of headers are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class HttpAnswer:
    """
    One answer; a list of bytes is streamed, a chunk each.

    Attributes:
        wait: Before the first byte.
        gap: Between the chunks.
        cut_after: Close after so many chunks, or after 1/(n+1) of a whole body; `BEFORE_HEADERS`: send nothing.
        on_left: Called when the client goes away before the end.
    """

    status: int
    headers: dict[str, str]
    body: bytes | Sequence[bytes]
    wait: Waiting = 0.0
    gap: Waiting = 0.0
    cut_after: int | None = None
    on_left: Callable[[], None] | None = field(default=None, repr=False)

    @property
    def at_once(self) -> bool:
        """Nothing to wait for and nothing to break."""
        return self.wait == 0.0 and self.gap == 0.0 and self.cut_after is None

    def head(self) -> bytes:
        """Status line and headers."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:  # 529 is Anthropic's own
            phrase = "Overloaded"
        framing = f"content-length: {len(self.body)}" if isinstance(self.body, bytes) else "transfer-encoding: chunked"
        lines = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        return f"HTTP/1.1 {self.status} {phrase}\r\n{lines}{framing}\r\n\r\n".encode("latin-1")


def framed(chunk: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(chunk), chunk)


async def waited(waiting: Waiting) -> None:
    """Seconds, or until an event of any thread is set."""
    if isinstance(waiting, int | float):
        await asyncio.sleep(waiting)
        return
    while not waiting.is_set():  # noqa: ASYNC110  the event may belong to a thread or to another loop
        await asyncio.sleep(POLL_S)


class Connection(asyncio.Protocol):
    """One client; requests are answered one after the other."""

    def __init__(self, handle: Callable[[HttpRequest], HttpAnswer], open_connections: set["Connection"]) -> None:
        self._handle = handle
        self._open = open_connections
        self._buffer = bytearray()
        self._transport: asyncio.Transport
        self._sending: asyncio.Task[None] | None = None
        self._answer: HttpAnswer | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._open.discard(self)
        if self._sending:
            self._sending.cancel()
            if self._answer and self._answer.on_left:
                self._answer.on_left()

    def abort(self) -> None:
        """Close without a word, when the server stops."""
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._sending is None and not self._transport.is_closing() and self._take():
            pass

    def _take(self) -> bool:
        """Answer the first request of the buffer, if it is complete."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return False
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        if "transfer-encoding" in headers or length > MAX_BODY:
            self._transport.write(HttpAnswer(413 if length else 411, {"connection": "close"}, b"").head())
            self._transport.close()
            return False
        start = end + 4
        if len(self._buffer) < start + length:
            return False
        body = bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        method, target, _version = lines[0].split(" ", 2)
        url = urlsplit(target)
        self._send(self._handle(HttpRequest(method, url.path, dict(parse_qsl(url.query)), headers, body)))
        return True

    def _send(self, answer: HttpAnswer) -> None:
        if not answer.at_once:
            self._answer = answer
            self._sending = asyncio.get_running_loop().create_task(self._send_slowly(answer))
        elif isinstance(answer.body, bytes):
            self._transport.write(answer.head() + answer.body)
        else:
            self._transport.write(answer.head() + b"".join(map(framed, answer.body)) + END)

    async def _send_slowly(self, answer: HttpAnswer) -> None:
        await waited(answer.wait)
        if answer.cut_after == BEFORE_HEADERS:
            self._finish(close=True)
            return
        self._transport.write(answer.head())
        if isinstance(answer.body, bytes):
            kept = len(answer.body) if answer.cut_after is None else self._part(answer.body, answer.cut_after)
            self._transport.write(answer.body[:kept])
        else:
            for number, chunk in enumerate(answer.body[: answer.cut_after]):
                await waited(answer.gap if number else 0.0)
                self._transport.write(framed(chunk))
            if answer.cut_after is None:
                self._transport.write(END)
        self._finish(close=answer.cut_after is not None)

    @staticmethod
    def _part(body: bytes, chunks: int) -> int:
        return 0 if chunks == 0 else max(1, min(len(body) - 1, len(body) * chunks // (chunks + 1)))

    def _finish(self, *, close: bool) -> None:
        self._sending = self._answer = None
        if close:
            self._transport.close()
        else:
            self.data_received(b"")  # what came in meanwhile
