"""`monitoring/analyze` and `monitoring/status`: lines that are posted, and how the watch over the logs is."""

import asyncio
import datetime as dt

from fastapi import APIRouter, Request

from innkeeper.schemas.models import Spender
from innkeeper.schemas.monitoring import AnalysisReport, AnalyzeRequest, MonitoringStatus
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.incident_access import check_manages, check_staff, open_watch
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.problems import FieldError, Problem
from innkeeper.serving.services import services_of

MAX_ANALYZE_BYTES = 4 * 1024 * 1024  # 5,000 lines of 800 bytes
AHEAD = dt.timedelta(hours=1)  # clocks differ
EARLIEST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)

api = APIRouter(
    prefix="/monitoring",
    tags=["monitoring"],
    route_class=GuardedRoute,
    dependencies=DESCRIBED_KEYS,
    responses=problem_responses(401, 403, 413, 429, 500, 503),
)


@api.post("/analyze", operation_id="analyze_logs", responses=problem_responses(400, 408, 409, 415, 422))
async def analyze(body: AnalyzeRequest, request: Request, caller: Caller) -> AnalysisReport:
    """
    Look for what is unusual in lines; it becomes an incident, and is told. The same lines again tell nobody again.

    Lines of the last `time_window_minutes`, counted from the latest, are judged; earlier ones are what is normal.
    """
    from innkeeper.tasks.logs.analyzing import posted_lines
    from innkeeper.tasks.logs.posting import analyze_posted

    check_manages(caller)
    check_times([each.timestamp for each in body.logs], "logs")
    services = services_of(request)
    watch = await open_watch(services, body.language)
    return await analyze_posted(
        services.hotel,
        await asyncio.to_thread(posted_lines, body),
        watch.rules,
        window_s=body.time_window_minutes * 60.0,
        targets=watch.targets,
        gateway=services.gateway,
        spender=Spender(principal=caller.name, flow="monitoring/analyze"),
    )


@api.get("/status", operation_id="monitoring_status")
async def status(request: Request, caller: Caller) -> MonitoringStatus:
    """When the logs were looked at last, of which services, and which incidents are not over."""
    from innkeeper.tasks.logs.status import monitoring_status

    check_staff(caller)
    return await monitoring_status(services_of(request).hotel, dt.datetime.now(dt.UTC))


def check_times(times: list[dt.datetime], place: str) -> None:
    """
    Refuse lines of before this century and of the future: they would be an incident that is never quiet.

    Raises:
        Problem: 422, naming the first of them.
    """
    latest = dt.datetime.now(dt.UTC) + AHEAD
    for position, at in enumerate(times):
        if not EARLIEST <= at <= latest:
            pointer = f"#/{place}/{position}"
            error = FieldError(pointer=pointer, message="Its time is before 2000, or later than in an hour.")
            raise Problem(422, f"{pointer} has a time that cannot be right.", errors=[error])
