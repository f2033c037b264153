"""Who pays for a model call."""

from prefect.context import FlowRunContext

from innkeeper.schemas.models import Spender


def current_spender(flow: str, principal: str = "local") -> Spender:
    """
    The spender of this flow run, or of this call outside a run.

    Args:
        flow: Name of the flow or of the HTTP endpoint.
        principal: Name of the API key that asked.
    """
    context = FlowRunContext.get()
    run = str(context.flow_run.id) if context and context.flow_run else None
    return Spender(principal=principal, flow=flow, flow_run_id=run)
