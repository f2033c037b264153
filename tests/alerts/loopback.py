"""Slack, PagerDuty and a webhook on 127.0.0.1, which check what comes in as the real ones document it."""

import asyncio
import datetime as dt
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from prefect.blocks.abstract import NotificationBlock, NotificationError
from tests.services.loopback import running

from innkeeper.schemas.incidents import Alert, AlertEvent
from innkeeper.schemas.logs import FindingKind, Severity

NOW = dt.datetime(2026, 1, 17, 8, 32, tzinfo=dt.UTC)
ROUTING_KEY = "R0UT1NGKEY0000000000000000000000"
SLACK_PATH = "/services/T000/B000/s3cr3t"
_ANGLES = re.compile(r"<(?!!date\^\d+\^[^<>|]+\|[^<>|]+>)|(?<!\|)(?<![0-9A-Z+:-])>")
_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")


said: list[tuple[str, str]] = []  # by loudspeakers: subject and body


class Loudspeaker(NotificationBlock):
    """A notification block as hotels have them."""

    _block_type_slug = "loudspeaker"
    problem: str = ""

    async def notify(self, body: str, subject: str | None = None) -> None:
        if self.problem:
            raise NotificationError(log=self.problem)
        said.append((subject or "", body))


@dataclass
class Receiver:
    """What a server took; `refusals` are answered first: (status, body, headers)."""

    url: str = ""
    taken: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    refusals: list[tuple[int, str, dict[str, str]]] = field(default_factory=list)
    requests: int = 0
    pages: dict[str, str] = field(default_factory=dict)  # PagerDuty's incidents: triggered, acknowledged, resolved
    holds: asyncio.Event | None = None  # answers wait for it
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def has_taken(self, number: int) -> None:
        """Wait until so many came."""
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: len(self.taken) >= number)

    async def answer(self, request: Request, check: Any) -> Response:
        """The next refusal, or what `check` says of the body: (status, text)."""
        self.requests += 1
        body = await request.body()
        if self.holds is not None:
            await self.holds.wait()
        if self.refusals:
            status, text, headers = self.refusals.pop(0)
            return Response(text, status, headers)
        try:
            content = json.loads(body)
        except ValueError:
            return Response("invalid_payload", 400)
        status, text = check(content)
        if status < 300:
            self.taken.append(content)
            self.headers.append(dict(request.headers))
            self.bodies.append(body)
            async with self.changed:
                self.changed.notify_all()
        return Response(text, status)


@asynccontextmanager
async def receiver(path: str, check: Any) -> AsyncIterator[Receiver]:
    """A server that takes POSTs at `path`."""
    state = Receiver()

    def create() -> FastAPI:
        app = FastAPI()

        @app.post(path)
        async def take(request: Request) -> Response:
            return await state.answer(request, check)

        return app

    async with running(create) as url:
        state.url = url + path
        yield state


def slack() -> Any:
    """An incoming webhook."""
    return receiver(SLACK_PATH, check_slack)


def webhook() -> Any:
    """An address that takes any JSON."""
    return receiver("/alerts", lambda _content: (202, ""))


@asynccontextmanager
async def pagerduty() -> AsyncIterator[Receiver]:
    """Events API v2, with the incidents that it makes."""
    pages: dict[str, str] = {}

    def check(event: Any) -> tuple[int, str]:
        problems = event_problems(event)
        if problems:
            told = {"status": "invalid event", "message": "Event object is invalid", "errors": problems}
            return 400, json.dumps(told)
        key, action = event["dedup_key"], event["event_action"]
        if action == "trigger":
            pages[key] = pages.get(key, "triggered") if pages.get(key) != "resolved" else "triggered"
        elif pages.get(key) not in {None, "resolved"}:
            pages[key] = f"{action}d"
        return 202, json.dumps({"status": "success", "message": "Event processed", "dedup_key": key})

    async with receiver("/v2/enqueue", check) as state:
        state.pages = pages
        yield state


@asynccontextmanager
async def dripping(part: bytes = b" ") -> AsyncIterator[str]:
    """A server whose answer never ends: a byte now and then, or more."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = asyncio.ensure_future(reader.read())  # done when the client leaves
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 9000000000\r\n\r\n")
        while not left.done():
            writer.write(part)
            await asyncio.wait([left], timeout=0.02)
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def check_slack(message: Any) -> tuple[int, str]:
    """Block Kit's limits, and that nothing in it is a mention or a link."""
    if not isinstance(message, dict) or not message.get("text"):
        return 400, "no_text"
    blocks = message.get("blocks", [])
    texts = [block["text"] for block in blocks if "text" in block]
    texts += [element for block in blocks for element in block.get("elements", [])]
    headers = [block["text"] for block in blocks if block["type"] == "header"]
    fits = (
        len(blocks) <= 50
        and all(block["type"] in {"header", "section", "context", "divider"} for block in blocks)
        and all(each["type"] in {"plain_text", "mrkdwn"} and 0 < len(each["text"]) <= 3_000 for each in texts)
        and all(each["type"] == "plain_text" and len(each["text"]) <= 150 for each in headers)
    )
    spoken = [each["text"] for each in texts] + [message["text"]]
    is_escaped = not any(_ANGLES.search(each) or _AMPERSAND.search(each) for each in spoken)
    return (200, "ok") if fits and is_escaped else (400, "invalid_blocks")


def event_problems(event: Any) -> list[str]:
    """What PagerDuty's documentation forbids."""
    problems = []
    if event.get("routing_key") != ROUTING_KEY:
        problems.append("'routing_key' is invalid")
    if event.get("event_action") not in {"trigger", "acknowledge", "resolve"}:
        problems.append("'event_action' is invalid")
    if not 0 < len(event.get("dedup_key", "")) <= 255:
        problems.append("'dedup_key' is missing or too long")
    if event.get("event_action") == "trigger":
        payload = event.get("payload", {})
        if not 0 < len(payload.get("summary", "")) <= 1_024:
            problems.append("'payload.summary' is missing or too long")
        if not payload.get("source"):
            problems.append("'payload.source' is missing")
        if payload.get("severity") not in {"critical", "error", "warning", "info"}:
            problems.append("'payload.severity' is invalid")
        dt.datetime.fromisoformat(payload.get("timestamp", ""))
    return problems


def alert(event: AlertEvent = AlertEvent.OPENED, number: int = 1, incident: int = 1, **more: Any) -> Alert:
    """An alert about the camera service."""
    name = f"INC-2026-{incident:03d}"
    values: dict[str, Any] = {
        "id": f"ALERT-{number:03d}",
        "incident_id": name,
        "event": event,
        "deduplication_key": name,
        "severity": Severity.HIGH,
        "service": "cv",
        "component": "cam_lobby_01",
        "kind": FindingKind.ERROR_SPIKE,
        "summary": "cv: Face recognition failed: <*> (15 % of lines, 2 % expected)",
        "text": "15 % of lines are errors, 2 % were expected (x7.5, n=400).\nCamera cam_lobby_01.",
        "occurred_at": NOW,
        "details": {"observed": 0.15, "expected": 0.02, "template": "Face recognition failed: <*>"},
    }
    return Alert.model_validate(values | more)
