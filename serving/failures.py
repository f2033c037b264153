"""How an unexpected error is logged: where it happened, and not what a guest said."""

import logging
import traceback

from innkeeper.schemas.errors import InnkeeperError

logger = logging.getLogger("innkeeper.serving")


def log_failure(error: Exception) -> None:
    """
    Log where `error` happened, without its text: a value error may quote the guest.

    The text of an `InnkeeperError` is ours and is kept.
    """
    frames = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    text = f": {error}" if isinstance(error, InnkeeperError) else ""
    logger.error("unexpected %s%s\n%s", type(error).__name__, text, frames)
