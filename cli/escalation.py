"""Models behind the engine, for a command."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from innkeeper.blocks.settings import Settings
from innkeeper.engine.routing.router import Router
from innkeeper.schemas.models import Capability, Spender
from innkeeper.schemas.routing import GuestMessage, RoutingResult
from innkeeper.tasks.gateway import ModelGateway
from innkeeper.tasks.routing import escalate

_SPENDER = Spender(principal="cli", flow="innkeeper route")


@contextmanager
def escalating(settings: Settings) -> Iterator[Callable[[Router, GuestMessage], RoutingResult]]:
    """
    A function that routes one message after the other; what is spent is in the ledger when the block ends.

    Raises:
        NotConfigured: The chain names a model whose key, address or block is missing.
    """
    with asyncio.Runner() as runner:
        gateway = ModelGateway(settings)
        runner.run(_known(gateway))
        try:
            yield lambda router, message: runner.run(
                escalate(message, router.route(message), router, gateway, _SPENDER)
            )
        finally:
            runner.run(gateway.aclose())


async def _known(gateway: ModelGateway) -> None:
    await gateway.models(Capability.ROUTING)
