"""The packaged router, loaded once."""

from collections.abc import Callable

import pytest

from innkeeper.engine.routing.router import Router, load_router
from innkeeper.schemas.routing import GuestMessage, RoutingResult


@pytest.fixture(scope="session")
def router() -> Router:
    return load_router()


@pytest.fixture(scope="session")
def route(router: Router) -> Callable[..., RoutingResult]:
    """`route("two towels please", room_number="412")`, sent on a Wednesday morning."""

    def ask(message: str, **known: str) -> RoutingResult:
        return router.route(
            GuestMessage.model_validate({"timestamp": "2025-06-04T09:00:00+07:00", **known, "message": message})
        )

    return ask
