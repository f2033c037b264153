"""What a principal may have done: what is refused, what has to be asked first, what a person has to confirm."""

import difflib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from innkeeper.engine.assistant.formats import quoted
from innkeeper.engine.assistant.phrases_sentences import contact_name
from innkeeper.engine.assistant.policy import same_text
from innkeeper.engine.compensation import CompensationRules, check_compensation
from innkeeper.engine.locale.formats import sentence
from innkeeper.engine.planning.actions import ACTIONS, SENDS, WRITES
from innkeeper.engine.planning.references import reference_in
from innkeeper.engine.planning.saying import say, whole
from innkeeper.engine.planning.validation_steps import GUEST_KEYS, guest_of
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Clarification, Instruction, Plan, PlanStep, Refusal

MAX_GUESTS = 5  # that one task writes to
_NEAR_ROOMS = 5
_WHOM = {  # who does what others may not
    ActionName.UPDATE_ROOM_STATUS: "housekeeping",
    ActionName.INDEX_KNOWLEDGE_BASE: "duty_manager",
    ActionName.ANALYZE_LOGS: "duty_manager",
    ActionName.RUN_FLOW: "duty_manager",
}
_OFFERS = ("compensation", "compensation_offered", "value", "offer")  # variables that say what a guest gets
_OFFER_WORDS = 12
_SPELLINGS = ("phòng", "phong", "room", "rm", "p", "r", "#")


@dataclass(frozen=True)
class StepApproval:
    """A step that waits for a person, and why, in the plan's language."""

    step: int
    reason: str


def refusal_of(plan: Plan, principal: Principal, allowed_flows: Collection[str]) -> Refusal | None:
    """Why the whole task is refused; none when the principal may order every step."""
    language = plan.language
    for step in plan.steps:
        if principal.role not in ACTIONS[step.action].roles:
            role, what = say(f"role_{principal.role}", language), say(f"do_{step.action}", language)
            contact = contact_name(_WHOM.get(step.action, "front_desk"), language)
            reason = whole("not_allowed", language, role=role, what=what, contact=contact)
            return Refusal(code="not_allowed", reason=reason)
        if step.action is ActionName.RUN_FLOW and step.arguments.get("deployment") not in list(allowed_flows):
            return Refusal(code="not_in_registry", reason=_flow_reason(plan, step, allowed_flows))
    guests = {json.dumps(guest_of(plan, step)) for step in plan.steps if step.action in SENDS}
    if len(guests) > MAX_GUESTS:
        return Refusal(code="mass_action", reason=whole("mass_action", language, most=MAX_GUESTS, count=len(guests)))
    return None


def _flow_reason(plan: Plan, step: PlanStep, allowed_flows: Collection[str]) -> str:
    if not allowed_flows:
        return whole("flow_no_list", plan.language, contact=contact_name("duty_manager", plan.language))
    return whole("flow_not_listed", plan.language, name=str(step.arguments.get("deployment"))[:80])


def question_of(plan: Plan, principal: Principal, rooms: Collection[str] | None) -> Clarification | None:
    """What has to be known before anything is done; none when nothing is missing."""
    for step in plan.steps:
        room = step.arguments.get("room_number")
        if rooms is not None and isinstance(room, str) and _room(room, rooms) is None:
            options = () if principal.role is Role.GUEST else _near(room, rooms)
            question = whole("room_unknown", plan.language, room=room)
            return Clarification(question=question, about="room_number", options=options)
        if step.action is ActionName.SEND_GUEST_MESSAGE and not step.arguments.get("draft"):
            if not step.arguments.get("kind"):
                return Clarification(question=whole("which_kind", plan.language), about="kind")
            if guest_of(plan, step) is None:
                return Clarification(question=whole("which_booking", plan.language), about="booking")
        if step.action in WRITES and guest_of(plan, step) is None:
            return Clarification(question=whole("which_booking", plan.language), about="booking")
    return None


