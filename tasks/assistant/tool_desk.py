"""What every tool works with: services, who asks, and what has to be remembered of what was shown."""

import datetime as dt
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.blocks.database.audit import AuditNote
from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.hotels import current_hotel
from innkeeper.blocks.database.stays import limit_time
from innkeeper.blocks.services.pricing import PricingService
from innkeeper.blocks.services.room_status import RoomStatusService
from innkeeper.engine.assistant.plain_text import plain_text
from innkeeper.engine.assistant.policy import Kind, visible
from innkeeper.engine.search.index import SearchResult
from innkeeper.schemas.access import Principal
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.tasks.assistant.directory import Directory, directory


class Searcher(Protocol):
    """`KnowledgeReader`, or what remembers its findings."""

    async def search(self, query: str, **options: Any) -> SearchResult:
        """As `KnowledgeReader.search`."""
        ...


class TopicRouter(Protocol):
    """`Router`: whose work something is."""

    def route(self, message: GuestMessage) -> RoutingResult:
        """As `Router.route`."""
        ...


@dataclass(frozen=True)
class ToolServices:
    """
    Where tools get their facts.

    Attributes:
        database: Rooms, bookings and rates.
        reader: The documents; none: nothing can be searched.
        room_status, pricing: Live services; without one, the database answers.
        router: Tells which team a topic belongs to; none: always the front desk.
        timezone: Of the hotel, an IANA name.
    """

    database: Database
    reader: Searcher | None = None
    room_status: RoomStatusService | None = None
    pricing: PricingService | None = None
    router: TopicRouter | None = None
    timezone: str = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True)
class Books:
    """The hotel's tables, open for one call."""

    session: AsyncSession
    hotel_id: int
    directory: Directory


@dataclass(frozen=True)
class Desk:
    """
    For whom the tools of one answer work.

    Attributes:
        today: The hotel's day.
        audit: Gets a note for each booking that is shown or refused.
        hidden: Gets the values that were withheld from the principal.
    """

    services: ToolServices
    principal: Principal
    today: dt.date
    audit: list[AuditNote]
    hidden: set[str] = field(default_factory=set)

    @asynccontextmanager
    async def books(self) -> AsyncIterator[Books]:
        """Open the tables of the hotel in use; raise `NotConfigured` when there is none."""
        async with self.services.database.reading() as session:
            await limit_time(session)
            hotel = await current_hotel(session)
            yield Books(session, hotel.id, await directory(session, hotel))

    def withhold(self, results: Iterable[BaseModel], kind: Kind) -> None:
        """Remember the values of `results` that the principal may not see."""
        seen = visible(self.principal.role, kind)
        for result in results:
            withheld = ((name, str(value)) for name, value in result if name not in seen and value is not None)
            telling = {value for name, value in withheld if _is_telling(name, value)}
            self.hidden.update(telling, map(plain_text, telling))  # "Ann Lee" of "Ann Lee <img src=…>"

    def note(self, action: str, subject: str, **details: Any) -> None:
        """Leave an entry for the audit log; no guest data in `details`."""
        self.audit.append(AuditNote(action, subject, details))


_COMMON = {"origin", "stale", "withheld", "currency", "floor"}  # their values are in every other answer, too
_REMARKS = {"special_requests", "note"}
_TELLING_WORDS = 3  # "ocean view" is nobody's secret when it stands in an answer


def _is_telling(name: str, value: str) -> bool:
    """Whether finding the value in an answer means that the answer gives the field away."""
    return name not in _COMMON and (name not in _REMARKS or len(value.split()) >= _TELLING_WORDS)
