"""Messages without a model, and in the words of a real SDK's model on a loopback server."""

import datetime as dt
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.providers import Fault, Json, OpenAIServer, Script

from innkeeper.blocks.settings import Settings
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.hotel_profile import HotelProfile
from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES
from innkeeper.schemas.messages import DraftRequest, MessageChannel, MessageKind, WrittenMessage
from innkeeper.schemas.models import Spender
from innkeeper.tasks.circuits import forget_circuits
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.messages.hotel import packaged_templates
from innkeeper.tasks.messages.writing import write

NOW = dt.datetime(2025, 1, 17, 2, tzinfo=dt.UTC)
PARADISE = HotelProfile(name="Hotel Paradise")
BOOKING: dict[str, Any] = {
    "guest_name": "John Doe",
    "room_type": "Deluxe Ocean View",
    "room_number": "801",
    "check_in": "2025-02-01",
    "check_out": "2025-02-03",
    "total_amount": 7000000,
    "currency": "VND",
    "confirmation_number": "CONF-2025-001",
    "special_requests": "Late check-in at 8 PM",
}
INCIDENT: dict[str, Any] = {
    "type": "service_delay",
    "description": "Room service order delayed by 45 minutes",
    "guest_name": "John Doe",
    "room_number": "201",
    "compensation_offered": {"type": "discount", "value": "20% off next booking"},
}
CONFIRMED = ("Cảm ơn Quý khách đã chọn [[hotel_name]], chúng tôi xin xác nhận đặt phòng.",
             "Chúng tôi rất hân hạnh được chào đón Quý khách.")  # fmt: skip


class Desk:
    """Writes with one loopback provider in the chain of messages."""

    def __init__(self, server: OpenAIServer, gateway: ModelGateway) -> None:
        self.server, self.gateway = server, gateway

    async def write(self, request: DraftRequest, *answers: Any, role: Role = Role.MANAGER) -> WrittenMessage:
        self.server.script.add(*answers)
        return await write(
            request,
            templates=packaged_templates(),
            profile=PARADISE,
            gateway=self.gateway,
            spender=Spender(),
            now=NOW,
            role=role,
        )

    @property
    def asked(self) -> str:
        """All that was sent to the provider."""
        return json.dumps([each.json for each in self.server.requests], ensure_ascii=False, default=str)


