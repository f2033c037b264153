"""Actions that start flows: the index of documents, the analysis of logs, and deployments that a hotel allows."""

from typing import cast

from innkeeper.schemas.actions import ActionName, RunFlowArguments
from innkeeper.schemas.errors import NotConfigured, PermanentError, ServiceUnavailable
from innkeeper.tasks.execution.job import Done, Job, as_json


async def run_named(job: Job) -> Done:
    """
    Run the flow that stands for an action.

    Raises:
        NotConfigured: This process was not given one.
    """
    runner = job.services.runners.get(job.stored.action)
    if runner is None:
        raise NotConfigured(f"{job.stored.action} cannot be done by this process; run the task as a flow")
    return Done(as_json(await runner(job.arguments.model_dump(mode="json"))))


async def run_flow(job: Job) -> Done:
    """
    Start a deployment, once for the step, and do not wait for its end.

    Raises:
        NotConfigured: There is no such deployment.
        ServiceUnavailable: The Prefect server does not answer.
    """
    import httpx
    from prefect.deployments import arun_deployment
    from prefect.exceptions import ObjectNotFound

    asked = cast(RunFlowArguments, job.arguments)
    try:
        run = await arun_deployment(
            asked.deployment,
            parameters=asked.parameters,
            timeout=0,
            idempotency_key=job.stored.key,
            as_subflow=False,
            tags=["task"],
        )
    except ObjectNotFound:
        raise NotConfigured(f"there is no deployment {asked.deployment!r} on the Prefect server") from None
    except httpx.HTTPError as error:
        raise ServiceUnavailable(f"the Prefect server does not answer ({type(error).__name__})") from None
    except ValueError as error:
        raise PermanentError(f"the deployment {asked.deployment!r} was not started: {error}") from None
    return Done({"run_id": str(run.id)})


FLOWS = {
    ActionName.INDEX_KNOWLEDGE_BASE: run_named,
    ActionName.ANALYZE_LOGS: run_named,
    ActionName.RUN_FLOW: run_flow,
}
