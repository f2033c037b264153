"""Whom and what a step is about, in words: only what whoever reads may see."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from innkeeper.engine.assistant.formats import clipped, date_text, quoted
from innkeeper.engine.assistant.phrases_sentences import contact_name
from innkeeper.engine.assistant.phrases_sentences import knows as is_assistants
from innkeeper.engine.assistant.policy import visible
from innkeeper.engine.locale.formats import Language, money_text
from innkeeper.engine.planning.actions import message_kind
from innkeeper.engine.planning.references import StepFacts, reference_in
from innkeeper.engine.planning.saying import knows, say
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.messages import MessageKind
from innkeeper.schemas.plans import Plan, PlanStep

_ROOM_READS = frozenset({ActionName.GET_ROOM_STATUS, ActionName.VERIFY_ROOM_READY})
_NAME_WORDS, _TEXT_WORDS = 6, 20


@dataclass(frozen=True)
class Telling:
    """
    What is told, and to whom.

    Attributes:
        role: Who reads.
        today: The hotel's day.
        facts: What completed steps gave, by number.
    """

    plan: Plan
    role: Role
    today: dt.date
    facts: StepFacts = field(default_factory=dict)

    @property
    def language(self) -> Language:
        """Of the instruction."""
        return self.plan.language

    def fact(self, step: PlanStep, name: str) -> Any:
        """A fact that a step gave; none when it did not."""
        return self.facts.get(step.step, {}).get(name)

    def sees(self, name: str) -> bool:
        """Whether the reader may see this field of a booking."""
        return name in visible(self.role, "booking")

    def value(self, step: PlanStep, name: str) -> Any:
        """An argument of a step; one that an earlier step gives, once it is known and may be seen."""
        value = step.arguments.get(name)
        try:
            taken = reference_in(value)
        except ValueError:
            return None
        if taken is None:
            return value
        known = self.facts.get(taken.from_step, {}).get(taken.fact)
        return known if taken.fact not in {"guest_name", "email", "booking_id"} or self.sees(taken.fact) else None

    def source(self, step: PlanStep) -> PlanStep:
        """The step that looked up the guest of `step`; itself when none did."""
        for name in ("booking_id", "guest_name", "room_number"):
            value = step.arguments.get(name)
            if isinstance(value, Mapping) and isinstance(value.get("from_step"), int):
                number = value["from_step"]
                if 1 <= number < step.step:
                    found: PlanStep = self.plan.steps[number - 1]
                    return found
        return step

    def written(self, step: PlanStep) -> PlanStep:
        """The step that wrote what `step` sends; itself when it writes by itself."""
        draft = step.arguments.get("draft")
        is_step = isinstance(draft, int) and 1 <= draft < step.step
        return self.plan.steps[draft - 1] if is_step else step  # type: ignore[operator]  # `is_step` says it is a number

    def room(self, step: PlanStep) -> str:
        """The room of a step; "?" when it is not known."""
        found = self.value(step, "room_number") or self.fact(step, "room_number")
        return clipped(str(found or "?"), 2)

    def whom(self, step: PlanStep) -> str:
        """Whom a step is about: the name where it was given or is known and may be seen, else the room, the booking."""
        written = self.written(step)
        asked = self.source(written)
        name = self.value(asked, "guest_name") or (self.sees("guest_name") and self.fact(asked, "guest_name"))
        if name:
            return say("whom_name", self.language, name=clipped(str(name), _NAME_WORDS))
        room = self.value(asked, "room_number") or self.value(written, "room_number")
        if room:
            return say("whom_room", self.language, room=clipped(str(room), 2))
        booking = self.value(asked, "booking_id")
        if booking:
            return say("whom_booking", self.language, id=clipped(str(booking), 2))
        return say("whom_nobody", self.language)

    def message(self, step: PlanStep, *, as_mail: bool = False) -> str:
        """What a step writes or sends: "the check-in instructions"."""
        written = self.written(step)
        kind = message_kind(written.action, written.arguments)
        name = str(kind or "any")
        if written.action is ActionName.GENERATE_EMAIL and self._is_about_arrival(kind):
            name = "checkin_confirmation"  # as the specification calls it
        mail = f"message_{name}_mail"
        return say(mail if as_mail and knows(mail) else f"message_{name}", self.language)

    def _is_about_arrival(self, kind: MessageKind | None) -> bool:
        if kind is MessageKind.BOOKING_CONFIRMATION:
            return self.checks_a_room
        return kind is MessageKind.CHECKIN_INSTRUCTIONS

    @property
    def checks_a_room(self) -> bool:
        """Whether the task looks at a room, which is then told."""
        return any(step.action in _ROOM_READS for step in self.plan.steps)

    def in_room(self, step: PlanStep) -> str:
        """ " (room 305)", or nothing."""
        room = self.value(step, "room_number")
        return say("in_room", self.language, room=clipped(str(room), 2)) if room else ""

    def address(self, address: str) -> str:
        """An e-mail address as the reader may see it."""
        return address if self.sees("email") else masked(address)


def masked(address: str) -> str:
    """ "john.doe@email.com" as "j…@email.com"; what is no address as "…"."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}…@{domain}" if at and name else "…"


def department_name(name: str, language: Language) -> str:
    """What colleagues call a department of the taxonomy, or one of those besides it."""
    if name == "management":
        return say("team_management", language)
    return contact_name({"complaints": "guest_relations"}.get(name, name), language)


def is_team_name(name: str) -> bool:
    """Whether a name is a team's, and no person's."""
    key = f"team_{name.removesuffix('_team')}"
    return is_assistants(key) and key != "team_other"


def quoted_text(value: Any) -> str:
    """What somebody wrote, between quotation marks and not too long."""
    return quoted(str(value or "?"), _TEXT_WORDS)


def day_text(value: Any, telling: Telling) -> str:
    """A day as a colleague says it; today when absent, "?" for what is no day."""
    day = telling.today if value is None else day_of(value)
    return "?" if day is None else date_text(day, telling.language, telling.today)


def day_of(value: Any) -> dt.date | None:
    """A date, a time or ISO text as a date; none for anything else."""
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None


def moment_of(value: Any) -> dt.datetime | None:
    """A time or ISO text as a time; none for anything else."""
    if isinstance(value, dt.datetime):
        return value
    try:
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def price_text(value: Any, currency: Any, language: Language) -> str:
    """An amount with its currency; as it is when it is no number."""
    try:
        return money_text(Decimal(str(value)), str(currency or "VND"), language)
    except (InvalidOperation, ValueError):
        return clipped(str(value), 3)
