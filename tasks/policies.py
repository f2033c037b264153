"""The retry policy of every task, and how a flow's body calls its steps inside and outside a flow run."""

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import FlowRunContext
from prefect.tasks import exponential_backoff

from innkeeper.schemas.errors import TransientError

P = ParamSpec("P")
R = TypeVar("R")


async def is_transient(_task: Any, _run: TaskRun, state: State[Any]) -> bool:
    """Retry only what may succeed later."""
    return isinstance(await state.aresult(raise_on_failure=False), TransientError)


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


async def run_step(task: Task[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run `task` as a Prefect task inside a flow run, and as the plain function outside: there it asks no server."""
    if FlowRunContext.get() is None:
        return await task.fn(*args, **kwargs)
    return await task(*args, **kwargs)
