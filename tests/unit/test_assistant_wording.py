"""Answers in words: what is asked, in the asker's language, and nothing made up."""

import datetime as dt
import unicodedata
from decimal import Decimal
from importlib.resources import files
from string import Formatter
from typing import Any, Literal, get_args

import pytest
import yaml
from pydantic import BaseModel

from innkeeper.engine.assistant.plan import Clarification, Courtesy, Fact, Plan, PlannedCall, Worded
from innkeeper.engine.assistant.wording import (
    CalledTool,
    clarify,
    contact_name,
    courtesy,
    joined,
    not_known,
    refused,
    word_answer,
)
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.schemas.tools import (
    Availability,
    AvailableRoom,
    BookingFacts,
    Bookings,
    Contacts,
    KnowledgeFound,
    KnowledgePassage,
    NightPrice,
    RoomFacts,
    RoomPrice,
)

Language = Literal["en", "vi"]
LANGUAGES: tuple[Language, ...] = ("en", "vi")
TODAY = dt.date(2025, 1, 17)  # a Friday
DAY = dt.timedelta(days=1)
PERSONAL = ("guest_name", "email", "phone", "total_amount", "booking_id", "special_requests")
ERRORS: dict[Any, str] = {
    "not_found": "not_known",
    "not_allowed": "not_allowed",
    "unavailable": "failed",
    "invalid": "unclear",
}


def booking(**changed: Any) -> BookingFacts:
    return BookingFacts(
        **{
            "booking_id": "BK-7",
            "guest_name": "Trần Thị Lan",
            "email": "lan@example.com",
            "phone": "0900 000 009",
            "room_number": "301",
            "room_type": "suite",
            "check_in_date": TODAY - 2 * DAY,
            "check_out_date": TODAY,
            "check_out_time": dt.time(11, 30),
            "status": "checked_in",
            "total_amount": Decimal(4_800_000),
            "currency": "VND",
            "special_requests": "High floor",
            **changed,
        }
    )


def found(*bookings: BookingFacts, total: int | None = None) -> Bookings:
    return Bookings(origin="database:bookings", bookings=bookings, total=len(bookings) if total is None else total)


def without_personal_data() -> BookingFacts:
    return booking(**dict.fromkeys(PERSONAL), currency=None, withheld=PERSONAL)


def room(status: str = "dirty", ready: bool = False, **changed: Any) -> RoomFacts:
    facts = {"room_number": "407", "floor": 4, "room_type": "deluxe", "status": status, "ready_for_guest": ready}
    return RoomFacts(origin="database:rooms", **{**facts, **changed})


def price(nights: int = 1, *, first: int = 1_840_000, more: int = 0, base: int = 1_600_000) -> RoomPrice:
    start = TODAY + 3 * DAY
    per_night = tuple(NightPrice(date=start + i * DAY, price=Decimal(first + more * i)) for i in range(nights))
    return RoomPrice(
        origin="database:rates",
        room_type="deluxe",
        date=start,
        nights=nights,
        current_price=Decimal(first),
        base_price=Decimal(base),
        total_price=sum((night.price for night in per_night), Decimal(0)),
        per_night=per_night,
    )


def free(by_type: dict[str, int], *numbers: str, room_type: str | None = None, start: dt.date = TODAY) -> Availability:
    kind = next(iter(by_type), "deluxe")
    return Availability(
        origin="database:rooms",
        check_in_date=start,
        check_out_date=start + DAY,
        room_type=room_type,
        by_type=by_type,
        rooms=tuple(AvailableRoom(room_number=n, room_type=kind, ready_for_guest=n == "305") for n in numbers),
    )


def worded(
    tool: str,
    output: BaseModel | None,
    *facts: Fact,
    language: Language = "en",
    error: Any = None,
    detail: str = "",
    **arguments: Any,
) -> Worded:
    call = PlannedCall(tool, arguments, facts)
    (text,) = word_answer(Plan(language, (call,)), [CalledTool(call, output, error, detail)], today=TODAY)
    return text


