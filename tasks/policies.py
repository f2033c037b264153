"""The retry policies of tasks, and how a flow's body calls its steps inside and outside a flow run."""

import asyncio
import datetime as dt
import random
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext, TaskRunContext
from prefect.serializers import Serializer
from prefect.tasks import exponential_backoff

from innkeeper.schemas.errors import TransientError

MODEL_TAG = "innkeeper-model"  # Prefect's concurrency limit of this tag holds for all processes together
MODEL_RETRIES = 2
LONGEST_WAIT_S = 60.0  # a run waits that long for a provider that names a time; then the next link is asked
_LONGEST_PAUSE_S = 3.0  # the same, where a person waits for the answer
PAUSES_S = (0.3, 0.6)  # between the attempts of a call that no flow run retries
_RESUMED_WITHIN = dt.timedelta(days=1)

P = ParamSpec("P")
R = TypeVar("R")


async def is_transient(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Retry only what may succeed later, and not before the time that the other side asked for."""
    error = await state.aresult(raise_on_failure=False)
    if not isinstance(error, TransientError) or (error.retry_after_s or 0) > LONGEST_WAIT_S:
        return False
    await asyncio.sleep(error.retry_after_s or 0)  # Prefect's own delay, the same for every error, follows
    return True


def step(
    *, run_name: str, retries: int = 4
) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], Task[P, Coroutine[Any, Any, R]]]:
    """`@task` with the one retry policy: transient errors only, after 1, 2, 4 and 8 s with jitter; never cached."""

    def decorate(fn: Callable[P, Coroutine[Any, Any, R]]) -> Task[P, Coroutine[Any, Any, R]]:
        return Task(
            fn,
            task_run_name=run_name,
            retries=retries,
            retry_delay_seconds=exponential_backoff(backoff_factor=1),
            retry_jitter_factor=0.3,
            retry_condition_fn=is_transient,
            cache_policy=NO_CACHE,  # one guest's answer is never another's
            persist_result=False,  # it may hold a guest's words; a repeated run does its steps anew
        )

    return decorate


def model_call(
    *, run_name: str, key: Callable[[TaskRunContext, dict[str, Any]], str | None], serializer: Serializer
) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], Task[P, Coroutine[Any, Any, R]]]:
    """
    `@task` for what a provider charges: two retries, limited over all processes, and never paid twice in one flow run.

    Args:
        run_name: Shown in Prefect.
        key: What makes two calls the same; it has to hold the flow run's id, so that no run reads another's answers.
        serializer: Writes the answer where Prefect keeps results, for a run that is resumed after a crash.
    """

    def decorate(fn: Callable[P, Coroutine[Any, Any, R]]) -> Task[P, Coroutine[Any, Any, R]]:
        return Task(
            fn,
            task_run_name=run_name,
            tags=[MODEL_TAG],
            retries=MODEL_RETRIES,
            retry_delay_seconds=exponential_backoff(backoff_factor=1),
            retry_jitter_factor=0.3,
            retry_condition_fn=is_transient,
            cache_key_fn=key,
            cache_expiration=_RESUMED_WITHIN,
            persist_result=True,
            result_serializer=serializer,
        )

    return decorate


async def run_step(task: Task[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `task` as a Prefect task inside a flow run, and as the plain function outside: there it asks no server."""
    if FlowRunContext.get() is None:
        return await task.fn(*args, **kwargs)
    return await task(*args, **kwargs)


async def retried(attempt: Callable[[], Awaitable[R]]) -> R:
    """`attempt()`, twice more after a transient error: the retries of a model call where no flow run owns them."""
    for pause_s in PAUSES_S:
        try:
            return await attempt()
        except TransientError as error:
            if (error.retry_after_s or 0) > _LONGEST_PAUSE_S:
                raise
            await asyncio.sleep(max(pause_s, error.retry_after_s or 0) * random.uniform(1.0, 1.3))  # noqa: S311  jitter
    return await attempt()
