"""The hotel's own services: what they answer, how they fail, and how they are left alone."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
from deployments.reference_services import pricing, room_status
from prefect.blocks.core import Block
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from pydantic import SecretStr, ValidationError
from tests.services.loopback import DRIP, HANG, RESET, Scripted, reply, running, scripted

from innkeeper.blocks.collection import PricingService, RoomStatusService
from innkeeper.blocks.services.http import close_services
from innkeeper.blocks.settings import Settings
from innkeeper.engine.circuit import CircuitState
from innkeeper.schemas.errors import CircuitOpen, NotConfigured, NotFound, OutputInvalid, ServiceUnavailable
from innkeeper.schemas.hotel import RoomStatus
from innkeeper.tasks.assistant.live import ask_service
from innkeeper.tasks.circuits import breaker, forget_circuits

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
KEY = "a-key-of-the-service-4711"
ROOM = {"room_number": "407", "status": "dirty", "ready_for_guest": False}


@pytest.fixture(autouse=True)
async def _closed() -> AsyncIterator[None]:
    yield
    await close_services()
    forget_circuits()


def _rooms(url: str, **more: Any) -> RoomStatusService:
    return RoomStatusService(**{"url": url, "timeout_s": 10.0, **more})


@pytest.mark.parametrize("kind", [RoomStatusService, PricingService], ids=lambda kind: kind.__name__)
class TestBlocks(BlockStandardTestSuite):
    @pytest.fixture
    def block(self, kind: type[Block]) -> type[Block]:
        return kind

    def test_has_a_valid_image(self, block: type[Block]) -> None:
        assert block._logo_url is None  # it would be fetched from somebody else's server


def test_the_slugs_never_change() -> None:
    assert RoomStatusService.get_block_type_slug() == "hotel-room-status-service"
    assert PricingService.get_block_type_slug() == "hotel-pricing-service"


def test_the_key_is_never_shown() -> None:
    block = _rooms("http://127.0.0.1:9", api_key=SecretStr(KEY))
    for shown in (repr(block), str(block), block.model_dump_json(), repr(block.model_dump()), block.circuit):
        assert KEY not in shown


@pytest.mark.parametrize("url", ["", "room-status", "ftp://host", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        RoomStatusService(url=url)


def test_a_password_in_the_address_is_not_the_circuits_name() -> None:
    assert _rooms("http://me:secret@cv:81/api/").circuit == "room-status@cv:81/api"


def test_settings_name_the_services() -> None:
    known = Settings(
        room_status_url="http://cv:1", pricing_url="http://ml:2", service_api_key=SecretStr(KEY), service_timeout_s=1.5
    )
    rooms, prices = RoomStatusService.of(known), PricingService.of(known)
    assert rooms is not None
    assert prices is not None
    assert (rooms.url, prices.url, rooms.timeout_s) == ("http://cv:1", "http://ml:2", 1.5)
    assert rooms.api_key is not None
    assert rooms.api_key.get_secret_value() == KEY
    assert RoomStatusService.of(Settings()) is None
    assert PricingService.of(Settings()) is None
    assert KEY not in repr(known)


async def test_the_reference_service_knows_the_state_of_a_room() -> None:
    async with running(lambda: room_status.create_app(SAMPLE, KEY)) as url:
        service = _rooms(url, api_key=SecretStr(KEY), timeout_s=5)
        seen = await service.room("102")
        assert (seen.status, seen.ready_for_guest, seen.room_number) == (RoomStatus.CLEAN, False, "102")
        async with httpx.AsyncClient(headers={"X-API-Key": KEY}) as camera:
            await camera.put(f"{url}/rooms/102", json={"status": "inspected", "note": "minibar open"})
        seen = await service.room("102")
        assert (seen.status, seen.ready_for_guest, seen.note) == (RoomStatus.INSPECTED, True, "minibar open")
        with pytest.raises(NotFound):
            await service.room("999")
        with pytest.raises(NotConfigured, match="INNKEEPER_SERVICE_API_KEY"):
            await _rooms(url, timeout_s=5).room("102")


async def test_the_reference_service_prices_a_night() -> None:
    async with running(lambda: pricing.create_app(SAMPLE)) as url:
        service = PricingService(url=url, timeout_s=5)
        known = await service.price("Standard", dt.date(2025, 1, 17))
        assert (known.current_price, known.base_price) == (Decimal(1_840_000), Decimal(1_520_000))
        learnt = await service.price("standard", dt.date(2025, 12, 24))
        assert learnt.current_price >= learnt.base_price
        assert learnt.current_price % 10_000 == 0
        with pytest.raises(NotFound):
            await service.price("castle", dt.date(2025, 1, 17))


FAULTS: list[tuple[bytes, type[Exception]]] = [
    (HANG, ServiceUnavailable),
    (DRIP, ServiceUnavailable),
    (RESET, ServiceUnavailable),
    (b"no http at all\r\n\r\n", ServiceUnavailable),
    (reply(500, {}), ServiceUnavailable),
    (reply(503, {}), ServiceUnavailable),
    (reply(429, {}), ServiceUnavailable),
    (reply(408, {}), ServiceUnavailable),
    (reply(404, {"detail": "no"}), NotFound),
    (reply(401, {}), NotConfigured),
    (reply(403, {}), NotConfigured),
    (reply(302, {}, location="http://127.0.0.1:1/"), NotConfigured),
    (reply(400, {}), OutputInvalid),
    (reply(204, b""), OutputInvalid),
    (reply(200, b"<html>"), OutputInvalid),
    (reply(200, b""), OutputInvalid),
    (reply(200, [ROOM]), OutputInvalid),
    (reply(200, {}), OutputInvalid),
    (reply(200, ROOM | {"status": "haunted"}), OutputInvalid),
    (reply(200, ROOM | {"ready_for_guest": None}), OutputInvalid),
    (reply(200, ROOM | {"room_number": "408"}), OutputInvalid),
    (reply(200, ROOM | {"note": "x" * 70_000}), OutputInvalid),
    (reply(200, b"zzz", content_encoding="gzip"), ServiceUnavailable),
]


@pytest.mark.parametrize(("answer", "error"), FAULTS)
async def test_each_fault_is_told_apart(answer: bytes, error: type[Exception]) -> None:
    async with scripted(answer) as server:
        limit_s = 0.3 if answer in (HANG, DRIP) else 10.0  # others are told apart on a busy machine, too
        started = monotonic()
        with pytest.raises(error) as raised:
            await _rooms(server.url, api_key=SecretStr(KEY), timeout_s=limit_s).room("407")
        assert monotonic() - started < 5
    assert type(raised.value) is error
    assert "room-status" in str(raised.value)
    for secret in (KEY, server.url, "haunted"):
        assert secret not in str(raised.value)


async def test_a_service_that_is_not_there_is_unavailable() -> None:
    async with scripted(reply(200, ROOM)) as server:
        pass
    with pytest.raises(ServiceUnavailable, match="is it running"):
        await _rooms(server.url).room("407")


async def test_unknown_keys_of_an_answer_are_ignored_and_the_key_is_sent() -> None:
    async with scripted(reply(200, ROOM | {"camera": 7})) as server:
        assert (await _rooms(server.url, api_key=SecretStr(KEY)).room("407")).note is None
    assert server.requests[0].startswith("GET /rooms/407 HTTP/1.1")
    assert f"x-api-key: {KEY}" in server.requests[0].lower()


async def test_a_room_number_cannot_leave_its_place_in_the_address() -> None:
    async with scripted(reply(404, {})) as server:
        with pytest.raises(NotFound):
            await _rooms(server.url).room("../admin?x=1#")
    assert server.requests[0].startswith("GET /rooms/..%2Fadmin%3Fx%3D1%23 HTTP/1.1")


@pytest.mark.parametrize(
    "change",
    [{"date": "2025-01-19"}, {"room_type": "suite"}, {"current_price": -1}, {"current_price": 0}, {"currency": "?"}],
)
async def test_a_price_of_something_else_is_refused(change: dict[str, Any]) -> None:
    right = {"room_type": "deluxe", "date": "2025-01-18", "current_price": 1, "base_price": 1, "currency": "VND"}
    async with scripted(reply(200, right), reply(200, right | change)) as server:
        service = PricingService(url=server.url, timeout_s=10)
        assert (await service.price("Deluxe", dt.date(2025, 1, 18))).current_price == 1
        with pytest.raises(OutputInvalid):
            await service.price("Deluxe", dt.date(2025, 1, 18))


async def _asked(server: Scripted, **more: Any) -> Any:
    service = _rooms(server.url, **more)
    return await ask_service(service, lambda: service.room("407"))


async def test_a_service_that_fails_twice_is_asked_a_third_time() -> None:
    async with scripted(reply(503, {}), RESET, reply(200, ROOM)) as server:
        assert (await _asked(server)).status is RoomStatus.DIRTY
    assert len(server.requests) == 3


@pytest.mark.parametrize(
    ("answer", "error", "requests"),
    [
        (reply(500, {}), ServiceUnavailable, 3),
        (reply(503, {}, retry_after="60"), ServiceUnavailable, 1),
        (reply(404, {}), NotFound, 1),
        (reply(401, {}), NotConfigured, 1),
        (reply(200, {}), OutputInvalid, 1),
    ],
)
async def test_only_what_may_pass_is_tried_again(answer: bytes, error: type[Exception], requests: int) -> None:
    async with scripted(answer) as server:
        with pytest.raises(error):
            await _asked(server, timeout_s=10.0)
    assert len(server.requests) == requests


async def test_a_service_that_hangs_holds_nobody_longer_than_twice_its_limit() -> None:
    async with scripted(HANG) as server:
        started = monotonic()
        with pytest.raises(ServiceUnavailable, match=r"within 0\.6 s"):
            await _asked(server, timeout_s=0.3)
        assert monotonic() - started < 5


async def test_a_service_that_keeps_failing_is_left_alone_and_comes_back() -> None:
    async with scripted(*[reply(500, {})] * 5, reply(200, ROOM)) as server:
        service = _rooms(server.url, timeout_s=10.0)
        for error in (ServiceUnavailable, CircuitOpen):
            with pytest.raises(error):
                await ask_service(service, lambda: service.room("407"))
        assert breaker(service.circuit).state is CircuitState.OPEN
        with pytest.raises(CircuitOpen):
            await ask_service(service, lambda: service.room("407"))
        assert len(server.requests) == 5  # an open circuit asks nobody
        forget_circuits()
        assert (await ask_service(service, lambda: service.room("407"))).status is RoomStatus.DIRTY


async def test_a_room_that_the_service_does_not_know_is_no_failure_of_the_service() -> None:
    async with scripted(reply(404, {})) as server:
        for _ in range(6):
            with pytest.raises(NotFound):
                await _asked(server)
        assert breaker(_rooms(server.url).circuit).state is CircuitState.CLOSED


async def test_a_request_that_is_cancelled_frees_its_place() -> None:
    async with scripted(HANG) as server:
        asking = asyncio.create_task(_asked(server, timeout_s=10.0))
        await server.came.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert breaker(_rooms(server.url).circuit).state is CircuitState.CLOSED


def test_each_event_loop_has_connections_of_its_own() -> None:
    async def once() -> RoomStatus:
        async with scripted(reply(200, ROOM)) as server:
            status = (await block(server.url).room("407")).status
            await close_services()
            return status

    def block(url: str) -> RoomStatusService:
        return _rooms(url, timeout_s=5)

    assert [asyncio.run(once()) for _ in range(2)] == [RoomStatus.DIRTY] * 2
