"""Hand a batch of work orders to a team."""

from typing import Annotated

from prefect import flow
from pydantic import Field

from innkeeper.tasks.policies import run_step
from innkeeper.tasks.publishing import order_rows, publish_table
from innkeeper.tasks.work_orders import assign_batch, hotel_database


@flow(name="fulfil-work-orders", flow_run_name="{team}-{batch_id}", validate_parameters=True, persist_result=False)
async def fulfil_work_orders(
    team: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")],
    batch_id: Annotated[str, Field(min_length=1, max_length=200)],
    database: str | None = None,
) -> int:
    """
    Assign the open work orders of one batch to one team, and list them for the team lead.

    Args:
        team: A team of the taxonomy, such as housekeeping_team.
        batch_id: The routing run that wrote the orders.
        database: Name of a Hotel Database block; the database of the settings when empty.

    Returns:
        How many orders this run assigned; 0 when an earlier run did it.
    """
    async with hotel_database(database) as hotel:
        orders = await run_step(assign_batch, hotel, team, batch_id)
    if orders:
        await publish_table(f"work-orders-{team.replace('_', '-')}", order_rows(orders), f"Work orders for {team}")
    return len(orders)
