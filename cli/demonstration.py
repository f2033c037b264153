"""What `innkeeper demo` shows: the sample hotel, its guests' messages, its documents."""

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import typer

from innkeeper.cli.demonstration_logs import show_logs
from innkeeper.cli.demonstration_tasks import show_tasks
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.assistant import AssistantAnswer, AssistantQuestion
from innkeeper.schemas.routing import GuestMessage

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

    from innkeeper.cli.local_prefect import LocalPrefect
    from innkeeper.schemas.work_orders import StoredWorkOrder

QUESTIONS = (
    "how much is late check-out until 4 pm?",
    "hồ bơi mở cửa mấy giờ?",
    "gia giat ao so mi",
    "do you have an indoor ski slope?",
)
# The sample hotel's data show the evening of this day.
TODAY = dt.date(2025, 1, 17)
ASKED: tuple[tuple[Role, str], ...] = (
    (Role.RECEPTIONIST, "Is 407 ready, and what does a late check-out until 2 pm cost?"),
    (Role.RECEPTIONIST, "khách phòng 501 tên gì, khi nào trả phòng?"),
    (Role.RECEPTIONIST, "giá phòng suite đêm mai bao nhiêu?"),
    (Role.HOUSEKEEPING, "số điện thoại của khách phòng 501?"),
    (Role.RECEPTIONIST, "when does the helipad open?"),
)
CONFIRMATION = {
    "guest_name": "Lê Thị Hồng Nhung",
    "room_type": "Deluxe Ocean View",
    "room_number": "801",
    "check_in": "2027-02-01",
    "check_out": "2027-02-03",
    "total_amount": 7_000_000,
    "currency": "VND",
    "confirmation_number": "CONF-2027-001",
    "special_requests": "Late check-in at 8 PM",
}
APOLOGY = {
    "incident": {
        "type": "service_delay",
        "description": "Room service order delayed by 45 minutes",
        "guest_name": "John Doe",
        "room_number": "201",
        "compensation_offered": {"type": "discount", "value": "5% off the bill"},
    }
}
_EXCERPT = 110
_INDEX = "index-knowledge-base/production"


async def show_everything(prefect: "LocalPrefect") -> None:
    """Every capability once, on real input; the documents are indexed meanwhile, which takes the longest."""
    typer.echo("Indexing the hotel's documents in a flow run of its own …", err=True)
    indexing = await prefect.begin(_INDEX, {})
    await _route(prefect)
    await _write(prefect)
    await show_logs(prefect)
    await show_tasks(prefect)
    await _search(prefect, indexing)
    await _ask(prefect)


async def _route(prefect: "LocalPrefect") -> None:
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.database.hotels import import_hotel
    from innkeeper.blocks.database.work_orders import orders_of_messages
    from innkeeper.blocks.hotel_file import read_hotel_file
    from innkeeper.blocks.messages import read_messages
    from innkeeper.blocks.settings import settings
    from innkeeper.cli.local_prefect import package_file

    messages_file = package_file("knowledge_base/demo_messages.jsonl")
    messages = [message for _, message in read_messages(messages_file) if isinstance(message, GuestMessage)]
    async with Database(settings().database_url) as database:
        await database.upgrade()
        file, unknown = read_hotel_file(str(package_file("knowledge_base/hotel_paradise.json")))
        async with database.writing() as session:
            await import_hotel(session, file, unknown, principal="demo")
        typer.echo(f"Hotel             {file.hotel.name}: {len(file.rooms)} rooms, {len(file.bookings)} bookings")
        run = await prefect.run(
            "route-requests/production", {"messages_file": str(messages_file), "batch_name": "demo"}
        )
        rows = await prefect.table(run.id, "routed-requests")
        await prefect.wait_for_started_by(run.id)
        async with database.reading() as session:
            orders = await orders_of_messages(session, [str(message.id) for message in messages])
    texts = {str(message.id): message.message for message in messages}
    typer.echo(
        f"\n{len(messages)} guest messages, routed by a flow run in {run.total_run_time.total_seconds():.1f} s:\n"
    )
    typer.echo(_routed(rows, texts))
    new = sum(1 for order in orders if order.batch_id == str(run.id))
    typer.echo(f"\n{len(orders)} work orders in the database, {new} of them new:\n")
    typer.echo(_columns([_cells(order) for order in orders]))
    typer.echo(f"\nThe run in the UI  {prefect.ui}/runs/flow-run/{run.id}")


def _routed(rows: list[dict[str, Any]], texts: dict[str, str]) -> str:
    lines: list[str] = []
    for message_id, text in texts.items():
        lines.append(f"{message_id}  {text if len(text) <= 100 else text[:99] + '…'}")
        lines += [f"          → {row['request']}{_outcome(row)}" for row in rows if row["message"] == message_id]
    return "\n".join(lines)


