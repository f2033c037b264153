"""The executor of the commands: tasks are carried out in their process, without a Prefect server."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from innkeeper.schemas.actions import ActionName

if TYPE_CHECKING:
    from innkeeper.tasks.execution.executor import TaskExecutor
    from innkeeper.tasks.execution.services import Runner

_FLOWS = (ActionName.INDEX_KNOWLEDGE_BASE, ActionName.ANALYZE_LOGS)


@asynccontextmanager
async def local_executor() -> "AsyncIterator[TaskExecutor]":
    """An executor for the hotel of the settings, for as long as the block lasts."""
    from innkeeper.blocks.settings import settings
    from innkeeper.tasks.execution.executor import open_executor

    async with open_executor(settings(), runners={each: _flow(each) for each in _FLOWS}) as executor:
        yield executor


def _flow(action: ActionName) -> "Runner":
    """The action's flow, loaded when a task comes to it: nearly none does, and flows take a second to load."""

    async def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
        from innkeeper.flows.execute_task import flow_runners

        return await flow_runners()[action](arguments)

    return run
