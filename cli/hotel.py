"""`innkeeper hotel`: the hotel's rooms, bookings and rates."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.outcome import AsJson, run

if TYPE_CHECKING:  # at run time the models are imported by the command that needs them
    from innkeeper.schemas.hotel import HotelSummary, ImportReport

app = typer.Typer(help="The hotel's rooms, bookings and rates.", no_args_is_help=True)


@app.command("import")
def import_command(
    file: Annotated[str, typer.Argument(metavar="FILE.json", help="A hotel file; - reads standard input.")],
    as_json: AsJson = False,
) -> None:
    """Make the database say what FILE says. Nothing is imported unless every row is right."""
    run(lambda: _import(file), as_json=as_json, text=_imported, data=lambda report: report.model_dump(mode="json"))


@app.command("show")
def show_command(
    date: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Whose stays are counted; the file's snapshot date, or else today."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the hotel that was imported last."""
    day = date.date() if date else None
    run(lambda: _show(day), as_json=as_json, text=_shown, data=lambda summary: summary.model_dump(mode="json"))


async def _import(path: str) -> "ImportReport":
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.database.hotels import import_hotel
    from innkeeper.blocks.hotel_file import read_hotel_file
    from innkeeper.blocks.settings import settings

    file, unknown_keys = read_hotel_file(path)
    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.writing() as session:
            return await import_hotel(session, file, unknown_keys, principal="cli")


async def _show(day: dt.date | None) -> "HotelSummary":
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.database.hotels import current_hotel, summarise_hotel
    from innkeeper.blocks.settings import settings

    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.reading() as session:
            hotel = await current_hotel(session)
            zone = settings().hotel_timezone
            return await summarise_hotel(session, day or hotel.snapshot_date or _today(hotel.timezone or zone), zone)


def _today(zone: str) -> dt.date:
    import zoneinfo

    return dt.datetime.now(zoneinfo.ZoneInfo(zone)).date()


def _imported(report: "ImportReport") -> str:
    tables: dict[str, dict[str, int]] = {"rooms": report.rooms, "bookings": report.bookings, "rates": report.rates}
    lines = [f"{report.hotel} is imported."]
    lines += [f"  {name:9} {_counts(counts)}" for name, counts in tables.items()]
    lines += [f"  ignored   {key}: no such key" for key in report.unknown_keys]
    return "\n".join(lines)


def _shown(summary: "HotelSummary") -> str:
    lines = [f"{summary.name} ({summary.timezone}, {summary.currency})"]
    if summary.snapshot_date:
        lines.append(f"  data of    {summary.snapshot_date}")
    lines.append(f"  rooms      {sum(summary.rooms.values())}: {_counts(summary.rooms)}")
    lines.append(f"  bookings   {summary.bookings_total}, of which on {summary.day}: {_counts(summary.bookings)}")
    if summary.rates:
        lines.append(f"  rates      {summary.rates_from} to {summary.rates_to}, VND a night")
        lines += [f"    {kind:12} {low:,.0f} to {high:,.0f}" for kind, (low, high) in summary.rates.items()]
    return "\n".join(lines)


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count) or "none"
