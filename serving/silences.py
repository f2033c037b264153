"""`monitoring/silences`: times in which incidents are kept and nobody is told, such as maintenance windows."""

import datetime as dt
from typing import Annotated, Self

from fastapi import APIRouter, Path, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from innkeeper.schemas.incidents import Silence
from innkeeper.schemas.logs import FindingKind
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.incident_access import check_manages, check_staff, named, told
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.services import services_of

SilenceId = Annotated[str, Path(pattern=r"^sil_[0-9a-f]{12}$", description="`sil_` and 12 hex digits")]

api = APIRouter(
    prefix="/monitoring/silences",
    tags=["monitoring"],
    route_class=GuardedRoute,
    dependencies=DESCRIBED_KEYS,
    responses=problem_responses(401, 403, 413, 429, 500, 503),
)


class SilenceRequest(BaseModel):
    """What is not to be told, from when to when; of all services and kinds where none is named."""

    model_config = ConfigDict(extra="forbid")

    service: str | None = Field(default=None, min_length=1, max_length=200, description="As the logs name it.")
    kind: FindingKind | None = None
    starts_at: AwareDatetime | None = Field(default=None, description="Now, when absent.")
    ends_at: AwareDatetime | None = Field(default=None, description="Or `minutes`.")
    minutes: int | None = Field(default=None, ge=1, le=90 * 24 * 60, description="From its start.")
    reason: str = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _ends_once(self) -> Self:
        if (self.ends_at is None) == (self.minutes is None):
            raise ValueError("give either ends_at or minutes")
        for at in (self.starts_at, self.ends_at):
            if at is not None and not 2000 <= at.year <= 2100:
                raise ValueError("its year is not between 2000 and 2100")
        return self

    def span(self, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
        """Its start and end."""
        start = self.starts_at or now
        return start, self.ends_at or start + dt.timedelta(minutes=self.minutes or 0)


class SilenceList(BaseModel):
    """Those that hold now or later, the earliest first."""

    silences: list[Silence]


@api.get("", operation_id="list_silences")
async def list_all(request: Request, caller: Caller) -> SilenceList:
    """Silences that hold, and maintenance windows to come."""
    from innkeeper.blocks.database.silences import list_silences

    check_staff(caller)
    async with services_of(request).hotel.reading() as session:
        return SilenceList(silences=await list_silences(session, ends_after=dt.datetime.now(dt.UTC)))


@api.post("", status_code=201, operation_id="add_silence", responses=problem_responses(400, 408, 415, 422))
async def add(body: SilenceRequest, request: Request, caller: Caller) -> Silence:
    """Tell nobody of matching incidents for a time, 90 days at most; who asked for it is in the audit log."""
    from innkeeper.tasks.logs.silencing import silence

    check_manages(caller)
    starts_at, ends_at = body.span(dt.datetime.now(dt.UTC))
    return await silence(
        services_of(request).hotel,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=body.reason,
        created_by=named(caller),
        service=body.service,
        kind=body.kind,
    )


@api.delete("/{silence_id}", operation_id="end_silence", responses=problem_responses(404, 422))
async def end(silence_id: SilenceId, request: Request, caller: Caller) -> Silence:
    """End a silence now; one that is over stays as it is."""
    from innkeeper.blocks.database.silences import end_silence

    check_manages(caller)
    async with told(), services_of(request).hotel.writing() as session:
        return await end_silence(session, silence_id, ended_by=named(caller), now=dt.datetime.now(dt.UTC))
