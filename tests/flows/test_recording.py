"""Answers outside of flow runs, shown in Prefect afterwards."""

import datetime as dt

from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from tests.flows.conftest import Server

from innkeeper.schemas.access import Role
from innkeeper.schemas.assistant import AssistantAnswer, DatabaseSource, ToolUse
from innkeeper.tasks.recording import AnsweredRequest, Recorder, conversation_tag

ANSWER = AssistantAnswer(
    response="Thomas Müller leaves on Monday.",
    sources=(DatabaseSource(table="bookings", confidence=0.95),),
    tools_used=(ToolUse(tool="lookup_booking", input={"guest_name": "Müller"}, success=True),),
    confidence=0.95,
    conversation_id="conv_recorded",
    message_id="msg_1",
    response_time_ms=42.0,
    model="engine",
)


async def test_an_answer_becomes_a_finished_run_without_its_words_and_is_forgotten_with_its_conversation(
    server: Server,
) -> None:
    recorder = Recorder(1.0)
    at = dt.datetime.now(dt.UTC)
    recorder.record(AnsweredRequest(ANSWER, Role.RECEPTIONIST, at - dt.timedelta(seconds=0.05), at))
    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[conversation_tag("conv_recorded")]))

    async def done() -> bool:
        runs = await server.client.read_flow_runs(flow_run_filter=wanted)
        return bool(runs) and all(run.state is not None and run.state.is_completed() for run in runs)

    await server.until(done, bool)
    (run,) = await server.client.read_flow_runs(flow_run_filter=wanted)
    (row,) = await server.table(run.id)
    assert (row["sources"], row["tools"], row["confidence"]) == ("bookings", "lookup_booking", 0.95)
    assert "Müller" not in f"{run.parameters}{row}{run.state}"
    assert await recorder.forget("conv_recorded") == 1
    assert await server.client.read_flow_runs(flow_run_filter=wanted) == []
    await recorder.aclose()
