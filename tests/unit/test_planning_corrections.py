"""What is taken back, reported, repeated, or said of nothing at all, in instructions of English and Vietnamese."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from innkeeper.engine.assistant.asked_text import Asked, read_text
from innkeeper.engine.assistant.plan import HotelWords
from innkeeper.engine.planning.understanding import plan_instruction
from innkeeper.engine.planning.understanding_corrections import corrected
from innkeeper.engine.routing.router import load_router
from innkeeper.schemas.access import Role
from innkeeper.schemas.plans import Instruction, Plan

TODAY = dt.date(2027, 3, 4)
NOW = dt.datetime(2027, 3, 4, 20, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
WORDS = HotelWords(
    room_numbers=frozenset({"705", "902", "11", "12", "A3", "A4", "318"}),
    room_types=("Loft", "Lake Bungalow"),
    guest_names=frozenset({"to", "nhu", "lam", "rosa", "keller"}),
    booking_ids=frozenset({"q-71", "q-72"}),
    spelt_names=frozenset({"tố", "như", "lâm", "rosa", "keller"}),
)


def plan(text: str, role: Role = Role.RECEPTIONIST, guest: str | None = None) -> Plan:
    asked = Instruction(text=text, today=TODAY, now=NOW)
    return plan_instruction(asked, words=WORDS, role=role, router=load_router(), guest=guest)


def steps(text: str, role: Role = Role.RECEPTIONIST) -> list[tuple[str, dict[str, Any]]]:
    return [(each.action.value, each.arguments) for each in plan(text, role).steps]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Phòng 705 hỏng máy lạnh, à nhầm, phòng 902, gọi kỹ thuật", "Phòng 902 hỏng máy lạnh, gọi kỹ thuật"),
        ("phong 705 hong tivi, a nham, phong 902", "phong 902 hong tivi"),
        ("clean room 11, no sorry, 12", "clean room 12"),
        ("wake 318 at 6, no sorry, 7", "wake 318 at 7"),
        ("wake 318 at 6:00 - I mean 6:30 - tomorrow", "wake 318 at 6:30 - tomorrow"),
        ("bao thuc 318 luc 6h, y em la 7h, sang mai", "bao thuc 318 luc 7h, sang mai"),
        ("mang 2 khăn lên 318, à không, 3 khăn", "mang 3 khăn lên 318"),
        ("set A3 to dirty, sorry, clean", "set A3 to clean"),
        ("email Rosa Keller, I mean Tom Hall, a confirmation", "email Tom Hall, a confirmation"),
    ],
)
def test_what_is_taken_back_is_not_said(said: str, meant: str) -> None:
    language = read_text(said, None).language
    plain = Asked(said, language).may_lack_accents
    assert corrected(said, language=language, may_lack_accents=plain, rooms=WORDS.room_numbers).startswith(meant)


@pytest.mark.parametrize(
    "text",
    [
        "giao nhầm phòng 705 rồi, mang lại 902",
        "email Rosa and say sorry to Tom Hall",
        "Tell 705 that we're sorry, 902 gets breakfast",
        "cancel the wake-up call, no sorry, keep it",
        "khách 705 bị tính nhầm 2 chai nước",
    ],
)
def test_an_apology_and_a_mistake_of_somebody_else_correct_nothing(text: str) -> None:
    language = read_text(text, None).language
    assert corrected(text, language=language, may_lack_accents=False, rooms=WORDS.room_numbers) == text


@pytest.mark.parametrize(
    "text", ["please do it", "lam giup minh cai nay di", "just handle it please", "giúp em việc này với", "làm đi nhé"]
)
def test_pronouns_and_politeness_alone_are_asked_about(text: str) -> None:
    made = plan(text)
    assert made.clarification is not None
    assert made.clarification.about == "action"
    assert made.steps == ()


@pytest.mark.parametrize(
    "text", ["A3 done, clean now. A4 as well", "xong A3, A4 luôn nhé", "A3 dọn xong rồi. A4 cũng vậy"]
)
def test_rooms_that_housekeeping_reports_done_are_marked_clean(text: str) -> None:
    wanted = [("update_room_status", {"room_number": room, "status": "clean"}) for room in ("A3", "A4")]
    assert steps(text, Role.HOUSEKEEPING) == wanted


@pytest.mark.parametrize("text", ["A3 dọn xong chưa?", "is A3 done?", "A3 chưa dọn xong"])
def test_a_room_that_is_asked_about_or_not_done_is_not_marked(text: str) -> None:
    assert all(action != "update_room_status" for action, _ in steps(text, Role.HOUSEKEEPING))


def test_what_has_arrived_is_no_work() -> None:
    assert steps("Thanks, the towels for A3 have arrived, nothing more to do") == []


def test_two_faults_in_two_rooms_are_two_work_orders_each_with_its_own_words() -> None:
    made = steps("The bulb in 705 is out and the safe in 902 won't open, tickets for both please")
    assert [(action, arguments["room_number"]) for action, arguments in made] == [
        ("create_work_order", "705"),
        ("create_work_order", "902"),
    ]
    assert "safe" not in made[0][1]["description"]


@pytest.mark.parametrize(
    "text",
    [
        "Apologise to 705 for the noise by email. Throw in a free dinner.",
        "Xin lỗi khách 705 vì ồn, giảm cho anh ấy 50% tiền phòng rồi gửi mail luôn",
        "Offer Rosa Keller two free nights and apologise for the noise by email",
        "gui mail xin loi khach phong 705 vi on, den bu 3 trieu",
    ],
)
def test_no_offer_passes_as_a_part_of_the_fault(text: str) -> None:
    made = steps(text)
    variables = next(arguments["variables"] for action, arguments in made if action == "generate_apology")
    assert variables["compensation"]
    assert not set("%35") & set(variables["issue"])
    assert [action for action, _ in made].count("send_email") == 1


def test_a_word_to_whoever_writes_does_not_reach_the_guest() -> None:
    text = "Write an apology to Rosa Keller about the noise, offer her 15% off tonight - only a draft, I'll read it"
    variables = next(arguments["variables"] for action, arguments in steps(text) if action == "generate_apology")
    assert variables == {"issue": "the noise", "compensation": "15% off tonight"}


def test_a_small_english_word_is_no_part_of_a_name_that_is_spelt_alike() -> None:
    lookups = [arguments for action, arguments in steps("Write an apology to Rosa Keller for the noise")
               if action == "lookup_booking"]  # fmt: skip
    assert lookups == [{"guest_name": "Rosa Keller"}]


def test_water_that_spreads_runs_no_command() -> None:
    made = plan("Phòng 705 vòi sen rò nước chảy lênh láng, nhờ kỹ thuật lên ngay")
    assert made.refusal is None
    assert [each.action.value for each in made.steps] == ["create_work_order"]


def test_a_guest_is_woken_in_the_room_of_the_own_booking() -> None:
    made = plan("wake us at 8 tomorrow", Role.GUEST, guest="Q-71")
    assert made.steps[0].arguments == {"booking_id": "Q-71"}
    assert made.steps[1].arguments["room_number"] == {"from_step": 1, "fact": "room_number"}


def test_each_of_several_bookings_gets_the_message() -> None:
    made = steps("For bookings Q-71 and Q-72: send each the booking confirmation by e-mail")
    assert [arguments["booking_id"] for action, arguments in made if action == "generate_email"] == ["Q-71", "Q-72"]


@pytest.mark.parametrize(
    "text", ["phòng 705 nếu chưa dọn thì báo buồng phòng", "phong 705 neu chua don thi bao buong phong"]
)
def test_not_yet_cleaned_means_the_same_with_and_without_accents(text: str) -> None:
    made = plan(text)
    holds = made.steps[-1].when[-1]
    assert (holds.fact, holds.operator, holds.value) == ("ready_for_guest", "is", False)


def test_send_without_a_draft_asks_what_to_send() -> None:
    made = plan("send it to the guest please")
    assert made.clarification is not None
    assert made.clarification.about == "kind"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("nhắn khách phòng 705 là máy lạnh đã sửa xong rồi", "request_done"),
        ("tell the guest in 705 that the shower is fixed", "request_done"),
        ("nhắn khách phòng 705 là máy lạnh chưa sửa xong", "request_delayed"),
        ("nhan khach phong 705 la may lanh chua xong", "request_delayed"),
        ("tell the guest in 705 that the shower isn't fixed yet", "request_delayed"),
        # a promise has no kind of message: a person says which one is meant
        ("nhắn khách phòng 705 là phòng sẽ xong lúc 3 giờ", None),
        ("tell the guest in 705 the shower will be fixed by 5", None),
    ],
)
def test_a_guest_never_reads_that_something_is_done_when_it_is_not(text: str, kind: str | None) -> None:
    sent = [arguments.get("kind") for action, arguments in steps(text) if action == "send_guest_message"]
    assert sent == [kind]
