"""How the hotel's own services are asked: tried again for a moment, and left alone while they keep failing."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from innkeeper.blocks.services.http import HttpService
from innkeeper.engine.circuit import CircuitBreaker
from innkeeper.schemas.errors import (
    CircuitOpen,
    NotConfigured,
    NotFound,
    OutputInvalid,
    ServiceUnavailable,
)
from innkeeper.tasks.circuits import breaker

PAUSES_S = (0.1, 0.2)  # somebody waits for the answer, and the database has one, too
_ATTEMPTS_FIT_IN = 2  # times the service's own time limit, all attempts together
T = TypeVar("T")


async def ask_service(service: HttpService, attempt: Callable[[], Awaitable[T]]) -> T:
    """
    Ask a service, twice more after a transient error, for at most twice its time limit.

    Args:
        service: Whose circuit breaker is asked first.
        attempt: One request to it.

    Raises:
        ServiceUnavailable: It did not answer.
        CircuitOpen: It failed too often and is left alone for now.
        NotFound: It does not know the thing.
        NotConfigured: It refuses the key.
        OutputInvalid: It answers in another shape.
    """
    circuit = breaker(service.circuit)
    limit_s = _ATTEMPTS_FIT_IN * service.timeout_s
    try:
        async with asyncio.timeout(limit_s):
            for pause_s in PAUSES_S:
                try:
                    return await _once(circuit, attempt)
                except ServiceUnavailable as error:
                    if (error.retry_after_s or 0) > limit_s:
                        raise
                    await asyncio.sleep(max(pause_s, error.retry_after_s or 0) * random.uniform(1.0, 1.3))  # noqa: S311  jitter
            return await _once(circuit, attempt)
    except TimeoutError:
        raise ServiceUnavailable(f"the {service.service} service did not answer within {limit_s:g} s") from None


async def _once(circuit: CircuitBreaker, attempt: Callable[[], Awaitable[T]]) -> T:
    if not circuit.allow():
        raise CircuitOpen(f"{circuit.name} failed too often and is left alone for {circuit.opens_again_in_s:.0f} s")
    try:
        answer = await attempt()
    except NotFound:
        circuit.succeeded()  # it works, and does not know the thing
        raise
    except ServiceUnavailable as error:
        circuit.failed(error.retry_after_s)
        raise
    except (OutputInvalid, NotConfigured):
        circuit.failed()
        raise
    except BaseException:
        circuit.released()
        raise
    circuit.succeeded()
    return answer
