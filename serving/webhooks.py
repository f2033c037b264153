"""`POST /webhooks/alertmanager`: alerts that Prometheus's Alertmanager pushes become incidents, and are told once."""

import hmac
import logging
from time import perf_counter
from typing import Any, Literal

from fastapi import APIRouter, Request, Response, Security
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.schemas.logs import from_unix
from innkeeper.schemas.models import Spender
from innkeeper.serving.auth import address_of
from innkeeper.serving.guard import Handler, StrictRequest, check_media_type
from innkeeper.serving.incident_access import open_watch
from innkeeper.serving.monitoring import check_times
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.problems import Problem
from innkeeper.serving.services import Services, services_of

MAX_WEBHOOK_BYTES = 2 * 1024 * 1024
PATH = "/webhooks/alertmanager"

logger = logging.getLogger("innkeeper.serving")


class TokenRoute(APIRoute):
    """A route for Alertmanager alone: its bearer token, before anything of the body is parsed."""

    def get_route_handler(self) -> Handler:
        """The route's handler, behind the door."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            services = services_of(request)
            address = address_of(request)
            wait_s = services.rate.take(f"alertmanager:{address}")
            if wait_s:
                raise Problem(429, retry_after_s=wait_s)
            _check_token(request, services, address)
            check_media_type(request)
            return await handle(StrictRequest(request.scope, request.receive))

        return guarded


class AlertmanagerPush(BaseModel):
    """Version 4 of Alertmanager's webhook; what else it sends is not needed."""

    model_config = ConfigDict(extra="allow")

    version: Literal["4"]
    alerts: list[dict[str, Any]] = Field(max_length=1_000)


class AlertmanagerReceipt(BaseModel):
    """What became of a push."""

    received: int
    firing: int = Field(description="Of warning or worse; others, and resolved ones, open nothing.")
    incidents: list[str]
    alert_sent: bool
    alert_channels: list[str]


api = APIRouter(
    tags=["monitoring"],
    route_class=TokenRoute,
    dependencies=[Security(HTTPBearer(scheme_name="Bearer", auto_error=False))],
    responses=problem_responses(400, 401, 408, 409, 413, 415, 422, 429, 500, 503),
)


@api.post(PATH, operation_id="alertmanager_webhook")
async def alertmanager(body: AlertmanagerPush, request: Request) -> AlertmanagerReceipt:
    """
    Take Alertmanager's alerts (`send_resolved` may stay on): one that is sent again tells nobody again.

    The bearer token is INNKEEPER_ALERTMANAGER_TOKEN; 503 where it is not set. A resolved alert ends no incident.
    """
    from innkeeper.blocks.log_sources.alertmanager import alertmanager_lines
    from innkeeper.tasks.logs.alertmanager import firing_windows
    from innkeeper.tasks.logs.posting import Posted, report_posted

    started = perf_counter()
    lines = alertmanager_lines({"version": body.version, "alerts": body.alerts})
    check_times([from_unix(line.at) for line in lines], "alerts")
    windows = firing_windows(lines)
    receipt = AlertmanagerReceipt(
        received=len(body.alerts),
        firing=sum(len(each.judged.findings) for each in windows),
        incidents=[],
        alert_sent=False,
        alert_channels=[],
    )
    if not windows:
        return receipt
    services = services_of(request)
    watch = await open_watch(services)
    report = await report_posted(
        services.hotel,
        Posted(windows, len(lines), compared=True),
        watch.rules,
        targets=watch.targets,
        gateway=None,  # it asks for no words
        spender=Spender(principal="alertmanager", flow="webhooks/alertmanager"),
        started=started,
    )
    return receipt.model_copy(
        update={
            "incidents": [each.incident_id for each in report.issues if each.incident_id],
            "alert_sent": report.alert_sent,
            "alert_channels": report.alert_channels,
        }
    )


def _check_token(request: Request, services: Services, address: str) -> None:
    wanted = services.settings.alertmanager_token
    if wanted is None:
        raise Problem(503, "INNKEEPER_ALERTMANAGER_TOKEN is not set, so no alert is taken.", retry_after_s=300)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    expected = wanted.get_secret_value().encode()
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode("utf-8", "replace"), expected):
        logger.warning("wrong Alertmanager token from %s", address)
        raise Problem(401, "Send the token of this webhook as Bearer.", headers={"WWW-Authenticate": "Bearer"})
