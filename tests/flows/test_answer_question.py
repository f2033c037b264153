"""`answer-question` as a flow run: its tasks, its artifact, and what Prefect keeps of it."""

import json

from tests.flows.conftest import Server

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import import_hotel
from innkeeper.blocks.settings import settings
from innkeeper.flows.answer_question import answer_question
from innkeeper.schemas.access import Role
from innkeeper.schemas.hotel_file import parse_hotel_file
from innkeeper.tasks.recording import conversation_tag

HOTEL = {
    "hotel": {"name": "Inn"},
    "rooms": [{"number": "501", "floor": 5, "type": "suite", "status": "occupied"}],
    "bookings": [
        {
            "booking_id": "BK-1",
            "guest_name": "Nguyễn Thị Ánh",
            "phone": "0900 000 002",
            "room_number": "501",
            "check_in_date": "2025-01-15",
            "check_out_date": "2025-01-20",
            "status": "checked_in",
        }
    ],
}


async def test_a_run_answers_and_keeps_no_word_of_it(server: Server) -> None:
    async with Database(settings().database_url) as database:
        await database.upgrade()
        file, _ = parse_hotel_file(json.dumps(HOTEL).encode(), "hotel.json")
        async with database.writing() as session:
            await import_hotel(session, file)
    state = await answer_question(
        "Khách phòng 501 trả phòng khi nào?", role=Role.RECEPTIONIST, today="2025-01-17", return_state=True
    )
    answer = await state.aresult()
    assert "20/01/2025" in answer.response
    run_id = state.state_details.flow_run_id
    assert run_id is not None
    run = await server.run(run_id)
    assert conversation_tag(answer.conversation_id) in run.tags
    assert "501" not in json.dumps(run.parameters)
    (row,) = await server.table(run_id)
    assert (row["tools"], row["model"]) == ("lookup_booking", "engine")
    assert "Ánh" not in json.dumps(row, ensure_ascii=False)
    tasks = await server.until(lambda: server.task_runs(run_id), lambda found: bool(found))
    assert "tool-lookup_booking" in {task.name for task in tasks}
