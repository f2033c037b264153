"""Answer a question of staff, or of a guest about the own booking."""

import datetime as dt
from typing import Annotated, Any, Literal

from prefect import Flow, flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext
from pydantic import Field, ValidationError

from innkeeper.blocks.messages import problems_of
from innkeeper.blocks.settings import settings
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.assistant import MAX_QUESTION_CHARS, AssistantAnswer, AssistantQuestion, ConversationId
from innkeeper.schemas.errors import InputInvalid
from innkeeper.tasks.assistant.assistant import open_assistant
from innkeeper.tasks.models import forget_answers
from innkeeper.tasks.publishing import publish_cost, publish_table
from innkeeper.tasks.recording import answer_facts, conversation_tag
from innkeeper.tasks.work_orders import hotel_database


async def forget_question(  # the parameters have the names that Prefect gives them
    flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]
) -> None:
    """Once a run has succeeded, take what was asked, and by which guest, out of its stored parameters."""
    async with get_client() as client:
        kept = flow_run.parameters | {"question": "removed after the answer", "user_id": None}
        await client.update_flow_run(flow_run.id, parameters=kept)


@flow(
    name="answer-question",
    on_completion=[forget_question, forget_answers],
    validate_parameters=False,  # Prefect's own validation would log the question when another parameter is wrong
    persist_result=False,
)
async def answer_question(
    question: Annotated[str, Field(min_length=1, max_length=MAX_QUESTION_CHARS)],
    role: Role = Role.RECEPTIONIST,
    user_id: Annotated[str | None, Field(max_length=254)] = None,
    conversation_id: ConversationId | None = None,
    today: dt.date | None = None,
    language: Literal["en", "vi"] | None = None,
    database: str | None = None,
) -> AssistantAnswer:
    """
    Answer one question from the hotel's documents and live data.

    Args:
        question: In English or Vietnamese. Prefect keeps it until the run has succeeded.
        role: Who asks: what may be shown depends on it.
        user_id: Of a guest: the booking id, e-mail or phone number of the own booking.
        conversation_id: Continues a conversation of an earlier run.
        today: The hotel's day; by its clock when empty.
        language: Of the answer, when the question does not tell.
        database: Name of a Hotel Database block; the database of the settings when empty.
    """
    asked = _question(question, conversation_id, today, language)
    role = Role(role)
    principal = Principal(
        key_id="prefect", name="answer-question", role=role, guest=user_id if role is Role.GUEST else None
    )
    async with hotel_database(database) as hotel, open_assistant(settings(), hotel) as assistant:
        answer = await assistant.answer(asked, principal)
        if assistant.gateway is not None:
            await publish_cost(assistant.gateway)
    await publish_table("assistant-answer", [answer_facts(answer, role)], "One answer; its words are not kept here.")
    await _tag(conversation_tag(answer.conversation_id))
    return answer


def _question(
    question: str, conversation_id: str | None, today: dt.date | str | None, language: str | None
) -> AssistantQuestion:
    try:
        return AssistantQuestion.model_validate(
            {"message": question, "conversation_id": conversation_id, "today": today, "language": language}
        )
    except ValidationError as error:
        raise InputInvalid(problems_of(error)) from None


async def _tag(tag: str) -> None:
    """Mark this run as one of a conversation, so that the conversation's deletion finds it."""
    context = FlowRunContext.get()
    if context is not None and context.flow_run is not None:
        async with get_client() as client:
            await client.update_flow_run(context.flow_run.id, tags=[*context.flow_run.tags, tag])
