"""The tools on a real database: what each role is given, what is refused, and what is remembered of it."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel
from tests.services.loopback import reply, scripted

from innkeeper.blocks.database.audit import AuditNote
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.services.http import close_services
from innkeeper.blocks.services.pricing import PricingService
from innkeeper.blocks.services.room_status import RoomStatusService
from innkeeper.engine.assistant.policy import ToolName
from innkeeper.engine.routing.router import load_router
from innkeeper.engine.search.fusion import Why
from innkeeper.engine.search.index import Hit, SearchResult
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import InputInvalid, NotAllowed, NotConfigured, NotFound
from innkeeper.schemas.hotel import HotelFile, RoomStatus
from innkeeper.schemas.knowledge import Chunk
from innkeeper.schemas.tools import Availability, Bookings, Contacts, KnowledgeFound, RoomFacts, RoomPrice
from innkeeper.tasks.assistant.tools import REGISTRY, ToolServices, by_name, toolbox
from innkeeper.tasks.circuits import forget_circuits
from innkeeper.tasks.tool_loop import Tool, make_call

TODAY = dt.date(2026, 3, 10)
STAFF = [Role.MANAGER, Role.RECEPTIONIST, Role.SERVICE]


def _booking(
    name: str, guest: str, room: str | None, stay: tuple[int, int], status: str, **more: Any
) -> dict[str, Any]:
    arrival, departure = (TODAY + dt.timedelta(days=offset) for offset in stay)
    dates = {"check_in_date": arrival.isoformat(), "check_out_date": departure.isoformat()}
    return {"booking_id": name, "guest_name": guest, "room_number": room, "status": status} | dates | more


LAN = {
    "email": "lan@example.com",
    "phone": "0900 000 111",
    "total_amount": 3_300_000,
    "special_requests": "Dị ứng đậu phộng, xin gối cứng",
    "check_out_time": "11:30",
}
HOTEL = HotelFile.model_validate(
    {
        "hotel": {"name": "Riverside"},
        "rooms": [
            {"number": "305", "floor": 3, "type": "Deluxe", "status": "occupied", "note": "the tap drips"},
            {"number": "306", "floor": 3, "type": "Deluxe", "status": "inspected"},
            {"number": "307", "floor": 3, "type": "Deluxe", "status": "dirty"},
            {"number": "401", "floor": 4, "type": "Suite", "status": "clean"},
        ],
        "bookings": [
            _booking("R-1", "Trần Thị Lan", "305", (-2, 1), "checked_in", **LAN),
            _booking("R-2", "Trần Thị Lan", "401", (-40, -38), "checked_out", **LAN),
            _booking("R-3", "Trần Văn Hùng", "306", (0, 2), "confirmed", email="hung@example.com"),
            _booking("R-4", "Maria Silva", "307", (-1, 1), "cancelled", email="maria@example.com"),
            *(
                _booking(f"R-{n}", f"Group Kim {n}", None, (20, 21), "confirmed", room_type="Suite")
                for n in range(5, 12)
            ),
        ],
        "rates": [
            {
                "room_type": "Deluxe",
                "date": (TODAY + dt.timedelta(days=n)).isoformat(),
                "price_vnd": 1_000_000 + n * 50_000,
            }
            for n in range(3)
        ],
    }
)


class Documents:
    """A search that gives one passage for everything, and remembers how it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def search(self, query: str, **options: Any) -> SearchResult:
        self.asked.append((query, options))
        chunk = Chunk(id="p1", document="faqs/out.md", title="Out", text="Noon.", index=0, content_sha256="0")
        return SearchResult([Hit(chunk, 1.0, 0.8 if "fee" in query else 0.9, Why(None, 0.0, 0.0, 0.0))], 0.9, query, "")


@pytest.fixture(scope="module")
async def hotel(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Database]:
    async with Database(f"sqlite:///{tmp_path_factory.mktemp('hotel')}/innkeeper.db") as database:
        await database.upgrade()
        async with database.writing() as session:
            await import_hotel(session, HOTEL)
        yield database


class Shift:
    """One person at work."""

    def __init__(self, services: ToolServices, role: Role, guest: str | None = None) -> None:
        self.audit: list[AuditNote] = []
        self.hidden: set[str] = set()
        principal = Principal(key_id="key:1", name="test", role=role, guest=guest)
        self.tools = by_name(toolbox(services, principal, today=TODAY, audit=self.audit, hidden=self.hidden))

    async def ask(self, name: str, **arguments: Any) -> Any:
        tool = self.tools[name]
        return await tool.function(tool.arguments.model_validate(arguments))


