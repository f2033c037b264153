"""Answers of the engine, from question to stored conversation."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.assistant.conftest import Asked, asked_of

from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.assistant import Progress
from innkeeper.schemas.errors import ConversationNotFound, InputInvalid
from innkeeper.tasks.assistant.assistant import HotelAssistant


def rows(home: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(home / "innkeeper.db")) as database:
        return database.execute(query).fetchall()


async def test_live_data_and_policy_stand_in_one_answer(ask: Asked) -> None:
    answer = await ask("Is 407 ready, and what does a late check-out until 2 pm cost?")
    assert answer.response.startswith("No, room 407 is out of order")
    assert "no charge" in answer.response
    assert {each.table if each.type == "database" else each.document for each in answer.sources} >= {
        "rooms",
        "policies/late-check-out-notice-2024.txt",
    }
    assert (answer.model, answer.handoff) == ("engine", None)
    assert answer.confidence >= 0.5


async def test_a_question_is_answered_in_its_language(ask: Asked) -> None:
    answer = await ask("khach phong 501 tra phong khi nao")
    assert "Thomas Müller" in answer.response
    assert "20/01/2025" in answer.response
    assert [(use.tool, use.input, use.success) for use in answer.tools_used] == [
        ("lookup_booking", {"room_number": "501"}, True)
    ]


async def test_what_is_not_known_is_said_and_nothing_is_cited(ask: Asked) -> None:
    answer = await ask("when does the helipad open?")
    assert (answer.sources, answer.handoff is not None) == ((), True)
    assert answer.confidence < 0.5
    assert "front desk" in answer.response


async def test_a_follow_up_is_about_what_was_asked_before(ask: Asked) -> None:
    first = await ask("who is in 501?")
    second = await ask("and when does he leave?", conversation=first.conversation_id)
    assert "2025" in second.response
    assert second.tools_used[0].input == {"room_number": "501"} or "booking_id" in second.tools_used[0].input


@pytest.mark.parametrize(
    ("role", "question", "withheld"),
    [
        (Role.HOUSEKEEPING, "phone number of the guest in 501?", "900 000 002"),
        (Role.HOUSEKEEPING, "khách phòng 501 trả bao nhiêu tiền?", "29.680.000"),
        (Role.GUEST, "who is in 501?", "Thomas"),
        (Role.GUEST, "email of the guest in 501", "thomas.muller"),
    ],
)
async def test_what_a_role_may_not_see_is_not_told(ask: Asked, role: Role, question: str, withheld: str) -> None:
    answer = await ask(question, role)
    assert withheld not in answer.model_dump_json()
    assert answer.handoff is not None


async def test_a_guest_hears_of_the_own_booking(ask: Asked) -> None:
    answer = await ask("when do I check out?", Role.GUEST, guest="BK-2025-0110-001")
    assert "20" in answer.response
    assert "January" in answer.response


async def test_a_booking_that_was_shown_is_in_the_audit_log(ask: Asked, home: Path) -> None:
    await ask("email of the guest in 501")
    ((action, subject, details),) = rows(
        home, "select action, subject, details from audit_log where action like 'booking%'"
    )
    assert "BK-2025-0110-001" in str(subject)
    assert "email" in str(details)
    assert "thomas" not in f"{action}{subject}{details}".lower()


async def test_a_conversation_belongs_to_its_principal_and_is_deleted_for_good(
    assistant: HotelAssistant, home: Path
) -> None:
    first = await asked_of(assistant, "who is in 501?")
    with pytest.raises(ConversationNotFound):
        await asked_of(assistant, "and when does he leave?", key="key-2", conversation=first.conversation_id)
    with pytest.raises(ConversationNotFound):  # what a manager heard is not for a guest at the same desk
        await asked_of(assistant, "and when?", Role.GUEST, conversation=first.conversation_id)
    owner = Principal(key_id="key-1", name="desk", role=Role.RECEPTIONIST)
    assert await assistant.clear(first.conversation_id, owner) == 2
    assert rows(home, "select count(*) from conversation_messages") == [(0,)]


async def test_invisible_characters_are_no_question(ask: Asked) -> None:
    with pytest.raises(InputInvalid, match="no text"):
        await ask("\u200b\u2060 \u200e")


async def test_progress_tells_of_tools_before_the_text(assistant: HotelAssistant) -> None:
    heard: list[Progress] = []
    answer = await asked_of(assistant, "is 407 ready?", heard=heard)
    assert [each.type for each in heard] == ["tool_call", "tool_result", "content"]
    assert "".join(each.delta for each in heard if each.type == "content") == answer.response
