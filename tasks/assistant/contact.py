"""Whom to ask about what is not known."""

import asyncio

from innkeeper.blocks.settings import Settings
from innkeeper.engine.assistant.formats import Language
from innkeeper.engine.assistant.wording import contact_name
from innkeeper.engine.routing.router import load_router
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.tasks.assistant.documents import team_of
from innkeeper.tasks.assistant.tool_desk import ToolServices

_MAX_CHARS = 2_000


class Contact:
    """Whom to ask: found when it is needed, since it takes the router."""

    def __init__(self, tools: ToolServices, message: str) -> None:
        self._tools, self._message = tools, message
        self._team = ""

    async def __call__(self, language: Language) -> str:
        """Its name in `language`."""
        if not self._team:
            self._team = await asyncio.to_thread(team_of, self._tools.router, self._message[:_MAX_CHARS])
        return contact_name(self._team, language)


class LazyRouter:
    """The router, loaded when somebody needs it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def route(self, message: GuestMessage) -> RoutingResult:
        """As `Router.route`."""
        return load_router(self._settings.taxonomy, self._settings.hotel_timezone).route(message)