def of_booking(found_bookings: Bookings, *facts: Fact, language: Language = "en", **arguments: Any) -> Worded:
    return worded("lookup_booking", found_bookings, *facts, language=language, **(arguments or {"room_number": "301"}))


BOOKING_FACTS = {  # fact → field, what must be in an English text, in a Vietnamese one
    Fact.GUEST_NAME: ("guest_name", "Trần Thị Lan", "Trần Thị Lan"),
    Fact.ROOM_NUMBER: ("room_number", "room 301", "phòng 301"),
    Fact.ROOM_TYPE: ("room_type", "suite", "suite"),
    Fact.CHECK_IN_DATE: ("check_in_date", "Wednesday, January 15, 2025", "thứ Tư 15/01/2025"),
    Fact.CHECK_OUT_DATE: ("check_out_date", "today (Friday, January 17, 2025)", "hôm nay (thứ Sáu 17/01/2025)"),
    Fact.CHECK_OUT_TIME: ("check_out_time", "at 11:30", "lúc 11:30"),
    Fact.NIGHTS: ("check_out_date", "2 nights", "2 đêm"),
    Fact.BOOKING_ID: ("booking_id", "BK-7", "BK-7"),
    Fact.BOOKING_STATUS: ("status", "has checked in", "đã nhận phòng"),
    Fact.AMOUNT: ("total_amount", "4,800,000 VND", "4.800.000 VND"),
    Fact.TOTAL_PRICE: ("total_amount", "4,800,000 VND", "4.800.000 VND"),
    Fact.EMAIL: ("email", "lan@example.com", "lan@example.com"),
    Fact.PHONE: ("phone", "0900 000 009", "0900 000 009"),
    Fact.SPECIAL_REQUESTS: ("special_requests", "“High floor”", "“High floor”"),
}
NEVER_MISSING = {"check_in_date", "check_out_date", "status"}
SAID_WHEN_NONE = {"room_number", "check_out_time", "special_requests"}  # that there is none is an answer


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", BOOKING_FACTS)
def test_every_fact_of_a_booking_is_told(fact: Fact, language: Language) -> None:
    text = of_booking(found(booking()), fact, language=language)
    assert BOOKING_FACTS[fact][1 if language == "en" else 2] in text.text
    assert text.confidence >= 0.9
    assert text.handoff is None
    assert text.origins == ("database:bookings",)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", [fact for fact, row in BOOKING_FACTS.items() if row[0] not in NEVER_MISSING])
def test_a_fact_that_is_not_recorded_is_said_to_be_missing(fact: Fact, language: Language) -> None:
    name = BOOKING_FACTS[fact][0]
    text = of_booking(found(booking(**{name: None})), fact, language=language)
    assert BOOKING_FACTS[fact][1 if language == "en" else 2] not in text.text
    if name in SAID_WHEN_NONE:
        assert (text.handoff, text.confidence >= 0.5) == (None, True)
    else:
        assert (text.handoff, text.confidence < 0.5) == ("not_known", True)
        assert contact_name("front_desk", language) in text.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", [fact for fact, row in BOOKING_FACTS.items() if row[0] in PERSONAL])
def test_a_withheld_fact_is_refused_and_what_may_be_seen_is_told(fact: Fact, language: Language) -> None:
    alone = of_booking(found(without_personal_data()), fact, language=language)
    assert alone.handoff == "not_allowed"
    assert alone.confidence < 0.5
    assert "301" in alone.text
    assert "17" in alone.text
    assert contact_name("front_desk", language) in alone.text
    together = of_booking(found(without_personal_data()), fact, Fact.CHECK_OUT_TIME, language=language)
    assert together.handoff == "not_allowed"
    assert together.confidence > 0.5
    assert "11:30" in together.text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("fact", list(Fact))
