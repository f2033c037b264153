"""API keys in the hotel's database, as `Authenticator` wants them."""

import asyncio
import datetime as dt
import logging

from sqlalchemy import text

from innkeeper.blocks.database.api_keys import find_key, list_keys, note_use
from innkeeper.blocks.database.engine import Database
from innkeeper.schemas.access import Principal, Role
from innkeeper.schemas.errors import DatabaseUnavailable, InnkeeperError

LOOKUP_TIMEOUT_S = 5.0

logger = logging.getLogger("innkeeper.serving")


class KeyStore:
    """Looks keys up, and notes in the background when they were used (a locked database delays no request)."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._notes: set[asyncio.Task[None]] = set()  # the loop itself would let them be collected

    async def find(self, plain: str) -> Principal | None:
        """
        Whose key it is; none when it is unknown or revoked.

        Raises:
            DatabaseUnavailable: No answer within `LOOKUP_TIMEOUT_S`.
        """
        try:
            async with asyncio.timeout(LOOKUP_TIMEOUT_S), self._database.reading() as session:
                row = await find_key(session, plain)
        except TimeoutError:
            raise DatabaseUnavailable("the database did not answer a key look-up in time") from None
        if row is None:
            return None
        task = asyncio.create_task(self._note(row.id))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)
        role = Role(row.role)
        guest = row.name if role is Role.GUEST else None  # whose key it is: a booking id, an e-mail address or a phone
        return Principal(key_id=str(row.id), name=row.name, role=role, guest=guest)

    async def has_any(self) -> bool:
        """Whether there is a key that works."""
        async with self._database.reading() as session:
            return any(row.revoked_at is None for row in await list_keys(session))

    async def ping(self) -> None:
        """One round trip; raises what the database raises."""
        async with self._database.reading() as session:
            await session.execute(text("SELECT 1"))

    async def aclose(self) -> None:
        """Wait for the notes that are under way."""
        await asyncio.gather(*self._notes, return_exceptions=True)

    async def _note(self, key_id: int) -> None:
        try:
            async with self._database.writing() as session:
                await note_use(session, key_id, dt.datetime.now(dt.UTC))
        except InnkeeperError as error:
            logger.warning("the last use of API key %d was not noted: %s", key_id, error)
