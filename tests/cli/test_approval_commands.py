"""`innkeeper approvals`, `outbox` and `consents`."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Call

from innkeeper.blocks.settings import settings
from innkeeper.flows.write_message import write_message
from innkeeper.schemas.messages import MessageKind
from innkeeper.schemas.outbox import MessageReport

SAMPLE = Path(__file__).parents[2] / "knowledge_base" / "hotel_paradise.json"
OFFER = {
    "guest_name": "Trần Thu Hà",
    "description": "The lift stood still",
    "compensation_offered": {"type": "discount", "value": "60% off the next booking"},
}


@pytest.fixture
def waiting(call: Call) -> MessageReport:
    assert call("hotel", "import", str(SAMPLE)).exit_code == 0
    settings.cache_clear()
    return asyncio.run(write_message.fn(MessageKind.APOLOGY, OFFER, "ha@example.com", language="en"))


def read(call: Call, *words: str) -> dict[str, Any]:
    done = call(*words, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_message_is_listed_shown_approved_and_written(call: Call, home: Path, waiting: MessageReport) -> None:
    (approval,) = read(call, "approvals", "list")["approvals"]
    assert approval["subject_id"] == waiting.message_id
    shown = call("approvals", "show", str(approval["id"])).stdout
    assert "To: ha@example.com" in shown
    assert "60% off the next booking" in shown
    decided = read(call, "approvals", "approve", str(approval["id"]))
    assert decided["message"]["status"] == "written"
    assert decided["approval"]["decided_by"].startswith("cli")
    assert (home / "outbox" / f"{waiting.message_id}.html").is_file()
    assert read(call, "approvals", "list")["approvals"] == []
    assert len(read(call, "approvals", "list", "--all")["approvals"]) == 1


def test_a_rejected_message_is_never_sent(call: Call, home: Path, waiting: MessageReport) -> None:
    assert "never sent" in call("approvals", "reject", "1").stdout
    assert read(call, "outbox", "send") == {"sent": 0, "written": 0, "failed": 0, "waiting": 0}
    assert [each["status"] for each in read(call, "outbox", "list")["messages"]] == ["rejected"]
    refused = call("approvals", "approve", "1")
    assert refused.exit_code == 1
    assert "already rejected" in refused.stderr


def test_the_list_of_messages_names_no_guest(call: Call, waiting: MessageReport) -> None:
    for words in (("outbox", "list"), ("outbox", "list", "--json"), ("approvals", "list")):
        assert not [each for each in ("Hà", "ha@example.com") if each in call(*words).stdout]


def test_an_approval_that_does_not_exist_fails_and_says_where_to_look(call: Call) -> None:
    refused = call("approvals", "show", "9")
    assert refused.exit_code == 1
    assert "approvals list" in refused.stderr


def test_a_consent_is_recorded_for_an_address_only(call: Call) -> None:
    assert read(call, "consents", "record", "ha@example.com", "--yes") == {"promotions": True}
    assert read(call, "consents", "record", "ha@example.com", "--no") == {"promotions": False}
    assert read(call, "consents", "record", "zalo-7", "--yes", "--channel", "chat") == {"promotions": True}
    assert call("consents", "record", "nonsense", "--yes").exit_code == 1
    assert call("consents", "record", "ha@example.com").exit_code == 2
