"""`monitoring/incidents`: what was found, and a person's decisions about it."""

import datetime as dt
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.engine.locale.formats import Language
from innkeeper.schemas.access import Principal
from innkeeper.schemas.incidents import Alert, AlertEvent, Incident, IncidentStatus
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.incident_access import check_manages, check_staff, named, open_watch, told
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.problems import FieldError, Problem
from innkeeper.serving.services import services_of

IncidentId = Annotated[str, Path(pattern=r"^INC-[0-9]{4}-[0-9]{3,9}$", description="`INC-2026-001`")]
MARKDOWN = "text/markdown"
_REPORT: dict[int | str, dict[str, Any]] = {200: {"content": {MARKDOWN: {"schema": {"type": "string"}}}}}
_CHANGED = problem_responses(400, 404, 408, 409, 415, 422)

api = APIRouter(
    prefix="/monitoring/incidents",
    tags=["monitoring"],
    route_class=GuardedRoute,
    dependencies=DESCRIBED_KEYS,
    responses=problem_responses(401, 403, 413, 429, 500, 503),
)


class IncidentList(BaseModel):
    """Incidents, the one that was seen last first."""

    incidents: list[Incident]


class IncidentDetails(BaseModel):
    """An incident and what was told of it."""

    incident: Incident
    alerts: list[Alert]


class PersonRequest(BaseModel):
    """Who decides: a key may be shared by many."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(default=None, max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$", description="Of the person.")


class IncidentChange(BaseModel):
    """The incident as it is now, and whether the targets of alerts know."""

    incident: Incident
    alert_sent: bool
    alert_channels: list[str]


@api.get("", operation_id="list_incidents", responses=problem_responses(422))
async def list_all(
    request: Request,
    caller: Caller,
    status: IncidentStatus | None = None,
    service: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
    hours: Annotated[int | None, Query(ge=1, le=24 * 366, description="Those that were seen so lately.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> IncidentList:
    """Incidents, latest first; pending ones, which nobody has been told of, only when `status` asks for them."""
    from innkeeper.blocks.database.incidents import list_incidents

    check_staff(caller)
    since = None if hours is None else dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)
    async with services_of(request).hotel.reading() as session:
        found = await list_incidents(session, status=status, service=_plain(service), since=since, limit=limit)
    return IncidentList(incidents=found)


@api.get(
    "/{incident_id}",
    operation_id="read_incident",
    response_model=IncidentDetails,
    responses=_REPORT | problem_responses(404, 422),
)
async def read_one(
    incident_id: IncidentId,
    request: Request,
    caller: Caller,
    format: Annotated[Literal["json", "markdown"], Query(description="`markdown` is the report.")] = "json",  # noqa: A002  the word of the query
    language: Annotated[Language, Query(description="Of the report.")] = "en",
) -> Response:
    """One incident with its numbers and what was told of it; or its report, for a person."""
    from innkeeper.blocks.database.alert_outbox import alerts_of
    from innkeeper.blocks.database.incidents import find_incident

    check_staff(caller)
    services = services_of(request)
    async with told(), services.hotel.reading() as session:
        incident = (await find_incident(session, incident_id)).incident
        alerts = await alerts_of(session, incident_id)
    if format == "json":
        return JSONResponse(IncidentDetails(incident=incident, alerts=alerts).model_dump(mode="json"))
    from innkeeper.tasks.logs.publishing import incident_markdown

    watch = await open_watch(services, language)
    advised = watch.rules.advised(incident)  # in the language of the report
    return PlainTextResponse(incident_markdown(advised, watch.rules), media_type=MARKDOWN)


@api.post("/{incident_id}/acknowledge", operation_id="acknowledge_incident", responses=_CHANGED)
async def acknowledge(incident_id: IncidentId, body: PersonRequest, request: Request, caller: Caller) -> IncidentChange:
    """Say that somebody looks after it: nobody else is called."""
    return await _changed(incident_id, AlertEvent.ACKNOWLEDGED, body, request, caller)


@api.post("/{incident_id}/resolve", operation_id="resolve_incident", responses=_CHANGED)
async def resolve(incident_id: IncidentId, body: PersonRequest, request: Request, caller: Caller) -> IncidentChange:
    """Say that it is over. What is found again within an hour opens it again."""
    return await _changed(incident_id, AlertEvent.RESOLVED, body, request, caller)


async def _changed(
    incident_id: str, event: AlertEvent, body: PersonRequest, request: Request, caller: Principal
) -> IncidentChange:
    from innkeeper.tasks.logs.delivering import deliver_soon
    from innkeeper.tasks.logs.managing import acknowledge_incident, resolve_incident

    check_manages(caller)
    services = services_of(request)
    watch = await open_watch(services)
    change = acknowledge_incident if event is AlertEvent.ACKNOWLEDGED else resolve_incident
    by = f"{named(caller)} ({body.name.strip()})" if body.name and body.name.strip() else named(caller)
    async with told():
        incident, alerts = await change(
            services.hotel, incident_id, by=by, rules=watch.rules, targets=list(watch.targets)
        )
    channels = await deliver_soon(services.hotel, watch.targets, alerts)
    return IncidentChange(incident=incident, alert_sent=bool(channels), alert_channels=channels)


def _plain(text: str | None) -> str | None:
    if text is not None and "\x00" in text:
        raise Problem(422, errors=[FieldError(pointer="#/service", message="Contains a NUL character; remove it.")])
    return text