def _ids(found: Bookings) -> list[str | None]:
    return [each.booking_id for each in found.bookings]


@pytest.mark.parametrize("role", STAFF)
async def test_staff_are_given_the_whole_booking_and_a_note_is_left(hotel: Database, role: Role) -> None:
    at_work = Shift(ToolServices(hotel), role)
    found: Bookings = await at_work.ask("lookup_booking", room_number="305")
    assert found.total == 1
    assert found.bookings[0].model_dump(mode="json", exclude_none=True) == {
        "booking_id": "R-1",
        "guest_name": "Trần Thị Lan",
        "email": "lan@example.com",
        "phone": "0900 000 111",
        "room_number": "305",
        "room_type": "Deluxe",
        "check_in_date": "2026-03-08",
        "check_out_date": "2026-03-11",
        "check_out_time": "11:30:00",
        "status": "checked_in",
        "total_amount": "3300000.00",
        "currency": "VND",
        "special_requests": "Dị ứng đậu phộng, xin gối cứng",
        "withheld": [],
    }
    (note,) = at_work.audit
    assert (note.action, note.subject, note.details["by"]) == ("booking.read", "booking:R-1", "room_number")
    assert {"phone", "email", "guest_name"} <= set(note.details["fields"])
    assert "Lan" not in repr(note)
    assert at_work.hidden == set()


@pytest.mark.parametrize("asked", [{"room_number": "305"}, {"guest_name": "tran thi lan"}])
async def test_housekeeping_is_given_the_stay_alone(hotel: Database, asked: dict[str, str]) -> None:
    at_work = Shift(ToolServices(hotel), Role.HOUSEKEEPING)
    found: Bookings = await at_work.ask("lookup_booking", **asked)
    told = found.model_dump_json()
    for secret in ("Lan", "lan@example.com", "0900", "3300000", "phộng", "R-1"):
        assert secret not in told
    assert "2026-03-11" in told
    assert found.bookings[0].withheld == (
        "booking_id",
        "guest_name",
        "email",
        "phone",
        "total_amount",
        "currency",
        "special_requests",
    )
    assert at_work.hidden == {
        "R-1",
        "Trần Thị Lan",
        "lan@example.com",
        "0900 000 111",
        "3300000.00",
        "Dị ứng đậu phộng, xin gối cứng",
    }
    assert at_work.audit[0].details["fields"] == sorted(
        ["room_number", "room_type", "check_in_date", "check_out_date", "check_out_time", "status"]
    )


@pytest.mark.parametrize("booking_id", ["R-1", "no-such-id"])
async def test_housekeeping_does_not_look_up_by_booking_id(hotel: Database, booking_id: str) -> None:
    at_work = Shift(ToolServices(hotel), Role.HOUSEKEEPING)
    with pytest.raises(NotAllowed, match="room number or guest name"):
        await at_work.ask("lookup_booking", booking_id=booking_id)
    assert [note.action for note in at_work.audit] == ["booking.refused"]


@pytest.mark.parametrize("guest", ["R-1", "r-1", "LAN@example.com", "+84 900 000 111", "0900-000.111"])
@pytest.mark.parametrize(
    "asked",
    [
        {"booking_id": "R-1"},
        {"booking_id": "me"},
        {"room_number": "305"},
        {"guest_name": "Lan"},
        {"guest_name": "tôi"},
        {"room_number": "305", "guest_name": "Trần Lan"},
    ],
)
async def test_a_guest_is_given_all_of_the_own_booking(hotel: Database, guest: str, asked: dict[str, str]) -> None:
    found: Bookings = await Shift(ToolServices(hotel), Role.GUEST, guest).ask("lookup_booking", **asked)
    assert _ids(found) == ["R-1"]
    assert found.bookings[0].phone == "0900 000 111"
    assert found.bookings[0].withheld == ()


