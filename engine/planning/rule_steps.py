"""What rules may look at of a step itself: who asks, what it changes, to whom it goes, when."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from innkeeper.engine.compensation import CompensationRules
from innkeeper.engine.consent import PromotionRules
from innkeeper.engine.planning.actions import SENDS, message_kind
from innkeeper.engine.planning.references import reference_in
from innkeeper.engine.planning.rule_facts import hours_until, quiet_hours
from innkeeper.engine.planning.validation_rights import is_known_recipient, too_generous
from innkeeper.schemas.access import Role
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.messages import MessageChannel, MessageKind
from innkeeper.schemas.plans import Instruction, Plan, PlanStep


@dataclass(frozen=True)
class Circumstances:
    """
    Under which a task is carried out.

    Attributes:
        now: The time of the task, aware; none when only its day is known, and then quiet hours are not looked at.
        zone: The hotel's.
        quiet: When guests are left alone.
        limits: What roles may offer guests; the packaged ones when absent.
    """

    role: Role
    instruction: Instruction
    zone: ZoneInfo
    now: dt.datetime | None = None
    quiet: PromotionRules = field(default_factory=PromotionRules)
    limits: CompensationRules | None = None


def kind_of_step(plan: Plan, step: PlanStep) -> MessageKind | None:
    """The kind of the message that a step writes or sends; none when it does not, or it is not known."""
    draft = step.arguments.get("draft")
    if step.action in SENDS and isinstance(draft, int) and 1 <= draft < step.step:
        step = plan.steps[draft - 1]
    return message_kind(step.action, step.arguments)


def facts_of_step(plan: Plan, step: PlanStep, under: Circumstances) -> dict[str, Any]:
    """
    The facts of `rule_facts.STEP_FACTS` that a step gives by itself; `is_own` of a guest is the caller's to add.

    Args:
        plan: A checked plan.
        step: Of it; arguments that earlier steps give may stand in it as references.
        under: Who asks, and when.
    """
    facts: dict[str, Any] = {"role": under.role.value}
    given = step.arguments
    if step.action in SENDS:
        facts |= _facts_of_sending(plan, step, under)
    elif step.action is ActionName.UPDATE_ROOM_STATUS and isinstance(given.get("status"), str):
        facts["new_status"] = str(given["status"])
    elif step.action is ActionName.SCHEDULE_WAKE_UP_CALL and under.now is not None:
        at = _moment(given.get("at"))
        facts |= {} if at is None else hours_until(at, under.now)
    facts |= {name: given[name] for name in ("department", "category") if isinstance(given.get(name), str)}
    return facts


def _facts_of_sending(plan: Plan, step: PlanStep, under: Circumstances) -> dict[str, Any]:
    is_mail = step.action is ActionName.SEND_EMAIL
    channel = MessageChannel.EMAIL if is_mail else step.arguments.get("channel", MessageChannel.CHAT)
    return {
        "channel": channel,
        "recipient_given": step.arguments.get("recipient") is not None,
        "recipient_known": is_known_recipient(plan, step, under.instruction),
        "compensation_within_limits": too_generous(plan, step, under.role, under.limits) is None,
        **quiet_hours(under.now, under.zone, under.quiet),
    }


def _moment(value: Any) -> dt.datetime | None:
    if reference_in(value) is not None:
        return None
    try:
        at = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        return None
    return at if isinstance(at, dt.datetime) and at.tzinfo is not None else None
