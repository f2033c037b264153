"""What the operations on incidents share: who may what, the hotel's rules, the targets of alerts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from innkeeper.engine.locale.formats import Language
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import Conflict, NotFound
from innkeeper.serving.problems import Problem
from innkeeper.serving.services import Services

if TYPE_CHECKING:  # Prefect: a second that a server spends when it is first asked
    from innkeeper.tasks.logs.alerting import AlertTarget
    from innkeeper.tasks.logs.rules import IncidentRules

MANAGING = (Role.MANAGER, Role.SERVICE)


class Watch(NamedTuple):
    """By what incidents are judged and worded, and who is told of them."""

    rules: "IncidentRules"
    targets: "Mapping[str, AlertTarget]"


async def open_watch(services: Services, language: Language = "en") -> Watch:
    """The hotel's rules, with today's figures, and the targets that the settings name."""
    from innkeeper.tasks.logs.alerting import open_targets
    from innkeeper.tasks.logs.figures import hotel_figures
    from innkeeper.tasks.logs.rules import IncidentRules

    figures = await hotel_figures(services.hotel)
    rules = IncidentRules.of(services.settings, figures=figures, language=language)
    return Watch(rules, await open_targets(services.settings))


def check_staff(caller: Principal) -> None:
    """Let staff in only: incidents quote logs."""
    if not caller.is_staff:
        raise Problem(403, "Incidents are for staff; use the key of another role.")


def check_manages(caller: Principal) -> None:
    """Let in who may call people out of bed: managers and other programs."""
    if caller.role not in MANAGING:
        raise Problem(403, "Only a manager or a service may do this; use the key of one.")


@asynccontextmanager
async def told() -> AsyncIterator[None]:
    """Answer what the database says about an incident or a silence as a problem."""
    try:
        yield
    except NotFound as error:
        raise Problem(404, str(error)) from None
    except Conflict as error:
        raise Problem(409, str(error)) from None


def named(caller: Principal) -> str:
    """The caller as the audit log names it."""
    return f"key:{caller.key_id}"