@pytest.fixture
async def desk(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    forget_circuits()
    with OpenAIServer(Script()) as server:
        monkeypatch.setenv("OPENAI_API_KEY", server.api_key)
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        async with ModelGateway(Settings(home=tmp_path, model_chain_messages="openai/gpt-5-mini")) as gateway:
            yield Desk(server, gateway)
    forget_circuits()


def booking(**changed: Any) -> DraftRequest:
    return DraftRequest(kind=MessageKind.BOOKING_CONFIRMATION, variables={**BOOKING, **changed}, language="vi")


def apology(**changed: Any) -> DraftRequest:
    return DraftRequest(kind=MessageKind.APOLOGY, variables={"incident": {**INCIDENT, **changed}}, language="vi")


async def alone(request: DraftRequest, profile: HotelProfile = PARADISE, role: Role = Role.MANAGER) -> WrittenMessage:
    return await write(
        request, templates=packaged_templates(), profile=profile, gateway=None, spender=Spender(), now=NOW, role=role
    )


def told(*lines: str) -> Json:
    return Json({"lines": list(lines)})


async def test_the_confirmation_of_the_specification_has_its_facts_and_its_translated_request() -> None:
    message = await alone(booking())
    assert message.subject == "Xác nhận đặt phòng - Hotel Paradise"
    for line in (
        "Kính gửi Quý khách John Doe,",
        "- Mã xác nhận: CONF-2025-001",
        "- Loại phòng: Deluxe Ocean View",
        "- Số phòng: 801",
        "- Ngày nhận phòng: 01/02/2025",
        "- Ngày trả phòng: 03/02/2025",
        "- Tổng chi phí: 7.000.000 VND",
        "Nhận phòng muộn lúc 8 giờ tối (Late check-in at 8 PM)",
    ):
        assert line in message.body.splitlines()
    assert (message.template, message.model, message.tokens_used) == ("booking_confirmation_vi", "template", 0)
    assert message.warnings == ()
    assert message.attempts == ()


@pytest.mark.parametrize("kind", MessageKind)
@pytest.mark.parametrize("language", ["en", "vi"])
async def test_every_kind_is_written_without_a_model(kind: MessageKind, language: Any) -> None:
    request = DraftRequest(kind=kind, variables=dict(SAMPLES[language][kind]), language=language)
    message = await alone(request, SAMPLE_PROFILE)
    assert (message.template, message.model) == (f"{kind}_{language}", "template")


async def test_what_nobody_can_translate_stands_alone_and_is_named() -> None:
    message = await alone(booking(special_requests="Please ask my wife about the blue suitcase"))
    assert "\nPlease ask my wife about the blue suitcase\n" in message.body
    assert message.warnings == ("special_requests is in another language and stands as it was given",)


async def test_a_request_in_the_language_of_the_message_is_left_as_it_is() -> None:
    message = await alone(booking(special_requests="Phòng yên tĩnh, tầng cao"))
    assert "\nPhòng yên tĩnh, tầng cao\n" in message.body
    assert message.warnings == ()


async def test_wrong_variables_are_named() -> None:
    with pytest.raises(InputInvalid) as caught:
        await alone(booking(guest_nam="X", total_amount=None))
    assert caught.value.problems[0].startswith("total_amount")
    assert "guest_nam is unknown (did you mean guest_name?)" in caught.value.problems


async def test_compensation_above_the_limit_of_the_role_needs_approval() -> None:
    offered = {"value": "80% off next booking"}
    assert (await alone(apology(compensation_offered=offered), role=Role.RECEPTIONIST)).needs_approval
    assert (await alone(apology(compensation_offered=None), role=Role.RECEPTIONIST)).needs_approval is None


async def test_a_model_words_the_free_lines_and_sees_no_value(desk: Desk) -> None:
    message = await desk.write(booking(), told(*CONFIRMED))
    assert message.model == "openai/gpt-5-mini"
    assert "Cảm ơn Quý khách đã chọn Hotel Paradise, chúng tôi xin xác nhận đặt phòng." in message.body
    assert "- Tổng chi phí: 7.000.000 VND" in message.body
    assert "hân hạnh" in message.html_body
    assert message.tokens_used > 0
    assert message.attempts == ()
    for value in ("John Doe", "801", "7.000.000", "CONF-2025-001", "Hotel Paradise"):
        assert value not in desk.asked


async def test_wrong_words_get_a_second_try_that_says_what_was_wrong(desk: Desk) -> None:
    message = await desk.write(booking(), told("Xin chào.", CONFIRMED[1]), told(*CONFIRMED))
    assert message.model == "openai/gpt-5-mini"
    (attempt,) = message.attempts
    assert attempt.outcome == "invalid"
    assert "every [[name]] has to come back" in str(desk.server.requests[1].json)


@pytest.mark.parametrize(
    "lines",
    [
        ("Cảm ơn Quý khách đã chọn [[hotel_name]], đặt phòng được tặng 1 đêm.", CONFIRMED[1]),
        ("Cảm ơn Quý khách đã chọn [[hotel_name]]. Chúng tôi cam kết giá tốt nhất.", CONFIRMED[1]),
        ("Cảm ơn bạn đã chọn [[hotel_name]], chúng tôi xin xác nhận đặt phòng.", CONFIRMED[1]),
        ("We are delighted to confirm your booking at [[hotel_name]] today.", CONFIRMED[1]),
        ("Rất tiếc chúng tôi chưa thể xác nhận đặt phòng tại [[hotel_name]].", CONFIRMED[1]),
        ("Chúng tôi xin xác nhận đặt phòng của ông Trần Văn Nam tại [[hotel_name]].", CONFIRMED[1]),
        ("Chúng tôi xin xác nhận đặt phòng tại [[hotel_name]], hồ bơi đang chờ đón Quý khách.", CONFIRMED[1]),
        ("Chúng tôi xin xác nhận đặt phòng tại [[hotel_name]] ([[hotel_name]]) của Quý khách.", CONFIRMED[1]),
        ("Chúng tôi xin xác nhận đặt phòng tại **[[hotel_name]]** của Quý khách.", CONFIRMED[1]),
        (CONFIRMED[0],),
    ],
    ids=["gift", "promise", "address", "language", "negation", "name", "service", "twice", "markup", "lines"],
)
async def test_words_that_say_something_else_leave_the_template_alone(desk: Desk, lines: tuple[str, ...]) -> None:
    message = await desk.write(booking(), told(*lines), told(*lines))
    assert message.body == (await alone(booking())).body
    assert message.model == "template"
    assert [each.outcome for each in message.attempts] == ["invalid", "invalid"]
    assert "John Doe" not in str(message.attempts)


async def test_with_the_provider_down_the_template_is_the_message(desk: Desk) -> None:
    message = await desk.write(booking(), *[Fault(401)] * 4)
    assert (message.model, message.body) == ("template", (await alone(booking())).body)
    assert message.attempts


async def test_a_model_translates_what_the_lexicon_does_not_know(desk: Desk) -> None:
    asked = booking(special_requests="Please put the crystal vase of 2 kg in the safe")
    translation = Json({"translations": ["Vui lòng cất chiếc bình pha lê nặng 2 kg vào két an toàn"]})
    message = await desk.write(asked, translation, told(*CONFIRMED))
    assert (
        "Vui lòng cất chiếc bình pha lê nặng 2 kg vào két an toàn (Please put the crystal vase of 2 kg in the safe)"
        in message.body
    )
    assert message.warnings == ()


async def test_a_translation_with_another_number_is_not_used(desk: Desk) -> None:
    asked = booking(special_requests="Please put the crystal vase of 2 kg in the safe")
    wrong = Json({"translations": ["Vui lòng cất chiếc bình pha lê nặng 5 kg vào két an toàn"]})
    message = await desk.write(asked, wrong, wrong, told(*CONFIRMED))
    assert "\nPlease put the crystal vase of 2 kg in the safe\n" in message.body
    assert message.warnings
    assert message.model == "openai/gpt-5-mini"


async def test_a_chat_message_asks_no_model_for_words(desk: Desk) -> None:
    message = await desk.write(booking().model_copy(update={"channel": MessageChannel.CHAT}))
    assert (message.model, desk.server.requests) == ("template", [])