@pytest.mark.parametrize("guest", ["R-1", "lan@example.com", "no@example.com", "+1 900 000 111", "%", "R-99", "", None])
@pytest.mark.parametrize(
    "asked",
    [
        {"booking_id": "R-3"},
        {"booking_id": "R-99x"},
        {"booking_id": "hung@example.com"},
        {"room_number": "306"},
        {"room_number": "999"},
        {"guest_name": "Hùng"},
        {"guest_name": "Nobody"},
        {"booking_id": "me", "guest_name": "Hùng"},
    ],
)
async def test_another_booking_is_refused_in_the_same_words_whether_it_exists_or_not(
    hotel: Database, guest: str | None, asked: dict[str, str]
) -> None:
    at_work = Shift(ToolServices(hotel), Role.GUEST, guest)
    with pytest.raises(NotAllowed) as refused:
        await at_work.ask("lookup_booking", **asked)
    assert str(refused.value) == "A guest may only be told about their own booking; please ask the front desk."
    assert at_work.audit == [AuditNote("booking.refused", "booking", {"tool": "lookup_booking", "why": "guest"})]
    assert at_work.hidden == set()


async def test_a_guest_finds_an_old_or_cancelled_booking_of_their_own_by_its_id(hotel: Database) -> None:
    lan, maria = (Shift(ToolServices(hotel), Role.GUEST, who) for who in ("lan@example.com", "maria@example.com"))
    assert _ids(await lan.ask("lookup_booking", booking_id="R-2")) == ["R-2"]
    assert _ids(await maria.ask("lookup_booking", guest_name="me")) == ["R-4"]


async def test_several_bookings_are_counted_and_at_most_five_shown(hotel: Database) -> None:
    found: Bookings = await Shift(ToolServices(hotel), Role.RECEPTIONIST).ask("lookup_booking", guest_name="group kim")
    assert (found.total, len(found.bookings)) == (7, 5)


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"guest_name": "Tran"}, ["R-1", "R-3"]),  # of Lan the current stay alone
        ({"guest_name": "Tran", "date": "2026-01-30"}, ["R-2"]),
        ({"guest_name": "Lan", "room_number": "305"}, ["R-1"]),
        ({"guest_name": "Silva"}, ["R-4"]),  # cancelled, and there is nothing else
        ({"booking_id": "r-4"}, ["R-4"]),
        ({"room_number": "307"}, []),
        ({"room_number": "p305", "date": "2026-03-11"}, ["R-1"]),
        ({"booking_id": "R-1", "guest_name": "tran lan"}, ["R-1"]),
    ],
)
async def test_staff_find_what_they_mean(hotel: Database, asked: dict[str, str], ids: list[str]) -> None:
    assert _ids(await Shift(ToolServices(hotel), Role.MANAGER).ask("lookup_booking", **asked)) == ids


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"booking_id": "R-999"}, NotFound),
        ({"guest_name": "Nobody"}, NotFound),
        ({"room_number": "999"}, NotFound),
        ({"booking_id": "R-1", "room_number": "306"}, NotFound),
        ({"booking_id": "R-1", "guest_name": "Silva"}, NotFound),
        ({"guest_name": "Li"}, InputInvalid),
    ],
)
async def test_what_is_not_there_is_said(hotel: Database, asked: dict[str, str], error: type[Exception]) -> None:
    with pytest.raises(error):
        await Shift(ToolServices(hotel), Role.MANAGER).ask("lookup_booking", **asked)


@pytest.mark.parametrize("role", [*STAFF, Role.HOUSEKEEPING])
async def test_staff_are_told_the_state_and_the_note_of_a_room(hotel: Database, role: Role) -> None:
    room: RoomFacts = await Shift(ToolServices(hotel), role).ask("room_status", room_number="P305")
    assert (room.status, room.ready_for_guest, room.note) == (RoomStatus.OCCUPIED, False, "the tap drips")
    assert (room.origin, room.stale, room.room_type, room.floor) == ("database:rooms", False, "Deluxe", 3)
    with pytest.raises(NotFound):
        await Shift(ToolServices(hotel), role).ask("get_room_status", room_number="999")


async def test_a_guest_is_told_of_the_own_room_without_its_note(hotel: Database) -> None:
    at_work = Shift(ToolServices(hotel), Role.GUEST, "lan@example.com")
    room: RoomFacts = await at_work.ask("get_room_status", room_number="305")
    assert (room.status, room.note, room.withheld) == (RoomStatus.OCCUPIED, None, ("note",))
    assert at_work.hidden == {"the tap drips"}