def test_no_fact_makes_a_tool_speechless(fact: Fact, language: Language) -> None:
    outputs: dict[str, BaseModel] = {
        "lookup_booking": found(booking()),
        "get_room_status": room(),
        "get_current_pricing": price(),
        "find_available_rooms": free({"deluxe": 2}, "305", "306"),
        "who_to_contact": Contacts(origin="documents", topic="lift", team="maintenance_team"),
    }
    for tool, output in outputs.items():
        text = worded(tool, output, fact, language=language)
        assert text.text
        assert text.confidence > 0.5
        assert text.handoff is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("lookup_booking", {"guest_name": "Lan"}),
        ("lookup_booking", {"booking_id": "BK-9"}),
        ("lookup_booking", {"room_number": "999"}),
        ("get_room_status", {"room_number": "999"}),
        ("get_current_pricing", {"room_type": "villa", "date": TODAY}),
        ("find_available_rooms", {"room_type": "villa"}),
        ("find_available_rooms", {}),
        ("search_knowledge_base", {"query": "pool"}),
        ("who_to_contact", {"topic": "lift"}),
    ],
)
def test_a_call_that_failed_says_why_and_is_no_answer(
    tool: str, arguments: dict[str, Any], error: Any, language: Language
) -> None:
    text = worded(tool, None, Fact.PHONE, language=language, error=error, detail="secret detail", **arguments)
    assert text.handoff == ERRORS[error]
    assert text.confidence < 0.5
    assert not text.origins
    assert "secret" not in text.text


@pytest.mark.parametrize(
    ("facts", "english", "vietnamese"),
    [
        (
            (Fact.GUEST_NAME, Fact.CHECK_OUT_TIME),
            "Trần Thị Lan is staying in room 301 and checks out today (Friday, January 17, 2025) at 11:30.",
            "Khách đang ở phòng 301 là Trần Thị Lan, trả phòng hôm nay (thứ Sáu 17/01/2025) lúc 11:30.",
        ),
        (
            (Fact.CHECK_OUT_DATE,),
            "Trần Thị Lan (room 301) checks out today (Friday, January 17, 2025) at 11:30.",
            "Khách Trần Thị Lan (phòng 301) trả phòng hôm nay (thứ Sáu 17/01/2025) lúc 11:30.",
        ),
        (
            (Fact.PHONE, Fact.EMAIL),
            "Trần Thị Lan (room 301): phone number 0900 000 009, e-mail address lan@example.com.",
            "Khách Trần Thị Lan (phòng 301): số điện thoại 0900 000 009, e-mail lan@example.com.",
        ),
        (
            (Fact.SPECIAL_REQUESTS,),
            "Trần Thị Lan (room 301) asked for: “High floor”.",
            "Khách Trần Thị Lan (phòng 301) yêu cầu: “High floor”.",
        ),
    ],
)
def test_a_booking_reads_as_a_receptionist_would_say_it(facts: tuple[Fact, ...], english: str, vietnamese: str) -> None:
    assert of_booking(found(booking()), *facts).text == english
    assert of_booking(found(booking()), *facts, language="vi").text == vietnamese


