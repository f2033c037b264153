"""Send what waits in the outbox: what was approved, what failed before, what a killed sender left."""

import asyncio
from collections import Counter
from typing import Annotated

from prefect import flow
from pydantic import Field

from innkeeper.blocks.settings import settings
from innkeeper.schemas.outbox import OutboxStatus, SendingReport, StoredMessage
from innkeeper.tasks.messages.announcing import announce
from innkeeper.tasks.messages.hotel import hotel_of_messages
from innkeeper.tasks.messages.sending import find_due, open_channels, send_message
from innkeeper.tasks.policies import run_step
from innkeeper.tasks.publishing import publish_table
from innkeeper.tasks.work_orders import hotel_database

AT_ONCE = 4  # connections to one mail server: many refuse more
_STATUSES = (OutboxStatus.SENT, OutboxStatus.WRITTEN, OutboxStatus.FAILED, OutboxStatus.WAITING)


@flow(name="send-messages", persist_result=False)
async def send_messages(
    message_ids: list[str] | None = None,
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100,
    mail_server: str | None = None,
    chat_service: str | None = None,
    database: str | None = None,
) -> SendingReport:
    """
    Send the messages whose time has come.

    Args:
        message_ids: These only, where they are due; all that are due when empty.
        limit: Messages of one run.
        mail_server: Name of an SMTP Server block; the settings' server, or else a folder, when empty.
        chat_service: Name of a Chat Service block; the settings' service, or else a folder, when empty.
        database: Name of a Hotel Database block; the database of the settings when empty.
    """
    async with hotel_database(database) as hotel:
        due = await run_step(find_due, hotel, limit) if not message_ids else []
        ids = message_ids or due
        if not ids:
            return SendingReport()
        known = await hotel_of_messages(hotel, settings().hotel_timezone)
        channels = await open_channels(
            settings(), timezone=known.profile.timezone, mail_server=mail_server, chat_service=chat_service
        )
        free = asyncio.Semaphore(AT_ONCE)

        async def sent(message_id: str) -> StoredMessage:
            async with free:
                return await send_message(hotel, channels, message_id)

        messages = await asyncio.gather(*map(sent, ids))
    for message in messages:
        announce(message)
    counts = Counter(message.status for message in messages)
    report = SendingReport(**{status.value: counts[status] for status in _STATUSES})
    await publish_table("sent-messages", [report.model_dump()], f"{len(ids)} messages of the outbox")
    return report