@pytest.mark.parametrize(
    ("guest", "room"),
    [("R-1", "306"), ("R-1", "999"), ("lan@example.com", "401"), (None, "305"), ("R-4", "307"), ("nobody", "305")],
)
async def test_a_guest_is_not_told_of_another_or_a_former_room(hotel: Database, guest: str | None, room: str) -> None:
    with pytest.raises(NotAllowed, match="room of their own booking; please ask the front desk"):
        await Shift(ToolServices(hotel), Role.GUEST, guest).ask("get_room_status", room_number=room)


@pytest.mark.parametrize("role", Role)
async def test_everyone_is_told_prices(hotel: Database, role: Role) -> None:
    price: RoomPrice = await Shift(ToolServices(hotel), role).ask("get_pricing", room_type="phòng deluxe", nights=3)
    assert [price.current_price, price.base_price, price.total_price] == [1_000_000, 1_000_000, 3_150_000]
    assert [each.price for each in price.per_night] == [1_000_000, 1_050_000, 1_100_000]
    assert (price.origin, price.currency, price.date, price.nights) == ("database:rates", "VND", TODAY, 3)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"room_type": "castle"}, "it has Deluxe, Suite"),
        ({"room_type": "suite"}, "no price is set for Suite on 2026-03-10; prices are known for no night"),
        (
            {"room_type": "deluxe", "nights": 4},
            "on 2026-03-13; prices are known for nights from 2026-03-10 to 2026-03-12",
        ),
    ],
)
async def test_a_price_that_is_not_set_is_not_made_up(hotel: Database, asked: dict[str, Any], said: str) -> None:
    with pytest.raises(NotFound, match=said):
        await Shift(ToolServices(hotel), Role.MANAGER).ask("get_current_pricing", **asked)


async def test_staff_are_told_which_rooms_are_free_and_guests_how_many(hotel: Database) -> None:
    staff: Availability = await Shift(ToolServices(hotel), Role.RECEPTIONIST).ask("find_available_rooms")
    assert (staff.check_in_date, staff.check_out_date) == (TODAY, TODAY + dt.timedelta(days=1))
    assert staff.by_type == {"Deluxe": 1, "Suite": 1}
    assert [room.room_number for room in staff.rooms] == ["307", "401"]
    guest: Availability = await Shift(ToolServices(hotel), Role.GUEST).ask("check_availability", room_type="DELUXE")
    assert guest.by_type == {"Deluxe": 1}
    assert guest.room_type == "Deluxe"
    assert [(room.room_number, room.floor) for room in guest.rooms] == [(None, None)]


@pytest.mark.parametrize(
    "asked", [{"check_out_date": "2026-03-10"}, {"check_in_date": "9999-12-31"}, {"check_out_date": "2020-01-01"}]
)
async def test_nights_that_cannot_be_are_refused(hotel: Database, asked: dict[str, str]) -> None:
    with pytest.raises(InputInvalid):
        await Shift(ToolServices(hotel), Role.MANAGER).ask("find_available_rooms", **asked)


@pytest.mark.parametrize("role", Role)
async def test_documents_are_searched_as_the_role_may_read_them(hotel: Database, role: Role) -> None:
    documents = Documents()
    found: KnowledgeFound = await Shift(ToolServices(hotel, documents), role).ask(
        "search_documents", query="pool", top_k=3
    )
    assert [passage.id for passage in found.passages] == ["p1"]
    assert (found.relevance, found.origin) == (0.9, "documents")
    assert documents.asked == [("pool", {"top_k": 3, "roles": {role}, "as_of": TODAY})]


async def test_the_check_out_policy_is_searched_in_both_languages(hotel: Database) -> None:
    documents = Documents()
    found: KnowledgeFound = await Shift(ToolServices(hotel, documents), Role.GUEST).ask("get_checkout_policy")
    assert [(passage.id, passage.relevance) for passage in found.passages] == [("p1", 0.9)]
    assert [query for query, _ in documents.asked] == [
        "check-out time, late check-out fee",
        "giờ trả phòng, phí trả phòng muộn",
    ]


@pytest.mark.parametrize(
    ("topic", "team"), [("the air conditioner is broken", "maintenance_team"), ("khăn tắm sạch", "housekeeping_team")]
)
async def test_a_topic_belongs_to_a_team(hotel: Database, topic: str, team: str) -> None:
    services = ToolServices(hotel, Documents(), router=load_router())
    found: Contacts = await Shift(services, Role.MANAGER).ask("who_to_contact", topic=topic)
    assert (found.team, found.topic, len(found.passages)) == (team, topic, 1)