@pytest.mark.parametrize(
    ("output", "facts", "english", "vietnamese"),
    [
        (
            room(),
            (Fact.READY,),
            "No, room 407 is not ready yet: it is dirty.",
            "Chưa, phòng 407 chưa sẵn sàng: phòng bẩn, chưa dọn.",
        ),
        (
            room("inspected", ready=True),
            (Fact.READY, Fact.ROOM_STATUS),
            "Yes, room 407 is ready: it has been inspected.",
            "Có, phòng 407 đã sẵn sàng: phòng đã dọn và đã kiểm tra xong.",
        ),
        (
            room("out_of_order", note="Leak in bathroom"),
            (Fact.READY,),
            "No, room 407 is out of order, so it cannot be given to a guest. Note: “Leak in bathroom”.",
            "Không, phòng 407 đang tạm ngưng sử dụng (out of order), không xếp khách được. "
            "Ghi chú: “Leak in bathroom”.",
        ),
        (
            room("clean"),
            (Fact.ROOM_STATUS,),
            "Room 407 is clean, but not ready for a guest yet.",
            "Phòng 407 đã dọn sạch (clean) nhưng chưa sẵn sàng đón khách.",
        ),
        (room("occupied"), (Fact.ROOM_STATUS,), "Room 407 is occupied.", "Phòng 407 đang có khách (occupied)."),
        (
            price(),
            (Fact.PRICE,),
            "The rate for a deluxe room for the night of Monday, January 20, 2025 is 1,840,000 VND "
            "(base price 1,600,000 VND).",
            "Giá phòng deluxe đêm 20/01/2025 là 1.840.000 VND (giá cơ bản 1.600.000 VND).",
        ),
        (
            price(3),
            (Fact.TOTAL_PRICE,),
            "3 nights in a deluxe room from January 20, 2025 cost 5,520,000 VND in total (1,840,000 VND a night).",
            "Phòng deluxe 3 đêm từ 20/01/2025 có tổng giá 5.520.000 VND (mỗi đêm 1.840.000 VND).",
        ),
        (
            price(),
            (Fact.BASE_PRICE,),
            "The base price for a deluxe room is 1,600,000 VND a night.",
            "Giá cơ bản của phòng deluxe là 1.600.000 VND một đêm.",
        ),
        (
            free({"deluxe": 2}, "305", "306", room_type="Deluxe"),
            (Fact.AVAILABLE_ROOMS,),
            "Yes, 2 deluxe rooms are free for tonight (January 17, 2025): 305 and 306. Ready now: 305.",
            "Có, còn 2 phòng deluxe trống đêm nay (17/01/2025): 305 và 306. Sẵn sàng ngay: 305.",
        ),
        (
            free({"suite": 0, "standard": 1}, room_type="suite"),
            (Fact.AVAILABLE_ROOMS,),
            "No, no suite is free for tonight (January 17, 2025). Still free: 1 standard room.",
            "Không, phòng suite đã hết đêm nay (17/01/2025). Còn trống: 1 phòng standard.",
        ),
        (
            free({"suite": 0}),
            (Fact.AVAILABLE_COUNT,),
            "No room is free for tonight (January 17, 2025).",
            "Không còn phòng nào trống đêm nay (17/01/2025).",
        ),
    ],
)
def test_rooms_and_prices_read_naturally(
    output: BaseModel, facts: tuple[Fact, ...], english: str, vietnamese: str
) -> None:
    assert worded("tool", output, *facts).text == english
    assert worded("tool", output, *facts, language="vi").text == vietnamese


def test_a_dirty_room_that_is_marked_ready_is_doubted() -> None:
    text = worded("get_room_status", room("dirty", ready=True), Fact.READY)
    assert not text.text.startswith("Yes")
    assert "check" in text.text
    assert 0.5 <= text.confidence < 0.9


def test_the_note_on_a_room_is_told_when_it_explains() -> None:
    assert "“Paint is drying”" in worded("get_room_status", room(note="Paint is drying"), Fact.READY).text
    assert "Paint" not in worded("get_room_status", room("clean", ready=True, note="Paint"), Fact.READY).text
    assert worded("get_room_status", room(), Fact.ROOM_NOTE).text == "There is no note on room 407."


def test_a_guest_may_not_see_the_note() -> None:
    text = worded("get_room_status", room(withheld=("note",)), Fact.ROOM_NOTE)
    assert text.handoff == "not_allowed"
    assert "407" in text.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_bookings_are_asked_about(language: Language) -> None:
    other = booking(booking_id="BK-8", guest_name="Nguyễn Lan", room_number="502", status="confirmed")
    text = of_booking(found(booking(), other), Fact.PHONE, language=language, guest_name="lan")
    assert text.handoff == "unclear"
    assert text.confidence < 0.5
    for told_apart in ("Trần Thị Lan", "301", "Nguyễn Lan", "502"):
        assert told_apart in text.text
    for personal in ("0900 000 009", "lan@example.com", "4.800.000", "4,800,000", "BK-8"):
        assert personal not in text.text
    assert text.text.endswith("?")


def test_more_bookings_than_can_be_listed_are_counted() -> None:
    text = of_booking(found(*[booking(room_number=str(300 + i)) for i in range(5)], total=12), guest_name="lan")
    assert text.text.startswith("12 bookings match, among them")
    assert len(text.text.split()) <= 80


def test_names_that_may_not_be_seen_are_not_in_the_choices() -> None:
    text = of_booking(found(without_personal_data(), without_personal_data()), Fact.CHECK_OUT_DATE, guest_name="lan")
    assert "Lan" not in text.text
    assert "room 301" in text.text


