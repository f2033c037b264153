"""Silences and maintenance windows, as people ask for them."""

import datetime as dt

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.silences import add_silence
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.incidents import Silence
from innkeeper.schemas.logs import FindingKind

LONGEST = dt.timedelta(days=90)  # a forgotten one must not hide a year


async def silence(
    database: Database,
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str,
    created_by: str,
    service: str | None = None,
    kind: FindingKind | None = None,
) -> Silence:
    """
    Keep matching incidents from being told, for 90 days at most; the arguments are those of `add_silence`.

    Raises:
        InputInvalid: It would be over already, end before it starts, or last too long.
    """
    if ends_at <= dt.datetime.now(dt.UTC):
        raise InputInvalid("the silence would be over already; give a later end")
    if ends_at - starts_at > LONGEST:
        raise InputInvalid(f"a silence of more than {LONGEST.days} days hides too much; make it shorter")
    async with database.writing() as session:
        return await add_silence(
            session,
            starts_at=starts_at,
            ends_at=ends_at,
            reason=reason.strip(),
            created_by=created_by,
            service=service.strip().lower() if service else None,  # as log lines have it
            kind=kind,
        )
