"""What carrying out tasks needs: the hotel, its rules, the ways to guests."""

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import current_hotel
from innkeeper.blocks.models.chains import ENGINE, chain_of
from innkeeper.blocks.services.http import close_services
from innkeeper.blocks.services.pricing import PricingService
from innkeeper.blocks.services.room_status import RoomStatusService
from innkeeper.blocks.settings import Settings
from innkeeper.engine.assistant.plan import HotelWords
from innkeeper.engine.compensation import CompensationRules
from innkeeper.engine.compensation import load_rules as load_limits
from innkeeper.engine.planning.rule_files import load_rules
from innkeeper.engine.planning.rules import Rule
from innkeeper.engine.routing.router import Router, load_router
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.models import Capability
from innkeeper.tasks.assistant.directory import directory
from innkeeper.tasks.assistant.tool_desk import ToolServices
from innkeeper.tasks.knowledge_reader import KnowledgeReader

if TYPE_CHECKING:  # Prefect: a second that the engine alone does not need
    from innkeeper.tasks.gateway import ModelGateway

EVENING = dt.time(20)  # of a day that is not today: a hotel file shows the evening of its day
Runner = Callable[[Mapping[str, Any]], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class ExecutionServices:
    """
    What steps work with.

    Attributes:
        database: The hotel's, and of the tasks.
        tools: What the assistant's tools work with; steps that read are those.
        reader: The documents.
        gateway: The way to models; none where planning and messages need none.
        runners: How actions that are flows of their own are run; facts from arguments.
    """

    settings: Settings
    database: Database
    tools: ToolServices
    reader: KnowledgeReader
    gateway: "ModelGateway | None" = None
    runners: Mapping[ActionName, Runner] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The business rules in force."""
        return load_rules(self.settings.rules)

    @property
    def limits(self) -> CompensationRules:
        """What roles may offer guests."""
        return load_limits(self.settings.compensation)

    @property
    def router(self) -> Router:
        """Tells whose work something is; loaded once per process."""
        return load_router(self.settings.taxonomy, self.settings.hotel_timezone)

    async def hotel(self) -> tuple[ZoneInfo, HotelWords]:
        """Zone and words of the hotel in use; raises `NotConfigured` when none was imported."""
        async with self.database.reading() as session:
            hotel = await current_hotel(session)
            words = (await directory(session, hotel)).hotel
        return ZoneInfo(hotel.timezone) if hotel.timezone else self.settings.zone, words


@asynccontextmanager
async def open_services(
    settings: Settings,
    database: Database | None = None,
    *,
    gateway: "ModelGateway | None" = None,
    runners: Mapping[ActionName, Runner] | None = None,
) -> AsyncIterator[ExecutionServices]:
    """
    The services, for as long as the block lasts.

    Args:
        settings: Chains, addresses, limits.
        database: One that is open and migrated, and stays so; opened at the address of the settings when absent.
        gateway: The way to models, which stays open; opened where a chain has any, when absent.
        runners: How flows are run as steps; `flows.execute_task.flow_runners()`.
    """
    async with AsyncExitStack() as stack:
        if database is None:
            database = await stack.enter_async_context(Database(settings.database_url))
            await database.upgrade()
        chains = (chain_of(settings, each) for each in (Capability.PLANNING, Capability.MESSAGES))
        if all(chain == (ENGINE,) for chain in chains):
            gateway = None
        elif gateway is None:
            from innkeeper.tasks.gateway import ModelGateway

            gateway = await stack.enter_async_context(ModelGateway(settings))
        reader = KnowledgeReader(database, settings, gateway=gateway)
        stack.push_async_callback(reader.aclose)
        stack.push_async_callback(close_services)
        tools = ToolServices(
            database,
            room_status=RoomStatusService.of(settings),
            pricing=PricingService.of(settings),
            timezone=settings.hotel_timezone,
        )
        yield ExecutionServices(settings, database, tools, reader, gateway, runners or {})


def moment_of(today: dt.date, now: dt.datetime | None, zone: ZoneInfo) -> dt.datetime:
    """When a task is asked for, in the hotel's zone: `now`, else the clock where it is `today`, else that evening."""
    if now is not None:
        return now.astimezone(zone)
    clock = dt.datetime.now(zone)
    return clock if clock.date() == today else dt.datetime.combine(today, EVENING, zone)