def test_an_empty_room_is_an_answer_and_an_unknown_name_is_none() -> None:
    empty = of_booking(found(), Fact.GUEST_NAME)
    assert empty.text == "There is no current or coming booking for room 301."
    assert empty.handoff is None
    unknown = of_booking(found(), Fact.GUEST_NAME, guest_name="Lan")
    assert "“Lan”" in unknown.text
    assert (unknown.handoff, unknown.origins) == ("not_known", ())


def test_a_cancelled_booking_is_never_told_as_if_it_stood() -> None:
    for fact in (*BOOKING_FACTS, Fact.BOOKING):
        assert "cancelled" in of_booking(found(booking(status="cancelled")), fact).text
        assert "đã hủy" in of_booking(found(booking(status="cancelled")), fact, language="vi").text
        assert "no-show" in of_booking(found(booking(status="no_show")), fact).text


def test_everything_that_may_be_seen_holds_everything_and_nothing_withheld() -> None:
    everything = of_booking(found(booking()), Fact.BOOKING).text
    for fact, (_, english, _) in BOOKING_FACTS.items():
        if fact not in {Fact.NIGHTS, Fact.BOOKING_STATUS}:
            assert english in everything, fact
    seen = of_booking(found(without_personal_data()), Fact.BOOKING)
    assert seen.handoff is None
    assert "room 301" in seen.text


def test_facts_of_another_tool_show_no_personal_data() -> None:
    text = of_booking(found(booking()), Fact.FLOOR).text
    assert "0900" not in text
    assert "Trần Thị Lan" in text


def test_no_own_check_out_time_means_the_hotels() -> None:
    text = of_booking(found(booking(check_out_time=None)), Fact.CHECK_OUT_TIME)
    assert "the hotel's check-out time applies" in text.text
    assert "January 17" in text.text


def test_types_and_period_of_the_price_list_are_named_when_known() -> None:
    asked = {"room_type": "villa", "date": TODAY}
    types = worded(
        "get_current_pricing",
        None,
        error="not_found",
        detail="the hotel has no such type; it has standard, suite",
        **asked,
    )
    assert types.text == "No rooms of the type villa were found. The room types are standard, suite."
    detail = "No price for 2025-01-17; prices are known from 2025-02-01 to 2025-03-31."
    period = worded("get_current_pricing", None, error="not_found", detail=detail, language="vi", **asked)
    assert period.text.endswith("Bảng giá hiện có từ 01/02/2025 đến 31/03/2025.")


def test_a_type_that_may_be_one_of_several_is_asked_about() -> None:
    detail = "several room types could be meant: Family Loft, Family Suite; name one"
    text = worded("get_current_pricing", None, error="invalid", detail=detail, room_type="family")
    assert text.text == "Which room type do you mean: Family Loft, Family Suite?"
    assert text.handoff == "unclear"


@pytest.mark.parametrize("language", LANGUAGES)
def test_stale_data_is_said_to_be_stale(language: Language) -> None:
    fresh, stale = (
        worded("get_room_status", room(stale=is_stale), Fact.READY, language=language) for is_stale in (False, True)
    )
    assert stale.text.startswith(fresh.text)
    assert len(stale.text) > len(fresh.text)
    assert 0.5 < stale.confidence < fresh.confidence


def test_a_room_that_does_not_exist_is_named() -> None:
    for tool in ("get_room_status", "lookup_booking"):
        text = worded(tool, None, Fact.GUEST_NAME, error="not_found", room_number="999")
        assert text.text == "There is no room 999 in the hotel's data; please check the number."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lookup_that_only_feeds_another_call_says_the_room_alone(language: Language) -> None:
    lookup = PlannedCall("lookup_booking", {"guest_name": "Lan"})
    status = PlannedCall("get_room_status", {}, (Fact.READY,), {"room_number": "lookup_booking.room_number"})
    results = [CalledTool(lookup, found(booking())), CalledTool(status, room("clean", ready=True))]
    first, second = word_answer(Plan(language, (lookup, status)), results, today=TODAY)
    assert "301" in first.text
    assert "0900" not in first.text
    assert not second.text.startswith(("Yes", "Có"))