def _outcome(row: dict[str, Any]) -> str:
    if not row["minutes"]:
        return f" ({row['note']})"
    return f", {row['priority']}, {row['minutes']} min ({row['confidence']})"


def _cells(order: "StoredWorkOrder") -> list[str]:
    room = order.room_number or "-"
    return [str(order.id), order.status.value, order.team, order.priority.value, room, order.workflow_id]


def _columns(rows: list[list[str]]) -> str:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


async def _search(prefect: "LocalPrefect", indexing: "FlowRun") -> None:
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.knowledge_reader import KnowledgeReader

    run = await prefect.ended(_INDEX, indexing)
    seconds = run.total_run_time.total_seconds()
    async with Database(settings().database_url) as database:
        reader = KnowledgeReader(database, settings())
        try:
            version = (await reader.current()).version
            typer.echo(
                f"\n{version.documents} documents, {version.chunks} passages, indexed in {seconds:.0f} s. Asked:\n"
            )
            for question in QUESTIONS:
                result = await reader.search(question, top_k=1, roles={Role.RECEPTIONIST})
                typer.echo(f"{question}\n          → {_found(result)}")
        finally:
            await reader.aclose()
    typer.echo(f"\nThe run in the UI  {prefect.ui}/runs/flow-run/{run.id}")
    typer.echo('More               innkeeper kb search "…", innkeeper kb status, innkeeper kb contradictions')


def _found(result: Any) -> str:
    if not result.answerable or not result.hits:
        return "nothing in the documents answers this"
    chunk = result.hits[0].chunk
    text = " ".join(chunk.text.split())
    return f"{chunk.document}: {text[:_EXCERPT]}{'…' if len(text) > _EXCERPT else ''}"


async def _ask(prefect: "LocalPrefect") -> None:
    from innkeeper.blocks.settings import settings
    from innkeeper.cli.local_prefect import package_file
    from innkeeper.cli.reference_services import reference_services
    from innkeeper.tasks.assistant.assistant import open_assistant

    typer.echo(f"\nFive questions of staff, the hotel's day being {TODAY}:\n")
    with reference_services(package_file("knowledge_base").parent) as addresses:
        async with open_assistant(settings().model_copy(update=addresses)) as assistant:
            for role, question in ASKED:
                asked = AssistantQuestion(message=question, today=TODAY)
                principal = Principal(key_id="demo", name="demo", role=role)
                typer.echo(_told(role, question, await assistant.answer(asked, principal)))
    role, question = ASKED[0]
    parameters = {"question": question, "role": role.value, "today": TODAY.isoformat()}
    run = await prefect.run("answer-question/production", parameters)
    typer.echo(f"\nThe first as a flow run {prefect.ui}/runs/flow-run/{run.id}")
    typer.echo('More               innkeeper ask "…" --role housekeeping, or POST /api/v1/llm/assistant/query')


def _told(role: Role, question: str, answer: AssistantAnswer) -> str:
    sources = ", ".join(each.table if each.type == "database" else each.document for each in answer.sources)
    rests = f" [{sources}]" if sources else ""
    return (
        f"{role.value}: {question}\n          → {answer.response}{rests}"
        f" ({answer.confidence:.2f}, {answer.response_time_ms:.0f} ms)"
    )


async def _write(prefect: "LocalPrefect") -> None:
    from innkeeper.blocks.settings import settings
    from innkeeper.flows.write_message import write_message

    typer.echo("\nA confirmation and an apology, in both languages, to a folder, since no mail server is set:\n")
    run_key = uuid4().hex
    for kind, variables in (("booking_confirmation", CONFIRMATION), ("apology", APOLOGY)):
        for language in ("en", "vi"):
            parameters: dict[str, Any] = {
                "kind": kind,
                "variables": variables,
                "recipient": "guest@example.com",
                "language": language,
                "role": "manager",
                "idempotency_key": f"demo:{kind}:{language}:{run_key}",
            }
            if (kind, language) == ("booking_confirmation", "vi"):
                run = await prefect.run("write-message/production", parameters | {"show_text": True})
                typer.echo(f"{kind}, {language}: a flow run, {prefect.ui}/runs/flow-run/{run.id}")
            else:
                report = await write_message.fn(**parameters)
                typer.echo(f"{kind}, {language}: {report.status.value}")
    newest = max((settings().home / "outbox").glob("*.html"), key=lambda file: file.stat().st_mtime)
    typer.echo(f"Open               {newest.parent}, the newest is {newest.name}")
