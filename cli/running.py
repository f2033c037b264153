"""`innkeeper up`, `down` and `demo`: everything on one machine."""

import asyncio
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.serve import serve_command
from innkeeper.schemas.errors import InnkeeperError

if TYPE_CHECKING:
    from innkeeper.cli.local_prefect import LocalPrefect

Port = Annotated[int | None, typer.Option("--prefect-port", min=1, max=65_535, help="Port of the Prefect server; 4200 or the next free one.")]


def up_command(prefect_port: Port = None) -> None:
    """Run the Prefect server, the deployments, a worker and the HTTP API, until Ctrl-C."""
    try:
        prefect = _started(prefect_port)
    except InnkeeperError as error:
        typer.echo(f"innkeeper up: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Prefect UI        {prefect.ui}\nDeployments       route-requests/production, fulfil-work-orders/production")
    try:
        serve_command()
    finally:
        prefect.stop()


def down_command() -> None:
    """Stop the Prefect server and worker that `demo` or `up` left running."""
    from innkeeper.blocks.settings import settings
    from innkeeper.cli.local_prefect import LocalPrefect

    stopped = LocalPrefect.stop_recorded(settings().home)
    typer.echo("stopped" if stopped else "nothing was running")


def demo_command(prefect_port: Port = None) -> None:
    """Import the sample hotel, route 20 guest messages in a Prefect flow run, and show the work orders."""
    started = time.monotonic()
    try:
        prefect = _started(prefect_port)
        asyncio.run(_demo(prefect))
    except InnkeeperError as error:
        typer.echo(f"innkeeper demo: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"\nDone in {time.monotonic() - started:.0f} s. Prefect keeps running at {prefect.ui}; `make down` stops it.")


def _started(port: int | None) -> "LocalPrefect":
    from innkeeper.blocks.settings import settings
    from innkeeper.cli.local_prefect import LocalPrefect

    prefect = LocalPrefect(settings().home, port)
    typer.echo("Starting the Prefect server …", err=True)
    prefect.start()
    typer.echo("Registering deployments, starting a worker …", err=True)
    prefect.deploy()
    prefect.start_worker()
    return prefect


async def _demo(prefect: "LocalPrefect") -> None:
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.database.hotels import import_hotel
    from innkeeper.blocks.database.work_orders import orders_of_messages
    from innkeeper.blocks.hotel_file import read_hotel_file
    from innkeeper.blocks.messages import read_messages
    from innkeeper.blocks.settings import settings
    from innkeeper.cli.local_prefect import package_file

    messages_file = package_file("knowledge_base/demo_messages.jsonl")
    messages, _ = read_messages(messages_file)
    async with Database(settings().database_url) as database:
        await database.upgrade()
        file, unknown = read_hotel_file(str(package_file("knowledge_base/hotel_paradise.json")))
        async with database.writing() as session:
            await import_hotel(session, file, unknown, principal="demo")
        typer.echo(f"Hotel             {file.hotel.name}: {len(file.rooms)} rooms, {len(file.bookings)} bookings")
        run = await prefect.run("route-requests/production", {"messages_file": str(messages_file), "batch_name": "demo"})
        rows = await prefect.table(run.id, "routed-requests")
        await prefect.wait_for_started_by(run.id)
        async with database.reading() as session:
            orders = await orders_of_messages(session, [str(message.id) for message in messages])
    texts = {str(message.id): message.message for message in messages}
    typer.echo(f"\n{len(messages)} guest messages, routed by a flow run in {run.total_run_time.total_seconds():.1f} s:\n")
    typer.echo(_routed(rows, texts))
    new = sum(1 for order in orders if order.batch_id == str(run.id))
    typer.echo(f"\n{len(orders)} work orders in the database, {new} of them new:\n")
    typer.echo(_columns([[str(order.id), order.status.value, order.team, order.priority.value, order.room_number or "-", order.workflow_id] for order in orders]))
    typer.echo(f"\nThe run in the UI  {prefect.ui}/runs/flow-run/{run.id}")


def _routed(rows: list[dict[str, Any]], texts: dict[str, str]) -> str:
    lines: list[str] = []
    for message_id, text in texts.items():
        lines.append(f"{message_id}  {text if len(text) <= 100 else text[:99] + '…'}")
        mine = [row for row in rows if row["message"] == message_id]
        lines += [
            f"          → {row['request']}" + (f", {row['priority']}, {row['minutes']} min ({row['confidence']})" if row["minutes"] else f" ({row['note']})")
            for row in mine
        ]
    return "\n".join(lines)


def _columns(rows: list[list[str]]) -> str:
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(rows[0]) if rows else 0)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


