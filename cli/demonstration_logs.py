"""The logs of `innkeeper demo`: three hours of four services, the payment gateway failing in the last minutes."""

import datetime as dt
import json
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from innkeeper.cli.local_prefect import LocalPrefect

_HOURS = 3
_FAULT_MINUTES = 12
_FAULT_SHARE = 0.6


async def show_logs(prefect: "LocalPrefect") -> None:
    """Sweep the logs by a flow run, and show what it found and whom it told."""
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.database.incidents import list_incidents
    from innkeeper.blocks.settings import settings
    from innkeeper.engine.incidents.wording import describe_incident

    folder = settings().home / "demo-logs" / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}"
    lines = write_logs(folder, dt.datetime.now(settings().zone))
    typer.echo(f"\n{lines:,} log lines of four services in {folder}, the payment gateway failing. Swept:\n")
    with slack_endpoint() as (address, received):
        environment = {"INNKEEPER_LOG_SOURCES": str(folder.absolute()), "INNKEEPER_SLACK_WEBHOOK_URL": address}
        run = await prefect.run("sweep-logs/production", {}, environment=environment)
    async with Database(settings().database_url) as database, database.reading() as session:
        found = await list_incidents(session, limit=1)
    for incident in found:
        typer.echo(f"{incident.id}  {incident.title} ({incident.severity.value}, {incident.status.value})")
        typer.echo(f"          {describe_incident(incident, 'en', settings().zone)}")
        for action in incident.actions[:3]:
            typer.echo(f"          → {action.action} [{action.runbook_id}]")
    for message in received:
        typer.echo(f"Slack got          {message['text']}")
    if not received:
        typer.echo("Slack got          nothing new: an earlier demo told of this incident, and it still goes on")
    typer.echo(f"The run in the UI  {prefect.ui}/runs/flow-run/{run.id}")
    typer.echo("More               innkeeper logs analyze FILE…, innkeeper incidents list, ack, resolve, silence")


@contextmanager
def slack_endpoint() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An endpoint on this machine that takes what a Slack webhook takes: its address, and what it has received."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/services/demo", received
    finally:
        server.shutdown()
        server.server_close()


def write_logs(folder: Path, now: dt.datetime) -> int:
    """Write the files, each in a format of its own, up to `now` by the hotel's clock; return the number of lines."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(7)  # noqa: S311  no secret
    files: dict[str, list[tuple[dt.datetime, str]]] = {
        "payments.jsonl": [],
        "cv.log": [],
        "pms.log": [],
        "door-locks.jsonl": [],
    }
    for minute in range(_HOURS * 60):
        start = now - dt.timedelta(minutes=_HOURS * 60 - minute)
        is_failing = minute >= _HOURS * 60 - _FAULT_MINUTES
        for name, write in _WRITERS.items():
            for _ in range(chance.randint(8, 14)):
                at = start + dt.timedelta(seconds=chance.uniform(0, 59.9))
                files[name].append((at, write(at, chance, is_failing)))
    for name, written in files.items():
        text = "".join(f"{line}\n" for _, line in sorted(written))
        (folder / name).write_text(text, encoding="utf-8")
    return sum(map(len, files.values()))


def _payments(at: dt.datetime, chance: random.Random, is_failing: bool) -> str:
    terminal = f"pos-{chance.randint(1, 4)}"
    if is_failing and chance.random() < _FAULT_SHARE:
        level, message = "error", f"Gateway timeout after {chance.randint(8_000, 12_000)} ms, payment not captured"
    elif chance.random() < 0.01:
        level, message = "error", "Card declined by issuer, code 51"
    else:
        level, message = "info", f"Payment captured in {chance.randint(180, 420)} ms"
    line = {"timestamp": at.isoformat(), "service": "payments", "level": level, "message": message}
    return json.dumps(line | {"metadata": {"terminal": terminal}})


def _cameras(at: dt.datetime, chance: random.Random, _: bool) -> str:
    if chance.random() < 0.01:
        return f"{at:%Y-%m-%d %H:%M:%S,%f}"[:-3] + " WARN  [capture] FrameReader - Frame dropped on cam_lobby_01"
    return f"{at:%Y-%m-%d %H:%M:%S,%f}"[:-3] + (
        f" INFO  [recognise] Recogniser - Recognised staff card in {chance.randint(40, 90)} ms"
    )


def _bookings(at: dt.datetime, chance: random.Random, _: bool) -> str:
    path = f"/bookings/{chance.randint(1_000, 9_999)}"
    return f"{at.isoformat(timespec='seconds')} INFO pms: GET {path} 200 {chance.randint(5, 60)}ms"


def _locks(at: dt.datetime, chance: random.Random, _: bool) -> str:
    room = f"{chance.randint(2, 9)}{chance.randint(1, 20):02d}"
    line = {"time": at.isoformat(), "service": "door-locks", "severity": "INFO", "msg": f"Key card opened door {room}"}
    return json.dumps(line)


_WRITERS = {"payments.jsonl": _payments, "cv.log": _cameras, "pms.log": _bookings, "door-locks.jsonl": _locks}
