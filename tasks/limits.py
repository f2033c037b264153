"""The limit on model requests of all processes together."""

from prefect.client.orchestration import get_client

from innkeeper.tasks.policies import MODEL_TAG


async def ensure_model_limit(most: int) -> None:
    """
    Let at most `most` requests to models run at once in all flow runs: Prefect's global concurrency limit of their tag.

    A limit that an operator has set is left as it is. Outside flow runs, each process has its own.
    """
    name = f"tag:{MODEL_TAG}"
    async with get_client() as client:
        known = await client.read_global_concurrency_limits(limit=200)
        if all(each.name != name for each in known):
            await client.upsert_global_concurrency_limit_by_name(name, most)