def _room(room: str, rooms: Collection[str]) -> str | None:
    wanted = _bare(room)
    return next((each for each in rooms if _bare(each) == wanted), None)


def _bare(room: str) -> str:
    """ "P.407" and "407" are one room."""
    plain = room.strip().casefold()
    for spelling in _SPELLINGS:
        rest = plain.removeprefix(spelling).lstrip(".-# ")
        if rest != plain and rest[:1].isdigit():
            return rest
    return plain


def _near(room: str, rooms: Collection[str]) -> tuple[str, ...]:
    return tuple(difflib.get_close_matches(room, sorted(rooms), n=_NEAR_ROOMS, cutoff=0.6))


def approvals_of(
    plan: Plan, principal: Principal, instruction: Instruction, limits: CompensationRules | None
) -> Iterator[StepApproval]:
    """Steps that a person has to confirm before anything of the task is done."""
    language = plan.language
    for step in plan.steps:
        offer = too_generous(plan, step, principal.role, limits) if step.action in SENDS else None
        if offer is not None:
            role = say(f"role_{principal.role}", language)
            reason = whole("approve_offer", language, role=role, offer=quoted(offer, _OFFER_WORDS))
            yield StepApproval(step.step, reason)
        if principal.role in ACTIONS[step.action].asks:
            role, what = say(f"role_{principal.role}", language), say(f"do_{step.action}", language)
            yield StepApproval(step.step, whole("approve_role", language, role=role, what=what))
        if step.action is ActionName.SEND_EMAIL and not is_known_recipient(plan, step, instruction):
            recipient = step.arguments["recipient"]
            shown = recipient if isinstance(recipient, str) else "?"
            yield StepApproval(step.step, sentence(say("approve_recipient", language, recipient=shown)))


def too_generous(plan: Plan, step: PlanStep, role: Role, limits: CompensationRules | None) -> str | None:
    """
    What a message offers above the limits of a role, or so that its worth cannot be read for certain.

    Args:
        plan: Checked as far as its arguments go.
        step: Which sends, or writes, the message.
        role: Whose message it is.
        limits: The hotel's (INNKEEPER_COMPENSATION); the packaged ones when absent.
    """
    draft = step.arguments.get("draft")
    written = plan.steps[draft - 1] if isinstance(draft, int) and 0 < draft < step.step else step
    variables = written.arguments.get("variables")
    given = variables if isinstance(variables, dict) else {}
    offered = [each for name in _OFFERS for each in _texts(given.get(name))]
    percent = given.get("discount_percent")
    if isinstance(percent, int | float | str) and not isinstance(percent, bool):
        offered.append(f"{str(percent).rstrip('% ')}%")
    return next((each for each in offered if each.strip() and check_compensation(role, each, limits)), None)


def is_known_recipient(plan: Plan, step: PlanStep, instruction: Instruction) -> bool:
    """
    Whether an e-mail goes to the address of its booking, or to one that whoever asked has given.

    An address out of another booking than the draft's is neither.
    """
    recipient = step.arguments.get("recipient")
    if recipient is None:
        return True
    taken = reference_in(recipient)
    if taken is not None:
        written, source = plan.steps[step.arguments["draft"] - 1], plan.steps[taken.from_step - 1]
        return taken.fact == "email" and any(_is_same_guest(written, source, key) for key in GUEST_KEYS)
    return is_given(recipient, instruction)


def _is_same_guest(written: PlanStep, source: PlanStep, key: str) -> bool:
    """Whether a message is for the guest of a look-up: it takes them from it, or names them in the same way."""
    whom = written.arguments.get(key)
    taken = reference_in(whom)
    return taken.from_step == source.step if taken else whom is not None and whom == source.arguments.get(key)


def is_given(address: str, instruction: Instruction) -> bool:
    """Whether an address stands in the instruction, or in its context, as a whole."""
    said = (word.strip(".,;:!?()[]<>\"'“”‘’") for word in instruction.text.replace("mailto:", " ").split())
    return any(same_text(address, each) for each in (*said, *_texts(instruction.context)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
