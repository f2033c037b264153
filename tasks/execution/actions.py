"""How each action of the registry is carried out."""

from collections.abc import Awaitable, Callable, Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from innkeeper.schemas.actions import ActionName
from innkeeper.tasks.execution.actions_flows import FLOWS
from innkeeper.tasks.execution.actions_reads import READS
from innkeeper.tasks.execution.actions_rooms import ROOM_CHANGES
from innkeeper.tasks.execution.actions_sending import SENDINGS
from innkeeper.tasks.execution.actions_work import WORK
from innkeeper.tasks.execution.actions_writing import WRITINGS
from innkeeper.tasks.execution.job import Done, Job

# Carried out by themselves; what they change outside the database happens once for the step's key.
RUNS: Mapping[ActionName, Callable[[Job], Awaitable[Done]]] = {**READS, **WRITINGS, **SENDINGS, **FLOWS}
# Carried out in the transaction that notes their result: both are there, or neither.
CHANGES: Mapping[ActionName, Callable[[Job, AsyncSession], Awaitable[Done]]] = {**ROOM_CHANGES, **WORK}