def test_a_passage_is_quoted_with_its_id() -> None:
    passage = KnowledgePassage(id="c1", document="a.md", title="A", text="One. Two. Three.", relevance=0.9)
    text = worded("search_knowledge_base", KnowledgeFound(origin="documents", passages=(passage,), relevance=0.8))
    assert (text.text, text.cited, text.confidence) == ("One. Two.", ("c1",), 0.8)
    nothing = worded("search_knowledge_base", KnowledgeFound(origin="documents", passages=(), relevance=0.0))
    assert (nothing.handoff, nothing.cited) == ("not_known", ())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_back_and_courtesy_has_words(language: Language) -> None:
    for clarification in get_args(Clarification):
        back = clarify(Plan(language, clarification=clarification))
        assert (back.handoff, back.confidence < 0.5) == ("unclear", True)
    texts = {kind: courtesy(Plan(language, courtesy=kind), "Sông Hương Lodge") for kind in get_args(Courtesy)}
    assert len({text.text for text in texts.values()}) == len(texts)
    assert "Sông Hương Lodge" in texts["greeting"].text
    assert all(text.handoff is None for text in texts.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_known_or_not_allowed_names_whom_to_ask(language: Language) -> None:
    contact = contact_name("duty_manager", language)
    for topic_known in (True, False):
        unknown = not_known(language, contact, topic_known=topic_known)
        assert contact in unknown.text
        assert unknown.confidence <= 0.3
        assert (unknown.cited, unknown.origins, unknown.handoff) == ((), (), "not_known")
    denied = refused(language, "XYZ", contact)
    assert "XYZ" in denied.text
    assert contact in denied.text
    assert denied.handoff == "not_allowed"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_team_of_the_taxonomy_has_a_name(language: Language) -> None:
    taxonomy = load_taxonomy()
    teams = {taxonomy.team_of(name) for name in taxonomy.subcategories}
    names = {contact_name(team, language) for team in teams}
    assert len(names) == len(teams)
    assert not any("_" in name for name in names)
    assert "spa" in contact_name("spa_team", language)


def test_parts_are_joined_without_repetition() -> None:
    parts = [
        Worded("Room 407 is clean. It is on floor 4.", 0.9, origins=("database:rooms",)),
        Worded("It is on floor 4. Breakfast is from 6:30.", 0.7, cited=("c1",), origins=("documents",)),
        not_known("en", "the front desk", topic_known=True),
    ]
    text = joined(parts, "en")
    assert text.text.count("floor 4") == 1
    assert text.confidence == 0.7
    assert text.handoff == "not_known"
    assert (text.cited, text.origins) == (("c1",), ("database:rooms", "documents"))


def test_joined_parts_stay_short_and_keep_whom_to_ask() -> None:
    long = " ".join(f"Sentence {i} has these seven words." for i in range(20))
    refusal = Worded(
        "Guest stays. More of it. Your role may not see it; ask the front desk.", 0.4, handoff="not_allowed"
    )
    text = joined([Worded(long, 0.9), refusal], "en")
    assert len(text.text.split()) <= 80
    assert text.text.startswith("Sentence 0")
    assert text.text.endswith("ask the front desk.")
    assert (text.confidence, text.handoff) == (0.9, "not_allowed")


def test_one_endless_sentence_is_cut() -> None:
    assert len(joined([Worded("word " * 200, 0.9)], "en").text.split()) <= 80
    assert joined([], "vi").handoff == "not_known"


def test_every_phrase_has_both_languages_with_the_same_values() -> None:
    text = files("innkeeper.engine.assistant").joinpath("phrases.yaml").read_text(encoding="utf-8")
    assert unicodedata.is_normalized("NFC", text)
    for key, phrase in yaml.safe_load(text).items():
        assert set(phrase) == {"en", "vi"}, key
        names = {
            language: {name for _, name, _, _ in Formatter().parse(words) if name} for language, words in phrase.items()
        }
        assert names["vi"] == names["en"] - {"are"}, key  # Vietnamese has no plural verb
