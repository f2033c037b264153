"""Actions that write a message to a guest; nothing leaves the hotel."""

import datetime as dt
from typing import Any, cast

from innkeeper.engine.planning.actions import message_kind
from innkeeper.engine.planning.saying import whole
from innkeeper.engine.recommendations import recommend
from innkeeper.schemas.actions import ActionName, GenerateMessageArguments
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.messages import DraftRequest, MessageChannel, MessageKind, MessageLanguage, Tone, WrittenMessage
from innkeeper.schemas.models import Spender
from innkeeper.schemas.plans import Clarification
from innkeeper.schemas.recommendations import Stay
from innkeeper.schemas.tools import BookingFacts
from innkeeper.tasks.execution.guests import guest_of
from innkeeper.tasks.execution.job import Done, Job, NeedsAnswer, as_json
from innkeeper.tasks.execution.variables import message_variables
from innkeeper.tasks.messages.hotel import hotel_of_messages
from innkeeper.tasks.messages.templates import hotel_templates
from innkeeper.tasks.messages.writing import write

BOOKING, REQUEST, WRITTEN = "booking", "request", "written"  # in `StoredStep.kept`


async def generate_message(job: Job) -> Done:
    """
    Write the message and keep it as a draft.

    Raises:
        NeedsAnswer: Whom it is for, or something that it has to say, is not known.
    """
    asked = cast(GenerateMessageArguments, job.arguments)
    kind = message_kind(job.stored.action, {"kind": asked.kind.value}) or asked.kind
    booking = await guest_of(job)
    request, written = await written_message(
        job, kind, booking, asked.variables, asked.language, asked.tone, MessageChannel.EMAIL
    )
    facts = {
        "draft_id": draft_id(job),
        "subject": written.subject,
        "kind": kind.value,
        "needs_approval": written.needs_approval is not None,
    }
    return Done(facts, kept_of(booking, request, written))


def draft_id(job: Job) -> str:
    """ "DRAFT-x7k2-3": of the task's own number and the step."""
    return f"DRAFT-{job.task.id.removeprefix('TASK-')[:8]}-{job.stored.step}"


def kept_of(booking: BookingFacts, request: DraftRequest, written: WrittenMessage) -> dict[str, Any]:
    """What the step that sends a message needs of it."""
    return {
        BOOKING: as_json(booking.model_dump()),
        REQUEST: request.model_dump(mode="json"),
        WRITTEN: written.model_dump(mode="json"),
    }


async def written_message(
    job: Job,
    kind: MessageKind,
    booking: BookingFacts,
    given: dict[str, Any],
    language: MessageLanguage | None,
    tone: Tone | None,
    channel: MessageChannel,
) -> tuple[DraftRequest, WrittenMessage]:
    """The message and what was asked for; raises as `generate_message`."""
    services, spoken = job.services, language or job.task.plan.language
    hotel = await hotel_of_messages(services.database, services.settings.hotel_timezone)
    values = message_variables(kind, booking, given, today=job.task.instruction.today, language=spoken)
    if kind is MessageKind.SERVICE_RECOMMENDATION and "services" not in values:
        stay = Stay(
            check_in=booking.check_in_date, check_out=booking.check_out_date, special_requests=booking.special_requests
        )
        chosen = recommend(hotel.services, stay, spoken)
        values["services"] = [as_json(each.model_dump(exclude_none=True)) for each in chosen]
    request = DraftRequest(kind=kind, variables=as_json(values), language=spoken, tone=tone, channel=channel)
    try:
        written = await write(
            request,
            templates=await hotel_templates(services.database, services.settings.templates_path),
            profile=hotel.profile,
            gateway=services.gateway,
            spender=Spender(principal=job.task.principal.name, flow="execute-task"),
            now=dt.datetime.now(dt.UTC),
            role=job.task.principal.role,
            rules=services.limits,
        )
    except InputInvalid as error:
        raise _question(error, job) from None
    return request, written


def _question(error: InputInvalid, job: Job) -> NeedsAnswer | InputInvalid:
    """What has to be said in the message and was not; any other problem stays one."""
    missing = [problem.removesuffix(" is missing") for problem in error.problems if problem.endswith(" is missing")]
    if not missing or len(missing) < len(error.problems):
        return error
    question = f"{whole('which_kind', job.task.plan.language)} ({', '.join(missing).replace('_', ' ')})"
    return NeedsAnswer(Clarification(question=question, about=missing[0]))


WRITINGS = {
    ActionName.GENERATE_EMAIL: generate_message,
    ActionName.GENERATE_APOLOGY: generate_message,
    ActionName.GENERATE_CHECKIN_INSTRUCTIONS: generate_message,
}
