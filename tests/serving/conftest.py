"""A running app over a real SQLite database, with a router that is predictable."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from tests.serving.scripted import ScriptedAssistant

from innkeeper.blocks.database.api_keys import create_key
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.access import Role
from innkeeper.schemas.hotel import HotelFile
from innkeeper.schemas.routing import (
    Classification,
    Entities,
    EntityResult,
    GuestMessage,
    Intent,
    RequestedItem,
    RoutingResult,
    Sentiment,
    StructuredRequest,
)
from innkeeper.schemas.taxonomy import Priority
from innkeeper.serving import auth
from innkeeper.serving.app import create_app

Run = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
NewKey = Callable[..., Awaitable[str]]
SettingsOf = Callable[..., Settings]

TOKEN = {"alertmanager_token": "a token of sixteen characters"}
HOTEL = {"hotel": {"name": "Hotel Paradise"}, "currency": "VND", "rooms": [], "bookings": [], "rates": []}


class TowelRouter:
    """Takes every message for a wish for towels, and remembers what it was given and in which thread."""

    def __init__(self) -> None:
        self.seen: list[GuestMessage] = []
        self.threads: set[str] = set()

    def route(self, message: GuestMessage) -> RoutingResult:
        self._remember(message)
        request = StructuredRequest(
            type="amenity_request",
            items=(RequestedItem(item="towel"),),
            room_number=message.room_number,
            urgency="normal",
        )
        towels = Classification(
            category="housekeeping",
            subcategory="amenity_request",
            confidence=0.9,
            priority=Priority.MEDIUM,
            structured_request=request,
            assigned_to="housekeeping_team",
            workflow_id="WF_HOUSEKEEPING_001",
            estimated_resolution_time_minutes=15,
        )
        return RoutingResult(
            classifications=(towels,),
            sentiment=Sentiment.NEUTRAL,
            language_detected=message.language or "und",
            requires_immediate_attention=False,
            suggested_response="Towels are on their way.",
            processing_time_ms=0.1,
            out_of_scope=False,
            adversarial=False,
            needs_review=False,
            intent=Intent.SERVICE_REQUEST,
            entities=self._entities(message),
            assumed_fields=(),
            warnings=(),
            engine_version="towels",
        )

    def extract(self, message: GuestMessage) -> EntityResult:
        self._remember(message)
        entities = self._entities(message)
        return EntityResult(entities=entities, intent=Intent.SERVICE_REQUEST, confidence=0.9, language_detected="en")

    def _entities(self, message: GuestMessage) -> Entities:
        date = message.timestamp.date() if message.timestamp else None
        return Entities(room_number=message.room_number, date=date)

    def _remember(self, message: GuestMessage) -> None:
        self.seen.append(message)
        self.threads.add(threading.current_thread().name)


@asynccontextmanager
async def running(app: FastAPI, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of `app` while it runs."""
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://hotel", headers=headers) as client,
    ):
        yield client


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(f"sqlite:///{tmp_path}/hotel.db") as opened:
        await opened.upgrade()
        yield opened


@pytest.fixture
def new_key(database: Database) -> NewKey:
    async def make(role: Role = Role.SERVICE) -> str:
        async with database.writing() as session:
            plain, _row = await create_key(session, role, "test")
        return plain

    return make


@pytest.fixture
def settings_of(tmp_path: Path) -> SettingsOf:
    def make(**values: object) -> Settings:
        return Settings.model_validate({"home": tmp_path, **values})

    return make


@pytest.fixture
def router() -> TowelRouter:
    return TowelRouter()


@pytest.fixture
def run(settings_of: SettingsOf, database: Database, router: TowelRouter) -> Run:
    """`async with run(auth="off", …) as client:` a client of a running app with these settings."""

    def start(*, using: TowelRouter | None = None, **values: object) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        return running(create_app(settings_of(**values), using or router, database))

    return start


@pytest.fixture
async def client(
    settings_of: SettingsOf, database: Database, router: TowelRouter, new_key: NewKey
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a valid key."""
    app = create_app(settings_of(), router, database)
    async with running(app, **{"X-API-Key": await new_key()}) as opened:
        yield opened


class Live(NamedTuple):
    """A server on a loopback port, and a key to it."""

    url: str
    port: int
    key: str


class TellingServer(uvicorn.Server):
    """Calls `on_start` when it serves."""

    on_start: Callable[[], None]

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_start()


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The app behind a real uvicorn, in a thread of its own."""
    home = tmp_path_factory.mktemp("live")
    settings = Settings.model_validate({"home": home, "rate_limit_per_minute": 1_000_000, **TOKEN})
    listener = socket.create_server(("127.0.0.1", 0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(auth, "FAILURES_PER_MINUTE", 1_000_000)  # wrong keys come from one address here, on purpose
        database = Database(settings.database_url)
        app = create_app(settings, TowelRouter(), database, ScriptedAssistant(database, settings))
        server = TellingServer(uvicorn.Config(app, log_config=None, lifespan="on"))
        yield from _served(server, database, listener)


def _served(server: TellingServer, database: Database, listener: socket.socket) -> Iterator[Live]:
    started: Future[Live] = Future()
    port = listener.getsockname()[1]

    async def serve() -> None:
        async with database:
            await database.upgrade()
            async with database.writing() as session:
                key, _row = await create_key(session, Role.SERVICE, "live")
                await import_hotel(session, HotelFile.model_validate(HOTEL))  # messages are a hotel's
            server.on_start = lambda: started.set_result(Live(f"http://127.0.0.1:{port}", port, key))
            await server.serve(sockets=[listener])

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    yield started.result(timeout=30)
    server.should_exit = True
    thread.join(timeout=30)
