"""An outside model's answer."""

from innkeeper.schemas.models import Spender
from innkeeper.tasks.assistant.turn import Draft, Turn
from innkeeper.tasks.gateway import ModelGateway


async def model_draft(turn: Turn, gateway: ModelGateway, spender: Spender, timeout_s: float) -> Draft | None:
    """The first link's answer that can be supported."""
    return None
