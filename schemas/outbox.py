"""Messages on their way to guests, the approvals that some of them wait for, and what became of them."""

import datetime as dt
import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from innkeeper.schemas.messages import MessageChannel, MessageKind, MessageLanguage

MAX_TEXT_CHARS = 100_000
# What `email.message` and every server take without extensions; a display name has no use here.
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
)
# Of a List-Unsubscribe header: nothing in it can end the header, or its angle brackets.
_LINK = re.compile(r"(?:https?://|mailto:)[!-;=?-~]{1,900}")


class OutboxStatus(StrEnum):
    """Where a message is."""

    WAITING = "waiting"
    APPROVAL = "approval"  # a person has to see it first
    SENDING = "sending"
    SENT = "sent"
    WRITTEN = "written"  # to a file, because no server is configured for its channel
    FAILED = "failed"
    REJECTED = "rejected"


class Decision(StrEnum):
    """Of an approval."""

    APPROVED = "approved"
    REJECTED = "rejected"


def _link(value: str) -> str:
    if not _LINK.fullmatch(value):
        raise ValueError("is no https://, http:// or mailto: address")
    return value


def _without_gaps(value: str) -> str:
    if any(char.isspace() or not char.isprintable() for char in value):
        raise ValueError("has white space or characters that are not visible")
    return value


Key = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_without_gaps)]
HeaderLine = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]+$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_TEXT_CHARS)]


class OutgoingMessage(BaseModel):
    """
    A message that is ready, and to whom it goes.

    Attributes:
        idempotency_key: Two messages with one key are one message.
        request_hash: Of what was asked for: by it a repetition differs from another message with the same key.
        recipient: An e-mail address, or the guest's id in the chat channel.
        created_by: As the audit log names a principal: "key:3", "flow:write-message".
        unsubscribe_url: Of a promotion; by e-mail to the sender when absent.
        not_before: Earliest time of sending.
        window_expires_at: After it the channel takes no message to this guest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    idempotency_key: Key
    request_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    kind: MessageKind
    language: MessageLanguage
    channel: MessageChannel
    recipient: Annotated[str, StringConstraints(min_length=1, max_length=254), AfterValidator(_without_gaps)]
    subject: HeaderLine
    body: Text
    html: Text
    chat: Text
    template: Annotated[str, StringConstraints(max_length=120)] = ""
    created_by: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    unsubscribe_url: Annotated[str, AfterValidator(_link)] | None = None
    not_before: AwareDatetime | None = None
    window_expires_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _an_address_of_its_channel(self) -> Self:
        if self.channel is MessageChannel.EMAIL and not is_email(self.recipient):
            raise ValueError("recipient is no e-mail address such as name@example.com")
        return self


class StoredMessage(OutgoingMessage):
    """
    A row of the outbox.

    Attributes:
        id: Part of the e-mail's Message-ID, so that a repeated sending is recognised.
        attempts: How often a sender took it up.
        provider_id: What the server, or the folder, calls it.
        problem: Why it failed, or failed last.
    """

    id: str
    status: OutboxStatus
    attempts: int = Field(ge=0)
    next_attempt_at: dt.datetime
    created_at: dt.datetime
    sent_at: dt.datetime | None = None
    provider_id: str | None = None
    problem: str | None = None


class Receipt(BaseModel):
    """What a channel says about a message that it took: `sent`, or `written` to a file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: OutboxStatus
    provider_id: str = Field(max_length=300)


class Approval(BaseModel):
    """A question to a person, and the answer; the decision is none while it is open."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int
    subject_kind: str
    subject_id: str
    reason: str
    requested_by: str
    requested_at: dt.datetime
    decided_by: str | None = None
    decision: Decision | None = None
    decided_at: dt.datetime | None = None


class MessageReport(BaseModel):
    """
    What became of one message; it holds nothing that the guest wrote or is called.

    Attributes:
        needs_approval: Why a person has to see it first; `approval_id` is the question.
        is_new: False when an earlier call with the same key wrote it.
        model: `template`, or the link that rephrased it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    message_id: str
    kind: MessageKind
    channel: MessageChannel
    status: OutboxStatus
    is_new: bool = True
    needs_approval: str | None = None
    approval_id: int | None = None
    template: str = ""
    model: str = "template"
    not_before: dt.datetime | None = None
    problem: str | None = None
    provider_id: str | None = None
    warnings: tuple[str, ...] = ()


class SendingReport(BaseModel):
    """How many messages a sweep of the outbox took up, by what became of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sent: int = 0
    written: int = 0
    failed: int = 0
    waiting: int = 0


def is_email(text: str) -> bool:
    """Whether `text` is a plain e-mail address in ASCII."""
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None