async def test_without_documents_or_a_router_it_is_said(hotel: Database) -> None:
    with pytest.raises(NotConfigured, match="kb index"):
        await Shift(ToolServices(hotel), Role.MANAGER).ask("search_knowledge_base", query="pool")
    found: Contacts = await Shift(ToolServices(hotel, Documents()), Role.MANAGER).ask("who_to_contact", topic="wifi")
    assert found.team == "front_desk_team"


async def test_the_live_service_goes_before_the_database(hotel: Database) -> None:
    live = {"room_number": "305", "status": "inspected", "ready_for_guest": True}
    async with scripted(reply(200, live)) as server:
        services = ToolServices(hotel, room_status=RoomStatusService(url=server.url, timeout_s=10))
        room: RoomFacts = await Shift(services, Role.MANAGER).ask("get_room_status", room_number="305")
    assert (room.origin, room.stale, room.status, room.ready_for_guest) == (
        "service:room-status",
        False,
        RoomStatus.INSPECTED,
        True,
    )
    assert (room.room_type, room.note) == ("Deluxe", "the tap drips")
    await close_services()


async def test_the_database_answers_for_a_service_that_fails_and_says_so(
    hotel: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with scripted(reply(401, {})) as server:
        services = ToolServices(
            hotel,
            room_status=RoomStatusService(url=server.url, timeout_s=10),
            pricing=PricingService(url=server.url, timeout_s=10),
        )
        at_work = Shift(services, Role.MANAGER)
        room: RoomFacts = await at_work.ask("get_room_status", room_number="305")
        price: RoomPrice = await at_work.ask("get_current_pricing", room_type="deluxe")
    assert (room.origin, room.stale, room.status) == ("database:rooms", True, RoomStatus.OCCUPIED)
    assert (price.origin, price.stale, price.current_price) == ("database:rates", True, Decimal(1_000_000))
    assert "the room-status service refuses the key" in caplog.text
    assert server.url not in caplog.text
    await close_services()
    forget_circuits()


async def test_a_live_price_is_asked_for_each_night(hotel: Database) -> None:
    def night(day: int, price: int) -> bytes:
        date = (TODAY + dt.timedelta(days=day)).isoformat()
        return reply(
            200,
            {"room_type": "Deluxe", "date": date, "current_price": price, "base_price": 900_000, "currency": "VND"},
        )

    async with scripted(night(0, 1_200_000), night(1, 1_300_000)) as server:
        services = ToolServices(hotel, pricing=PricingService(url=server.url, timeout_s=10))
        price: RoomPrice = await Shift(services, Role.GUEST).ask("get_current_pricing", room_type="deluxe", nights=2)
    assert price.origin == "service:pricing"
    assert [price.current_price, price.base_price, price.total_price] == [1_200_000, 900_000, 2_500_000]
    await close_services()


async def test_a_hostile_argument_reaches_no_tool(hotel: Database) -> None:
    at_work = Shift(ToolServices(hotel), Role.MANAGER)
    for name, arguments in HOSTILE:
        call = await make_call(name, dict(arguments), at_work.tools)
        assert not call.success
    assert at_work.audit == []


HOSTILE: list[tuple[str, Mapping[str, Any]]] = [
    ("lookup_booking", {}),
    ("lookup_booking", {"all": True}),
    ("lookup_booking", {"guest_name": "%%%"}),
    ("lookup_booking", {"booking_id": "' OR 1=1 --"}),
    ("lookup_booking", {"room_number": "305; DROP TABLE rooms"}),
    ("get_room_status", {"room_number": "../../admin"}),
    ("get_current_pricing", {"room_type": "deluxe", "nights": 10_000}),
    ("list_all_guests", {}),
]


def test_every_tool_is_registered_once_and_described_in_a_sentence_or_two() -> None:
    assert [each.name for each in REGISTRY] == list(ToolName)
    for each in REGISTRY:
        assert 40 <= len(each.description) <= 200
        assert issubclass(each.arguments, BaseModel)


def test_an_alias_is_the_tool_itself(hotel: Database) -> None:
    principal = Principal(key_id="key:1", name="test", role=Role.MANAGER)
    tools: list[Tool] = toolbox(ToolServices(hotel), principal, today=TODAY, audit=[])
    named = by_name(tools)
    assert named["db_lookup_booking"] is named["lookup_booking"]
    assert len({tool.name for tool in named.values()}) == len(tools) == len(ToolName)
