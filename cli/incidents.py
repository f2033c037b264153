"""`innkeeper incidents`: what the sweeps found, who looks after it, and what is not to be told."""

import datetime as dt
import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.log_texts import incident_text, incidents_text, silences_text
from innkeeper.cli.outcome import AsJson, person, run
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.incidents import Alert, AlertEvent, Incident, IncidentStatus, Silence
from innkeeper.schemas.logs import FindingKind

if TYPE_CHECKING:
    from innkeeper.blocks.database.engine import Database

app = typer.Typer(help="Incidents: list, show, ack, resolve, silence.", no_args_is_help=True)
silences_app = typer.Typer(help="Silences and maintenance windows.", no_args_is_help=True)
app.add_typer(silences_app, name="silences")

IncidentId = Annotated[str, typer.Argument(metavar="ID", help="As `incidents list` shows it: INC-2026-001.")]
_TIMES = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%z"]
_LENGTH = re.compile(r"(\d{1,4})\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


@app.command("list")
def list_command(
    status: Annotated[IncidentStatus | None, typer.Option(help="Only these; `pending` ones only so.")] = None,
    service: Annotated[str | None, typer.Option(help="Only this one's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List incidents, the one that was seen last first."""
    run(
        lambda: _list(status, service, limit),
        as_json=as_json,
        text=lambda found: incidents_text(found, _zone()),
        data=lambda found: {"incidents": [each.model_dump(mode="json") for each in found]},
    )


@app.command("show")
def show_command(
    incident_id: IncidentId,
    report: Annotated[bool, typer.Option("--report", help="As a Markdown report.")] = False,
    language: Annotated[str, typer.Option(help="Of the report: en or vi.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Show one incident: its numbers, suspects and actions, and what was told of it."""
    if language not in ("en", "vi"):
        raise typer.BadParameter("en or vi", param_hint="--language")
    run(
        lambda: _show(incident_id, language),
        as_json=as_json,
        text=lambda found: found[2] if report else incident_text(found[0], map(_told, found[1]), _zone()),
        data=lambda found: _data(found[0]) | {"alerts": [each.model_dump(mode="json") for each in found[1]]},
    )


@app.command("ack")
def ack_command(incident_id: IncidentId, as_json: AsJson = False) -> None:
    """Say that you look after it: nobody else is called."""
    _change(incident_id, AlertEvent.ACKNOWLEDGED, as_json)


@app.command("resolve")
def resolve_command(incident_id: IncidentId, as_json: AsJson = False) -> None:
    """Say that it is over; what is found again within an hour opens it again."""
    _change(incident_id, AlertEvent.RESOLVED, as_json)


@app.command("silence")
def silence_command(
    reason: Annotated[str, typer.Option(help="For whoever wonders.")],
    service: Annotated[str | None, typer.Option(help="Only this one's; all when not given.")] = None,
    kind: Annotated[FindingKind | None, typer.Option(help="Only this kind; all when not given.")] = None,
    length: Annotated[
        str | None, typer.Option("--for", metavar="30m|2h|1d", help="From now on, or from --from.")
    ] = None,
    start: Annotated[
        dt.datetime | None,
        typer.Option("--from", formats=_TIMES, help="Of a maintenance window, by the hotel's clock."),
    ] = None,
    until: Annotated[dt.datetime | None, typer.Option(formats=_TIMES, help="Its end.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep matching incidents from being told for a time, 90 days at most."""
    if (length is None) == (until is None):
        raise typer.BadParameter("give either --for or --until", param_hint="--for")
    lasting = None if length is None else _lasting(length)
    run(
        lambda: _silence(service, kind, start, until, lasting, reason),
        as_json=as_json,
        text=lambda made: f"Silenced: {silences_text([made], _zone())}",
        data=lambda made: made.model_dump(mode="json"),
    )


@silences_app.command("list")
def silences_command(as_json: AsJson = False) -> None:
    """List those that hold, and maintenance windows to come."""
    run(
        _silences,
        as_json=as_json,
        text=lambda found: silences_text(found, _zone()),
        data=lambda found: {"silences": [each.model_dump(mode="json") for each in found]},
    )


@silences_app.command("end")
def end_command(
    silence_id: Annotated[str, typer.Argument(metavar="ID", help="As `silences list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """End a silence now."""
    run(
        lambda: _end(silence_id),
        as_json=as_json,
        text=lambda ended: f"Ended: {silences_text([ended], _zone())}",
        data=lambda ended: ended.model_dump(mode="json"),
    )


def _change(incident_id: str, event: AlertEvent, as_json: bool) -> None:
    run(
        lambda: _changed(incident_id, event),
        as_json=as_json,
        text=lambda done: f"{incidents_text([done[0]], _zone())}\nTold: {', '.join(done[1]) or 'nobody'}.",
        data=lambda done: _data(done[0]) | {"alert_channels": done[1]},
    )


async def _opened() -> "Database":
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings

    database = Database(settings().database_url)
    await database.upgrade()
    return database


async def _list(status: IncidentStatus | None, service: str | None, limit: int) -> list[Incident]:
    from innkeeper.blocks.database.incidents import list_incidents

    async with await _opened() as database, database.reading() as session:
        return await list_incidents(session, status=status, service=service, limit=limit)


async def _show(incident_id: str, language: str) -> tuple[Incident, list[Alert], str]:
    from innkeeper.blocks.database.alert_outbox import alerts_of
    from innkeeper.blocks.database.incidents import find_incident
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.logs.figures import hotel_figures
    from innkeeper.tasks.logs.publishing import incident_markdown
    from innkeeper.tasks.logs.rules import IncidentRules

    async with await _opened() as database:
        async with database.reading() as session:
            incident = (await find_incident(session, incident_id)).incident
            alerts = await alerts_of(session, incident_id)
        figures = await hotel_figures(database)
    rules = IncidentRules.of(settings(), figures=figures, language="vi" if language == "vi" else "en")
    return incident, alerts, incident_markdown(rules.advised(incident), rules)


async def _changed(incident_id: str, event: AlertEvent) -> tuple[Incident, list[str]]:
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.logs.alerting import open_targets
    from innkeeper.tasks.logs.delivering import deliver_soon, finish_deliveries
    from innkeeper.tasks.logs.managing import acknowledge_incident, resolve_incident
    from innkeeper.tasks.logs.rules import IncidentRules

    targets = await open_targets(settings())
    rules = IncidentRules.of(settings())
    change = acknowledge_incident if event is AlertEvent.ACKNOWLEDGED else resolve_incident
    async with await _opened() as database:
        incident, alerts = await change(database, incident_id, by=person(), rules=rules, targets=list(targets))
        told = await deliver_soon(database, targets, alerts)
        await finish_deliveries()
    return incident, told


async def _silence(
    service: str | None,
    kind: FindingKind | None,
    start: dt.datetime | None,
    until: dt.datetime | None,
    lasting: dt.timedelta | None,
    reason: str,
) -> Silence:
    from innkeeper.tasks.logs.silencing import silence

    starts_at = dt.datetime.now(dt.UTC) if start is None else _local(start)
    ends_at = _local(until) if until is not None else starts_at + (lasting or dt.timedelta())
    async with await _opened() as database:
        return await silence(
            database,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=reason,
            created_by=person(),
            service=service,
            kind=kind,
        )


async def _silences() -> list[Silence]:
    from innkeeper.blocks.database.silences import list_silences

    async with await _opened() as database, database.reading() as session:
        return await list_silences(session, ends_after=dt.datetime.now(dt.UTC))


async def _end(silence_id: str) -> Silence:
    from innkeeper.blocks.database.silences import end_silence

    async with await _opened() as database, database.writing() as session:
        return await end_silence(session, silence_id, ended_by=person(), now=dt.datetime.now(dt.UTC))


def _lasting(text: str) -> dt.timedelta:
    match = _LENGTH.fullmatch(text.strip().lower())
    if match is None or not int(match[1]):
        raise typer.BadParameter(f"{text!r} is no length such as 30m, 2h or 1d", param_hint="--for")
    return dt.timedelta(**{_UNITS[match[2]]: int(match[1])})


def _local(at: dt.datetime) -> dt.datetime:
    if not 2000 <= at.year <= 2100:
        raise InputInvalid(f"the year {at.year} cannot be meant; give one from 2000 to 2100")
    return (at if at.tzinfo else at.replace(tzinfo=_zone())).astimezone(dt.UTC)


def _zone() -> dt.tzinfo:
    from innkeeper.blocks.settings import settings

    return settings().zone


def _told(alert: Alert) -> str:
    return f"{alert.id} {alert.event}: {alert.summary}"


def _data(incident: Incident) -> dict[str, Any]:
    return {"incident": incident.model_dump(mode="json")}
