"""A loopback server in a thread with a loop of its own; the two providers are subclasses."""

import asyncio
import json
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

from tests.providers.script import (
    CutOff,
    Fault,
    Hang,
    Payload,
    Reply,
    Script,
    SlowFirstByte,
    Spoken,
    StreamFault,
    Text,
)
from tests.providers.wire import BEFORE_HEADERS, Connection, HttpAnswer, HttpRequest

SECRET = frozenset({"authorization", "x-api-key", "cookie", "proxy-authorization"})
START_S = 10.0
JSON = {"content-type": "application/json"}
EVENTS = {"content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache"}


@dataclass
class Received:
    """
    One request as it came in; `at` is in seconds since 1970.

    Attributes:
        json: The body, or None where it was none.
        status: What it was answered with; a scripted connection fault keeps the status of its reply.
        client_left: The client went away before the answer's end.
    """

    number: int
    method: str
    path: str
    headers: dict[str, str]
    json: Any
    at: float
    status: int = 0
    client_left: bool = field(default=False)


class ApiFault(Exception):
    """A request is turned down; `field_path` names what is wrong with it."""

    def __init__(
        self, status: int, message: str, *, field_path: str | None = None, code: str | None = None, kind: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.field_path = field_path
        self.code = code
        self.kind = kind


class ProviderServer(ABC):
    """
    A provider on 127.0.0.1, as a context manager.

    Args:
        script: What to answer; without one every chat request is answered `ok`.
        api_key: The only key that is accepted.
        port: 0 takes a free one.
        models: Names that exist; None accepts every name.
        record: A file that gets each request as a line of JSON.
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        api_key: str = "sk-loopback",
        port: int = 0,
        models: Sequence[str] | None = None,
        record: Path | None = None,
    ) -> None:
        self.script = script or Script(default=Text("ok"))
        self.api_key = api_key
        self.models = models
        self.requests: list[Received] = []
        self.errors: list[Exception] = []  # of the script's functions, or of this server
        self.released = threading.Event()
        self.remaining_requests = 10_000
        self._port = port
        self._record_path = record
        self._record: TextIO | None = None
        self._changed = threading.Condition()
        self._connections: set[Connection] = set()
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    # starting and stopping

    def __enter__(self) -> Self:
        self.prepare()
        self._listener = socket.create_server(("127.0.0.1", self._port), backlog=1024)
        self._port = self._listener.getsockname()[1]
        if self._record_path:
            self._record = self._record_path.open("a", encoding="utf-8")
        self._thread.start()
        self._loop, self._stopping = self._started.result(START_S)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(START_S)
        if self._record:
            self._record.close()
        if self.errors and error is None:
            raise self.errors[0]

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await loop.create_server(lambda: Connection(self._handle, self._connections), sock=self._listener)
        self._started.set_result((loop, stopping))
        await stopping.wait()
        server.close()
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)  # let `connection_lost` cancel what is being sent

    # for tests

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    @abstractmethod
    def base_url(self) -> str:
        """What the provider's SDK takes as `base_url`."""

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Received]:
        """Block until `count` requests have come in; raise `TimeoutError` with the number that did."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout_s):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came in within {timeout_s} s")
            return list(self.requests)

    def wait_until_left(self, number: int = 1, timeout_s: float = 10.0) -> None:
        """Block until the client of request `number` (from 1) has gone away before its answer's end."""
        with self._changed:
            if not self._changed.wait_for(
                lambda: len(self.requests) >= number and self.requests[number - 1].client_left, timeout_s
            ):
                raise TimeoutError(f"the client of request {number} was still there after {timeout_s} s")

    async def arrived(self, count: int, timeout_s: float = 10.0) -> list[Received]:
        """`wait_for` without blocking the caller's loop."""
        return await asyncio.to_thread(self.wait_for, count, timeout_s)

    async def left(self, number: int = 1, timeout_s: float = 10.0) -> None:
        """`wait_until_left` without blocking the caller's loop."""
        await asyncio.to_thread(self.wait_until_left, number, timeout_s)

    def release(self) -> None:
        """Answer every `Hang`, those under way and those to come."""
        self.released.set()

    # answering

    def _handle(self, request: HttpRequest) -> HttpAnswer:
        headers = {name: value for name, value in request.headers.items() if name not in SECRET}
        received = Received(len(self.requests) + 1, request.method, request.path, headers, None, time.time())
        try:
            answer = self.respond(request, received)
        except ApiFault as fault:
            answer = self.fault_answer(fault)
        except Exception as error:  # shown to the test when the server stops
            self.errors.append(error)
            answer = self.fault_answer(ApiFault(500, f"the loopback server failed: {error!r}"))
        received.status = answer.status
        answer.headers = {**self.headers(received.number), **answer.headers}
        answer.on_left = lambda: self._client_left(received)
        self._remember(received)
        return answer

    def _remember(self, received: Received) -> None:
        if self._record:
            self._record.write(json.dumps(asdict(received), ensure_ascii=False) + "\n")
            self._record.flush()
        with self._changed:
            self.requests.append(received)
            self._changed.notify_all()

    def _client_left(self, received: Received) -> None:
        with self._changed:
            received.client_left = True
            self._changed.notify_all()

    def deliver(self, reply: Reply, payload: Payload, number: int) -> HttpAnswer:
        """`reply` in the provider's words, with its delays and its broken connections."""
        match reply:
            case Fault():
                return self.scripted_fault(reply)
            case SlowFirstByte():
                answer = self.deliver(reply.reply, payload, number)
                answer.wait, answer.gap = reply.wait, reply.gap
            case Hang():
                answer = self.deliver(reply.reply, payload, number)
                answer.wait = self.released
            case CutOff():
                answer = self.deliver(reply.reply, payload, number)
                answer.cut_after = BEFORE_HEADERS if reply.after_chunks is None else reply.after_chunks
            case StreamFault():
                answer = self.deliver(reply.reply, payload, number)
                if isinstance(answer.body, bytes):
                    return self.scripted_fault(reply.fault)
                answer.body = [*answer.body[: reply.after_chunks], self.fault_event(reply.fault)]
            case _:
                answer = self.speak(reply, payload, number)
        return answer

    def scripted_fault(self, fault: Fault) -> HttpAnswer:
        """The answer to a `Fault`."""
        if fault.body is None:
            message = fault.message or f"scripted fault {fault.status}"
            answer = self.fault_answer(ApiFault(fault.status, message, code=fault.code))
        elif isinstance(fault.body, str):
            answer = HttpAnswer(fault.status, {"content-type": "text/html"}, fault.body.encode())
        else:
            answer = HttpAnswer(fault.status, dict(JSON), dumped(fault.body))
        if fault.retry_after is not None:
            answer.headers["retry-after"] = f"{fault.retry_after:g}"
        return answer

    @abstractmethod
    def prepare(self) -> None:
        """Load the SDK's parameters, so that the first request is as fast as the next."""

    @abstractmethod
    def respond(self, request: HttpRequest, received: Received) -> HttpAnswer:
        """Answer one request; sets `received.json`; raises `ApiFault`."""

    @abstractmethod
    def speak(self, reply: Spoken, payload: Payload, number: int) -> HttpAnswer:
        """A completion of the model."""

    @abstractmethod
    def fault_answer(self, fault: ApiFault) -> HttpAnswer:
        """An error in the provider's shape."""

    @abstractmethod
    def fault_event(self, fault: Fault) -> bytes:
        """An error within a stream."""

    @abstractmethod
    def headers(self, number: int) -> dict[str, str]:
        """Headers of every answer."""


def dumped(value: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
