"""What is known while an instruction is planned, and how rooms and bookings are found for a step."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from innkeeper.engine.assistant.asked_text import Language
from innkeeper.engine.assistant.plan import HotelWords
from innkeeper.engine.planning.understanding_clauses import Clause
from innkeeper.engine.planning.understanding_steps import Holds, Made, Steps, Taken
from innkeeper.engine.planning.understanding_subjects import Focus, Subject
from innkeeper.engine.planning.understanding_words import Missing
from innkeeper.engine.routing.router import Router
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Instruction

MAX_ROOMS = 12  # of one clause


@dataclass
class Bench:
    """
    State of one planning.

    Attributes:
        original: The instruction's text with its quotations; clauses are cut from one without.
        focus: What the clauses so far were about.
        when: Conditions of what is planned now.
        asked: Answer "yes" to the last question, as conditions: what "if so" and "otherwise" refer to.
        background: What was told without an order: "Room 305's AC is broken."
        orders: Work orders, for "assign it to …".
        done: The words of what was planned so far.
        keeps_drafts: Whether what is written is not to be sent.
    """

    instruction: Instruction
    words: HotelWords
    role: Role
    router: Router
    language: Language
    original: str
    focus: Focus
    steps: Steps = field(default_factory=Steps)
    when: tuple[Holds, ...] = ()
    asked: tuple[Holds, ...] = ()
    background: list[Clause] = field(default_factory=list)
    orders: list[Made] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    keeps_drafts: bool = False
    rest: list[Clause] = field(default_factory=list)  # what is yet to be read
    hangs_on: str = ""  # the words of the last condition

    @property
    def today(self) -> dt.date:
        """The hotel's day."""
        return self.instruction.today

    def add(self, action: ActionName, **arguments: Any) -> Made:
        """One more step under the present conditions; reading does no harm, and has none."""
        return self.steps.add(action, arguments, self.when)

    def read(self, action: ActionName, **arguments: Any) -> Made:
        """One more step that only reads."""
        return self.steps.add(action, arguments)

    def words_of(self, clause: Clause) -> str:
        """A clause as it was written, quotations included."""
        return self.original[clause.start : clause.end].strip(" ,;:-–\n.")

    def rooms(self, subject: Subject, *, several: bool = False) -> Sequence[str | Taken]:
        """
        The rooms that a clause is about: its own, that of its guest, or what was spoken of before.

        Args:
            several: Whether all rooms of the clause before are meant, and not only its last one.

        Raises:
            Missing: Nothing tells.
        """
        if subject.rooms:
            if len(subject.rooms) > MAX_ROOMS:
                raise Missing("length")
            return subject.rooms
        if not (subject.guests or subject.booking_ids) and self.focus.room:
            return self.focus.rooms if several and len(self.focus.rooms) > 1 else (self.focus.room,)
        if subject.guests or subject.booking_ids or self.focus.guest or self.focus.booking_id:
            return (Taken(self.lookup(subject), "room_number"),)
        raise Missing("room_number")

    def lookup(self, subject: Subject, room: str | None = None) -> Made:
        """The step that finds the booking a clause is about; `room` where it is about several."""
        focus = self.focus
        arguments: dict[str, Any] = {}
        if subject.booking_ids:
            arguments = {"booking_id": subject.booking_ids[0]}
        elif room or subject.rooms or subject.guests:
            arguments = {"room_number": room or (subject.rooms[0] if subject.rooms else None),
                         "guest_name": subject.guests[0] if subject.guests else None}  # fmt: skip
            if focus.booking_id and not room and focus.room in {None, *subject.rooms}:
                arguments["booking_id"] = focus.booking_id
        elif focus.booking_id:
            arguments = {"booking_id": focus.booking_id}
        elif focus.room or focus.guest:
            arguments = {"room_number": focus.room, "guest_name": focus.guest}
        else:
            raise Missing("booking")
        return self.read(ActionName.LOOKUP_BOOKING, **arguments)

    def booking(self, subject: Subject, room: str | None = None) -> dict[str, Any]:
        """
        Arguments that say whom a message is for: the booking's id, looked up where only a room or a name is known.

        Raises:
            Missing: Nothing tells.
        """
        focus = self.focus
        if subject.booking_ids and not room:
            return {"booking_id": subject.booking_ids[0]}
        is_focus = not room and not subject.guests and (not subject.rooms or subject.rooms == (focus.room,))
        if is_focus and focus.booking_id:
            return {"booking_id": focus.booking_id, "room_number": focus.room, "guest_name": focus.guest}
        found = self.lookup(subject, room)
        named = found.arguments
        return {"booking_id": Taken(found, "booking_id"), "room_number": named.get("room_number"),
                "guest_name": named.get("guest_name")}  # fmt: skip

    def address(self, subject: Subject) -> str | None:
        """An address that the instruction or its context gives for this guest."""
        if subject.addresses:
            return subject.addresses[0]
        return self.focus.address if not subject.rooms or subject.rooms == (self.focus.room,) else None

    def readiness(self, room: str | Taken) -> Made:
        """The step that tells whether a guest may have a room, behind the one that reads its state."""
        status = self.read(ActionName.GET_ROOM_STATUS, room_number=room)
        found = self.read(ActionName.VERIFY_ROOM_READY, room_number=room)
        found.after = found.after or (status,)
        return found
