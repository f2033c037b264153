"""`innkeeper up`, `down` and `demo`: everything on one machine."""

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.outcome import fail
from innkeeper.cli.serve import serve_command
from innkeeper.schemas.errors import InnkeeperError
from innkeeper.schemas.routing import GuestMessage

if TYPE_CHECKING:
    from innkeeper.cli.local_prefect import LocalPrefect
    from innkeeper.schemas.work_orders import StoredWorkOrder

Port = Annotated[
    int | None,
    typer.Option("--prefect-port", min=1, max=65_535, help="Port of the Prefect server; 4200 or the next free one."),
]


def up_command(prefect_port: Port = None) -> None:
    """Run the Prefect server, the deployments, a worker and the HTTP API, until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # from the first second: the server must not stay behind
    prefect: LocalPrefect | None = None
    try:
        prefect = _local_prefect(prefect_port)
        _start(prefect)
        typer.echo(f"Prefect UI        {prefect.ui}")
        typer.echo("Deployments       route-requests/production, fulfil-work-orders/production")
        serve_command()
    except BaseException as error:
        if prefect:
            prefect.stop_started()  # another `up` in the same home may be at work
        if not isinstance(error, InnkeeperError):
            raise
        typer.echo(f"innkeeper up: {error}", err=True)
        raise typer.Exit(1) from None
    prefect.stop()


def down_command() -> None:
    """Stop the Prefect server and worker that `demo` or `up` left running."""
    from innkeeper.blocks.settings import settings
    from innkeeper.cli.local_prefect import LocalPrefect

    try:
        home = settings().home
    except InnkeeperError as error:
        fail(error, as_json=False)
    typer.echo("stopped" if LocalPrefect.stop_recorded(home) else "nothing was running")


def demo_command(prefect_port: Port = None) -> None:
    """Import the sample hotel, route 20 guest messages in a Prefect flow run, and show the work orders."""
    started = time.monotonic()
    try:
        prefect = _local_prefect(prefect_port)
        _start(prefect)
        asyncio.run(_demo(prefect))
    except InnkeeperError as error:
        typer.echo(f"innkeeper demo: {error}", err=True)
        raise typer.Exit(1) from None
    seconds = time.monotonic() - started
    typer.echo(f"\nDone in {seconds:.0f} s. Prefect keeps running at {prefect.ui}; `make down` stops it.")


def _local_prefect(port: int | None) -> "LocalPrefect":
    from innkeeper.blocks.settings import settings
    from innkeeper.cli.local_prefect import LocalPrefect

    return LocalPrefect(settings().home, port)


def _start(prefect: "LocalPrefect") -> None:
    typer.echo("Starting the Prefect server …", err=True)
    prefect.start()
    typer.echo("Registering deployments, starting a worker …", err=True)
    prefect.deploy()
    prefect.start_worker()


async def _demo(prefect: "LocalPrefect") -> None:
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
