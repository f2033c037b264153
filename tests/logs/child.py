"""A process that sweeps and sends, for being killed: it writes a dot before each statement and each commit."""

import asyncio
import os
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy import event
from sqlalchemy.engine import Engine

from innkeeper.blocks.alerts.webhook import WebhookAlerts
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.log_sources.files import LogFiles
from innkeeper.blocks.settings import Settings
from innkeeper.tasks.logs.alerting import deliver_alerts
from innkeeper.tasks.logs.rules import IncidentRules
from innkeeper.tasks.logs.sweeping import SETTLED_AFTER_S, Sweeper, sweep_source


@dataclass(frozen=True)
class Work:
    """One sweep, and the sending of what it leads to."""

    url: str
    path: str
    webhook: str
    now: float


def sweep(work: Work, dots: int) -> None:
    """Do it; `dots` is the pipe that it is watched by."""

    def dot(*_: object) -> None:
        os.write(dots, b".")

    event.listen(Engine, "before_cursor_execute", dot)
    event.listen(Engine, "commit", dot)
    asyncio.run(_sweep(work))
    os.write(dots, b"!")
    os._exit(0)


async def _sweep(work: Work) -> None:
    target = WebhookAlerts(url=work.webhook, secret=SecretStr("s3cret"), timeout_s=5)
    source = LogFiles(name="hotel", path=work.path, last_line_wait_s=0)
    async with Database(work.url) as database:
        await sweep_source.fn(
            Sweeper(database, IncidentRules.of(Settings()), ["hook"]), source, work.now + SETTLED_AFTER_S
        )
        await deliver_alerts(database, {"hook": target})
