"""From an instruction to a checked plan: the engine's, or a model's where the chain of planning names one."""

import asyncio
import logging
from dataclasses import replace

from innkeeper.blocks.models.chains import ENGINE, chain_of
from innkeeper.engine.planning.actions import ACTIONS
from innkeeper.engine.planning.understanding import plan_instruction
from innkeeper.engine.planning.validation import CheckedPlan, check_plan
from innkeeper.schemas.access import Principal
from innkeeper.schemas.models import Capability
from innkeeper.schemas.plans import Instruction, Plan
from innkeeper.tasks.execution.services import ExecutionServices, moment_of

FLOW = "execute-task"
_logger = logging.getLogger(__name__)


async def plan_task(
    services: ExecutionServices, instruction: Instruction, principal: Principal
) -> tuple[Instruction, CheckedPlan]:
    """
    Plan an instruction; nothing is done and nothing is stored.

    A model's plan is checked as the engine's own, and the engine plans where no model gives a plan that passes.

    Returns:
        The instruction with the time at which it was asked, and the plan.

    Raises:
        NotConfigured: No hotel has been imported, or the chain names a model whose key, address or block is missing.
    """
    zone, words = await services.hotel()
    now = moment_of(instruction.today, instruction.now, zone)
    instruction = instruction.model_copy(update={"now": now})

    def checked(plan: Plan) -> CheckedPlan:
        return check_plan(
            plan,
            principal=principal,
            instruction=instruction,
            allowed_flows=services.settings.flows,
            rooms=words.room_numbers,
            taxonomy=services.router.taxonomy,
            limits=services.limits,
            rules=services.rules,
        )

    plan = await _of_model(services, instruction, principal, words.room_types)
    if plan is not None:
        found = checked(plan)
        if not found.problems:
            return instruction, found
        _logger.warning("A plan of %s was not used: %s", plan.planner, found.problems[0])
    own = await asyncio.to_thread(
        plan_instruction, instruction, words=words, role=principal.role, router=services.router, guest=principal.guest
    )
    return instruction, checked(own)


async def _of_model(
    services: ExecutionServices, instruction: Instruction, principal: Principal, room_types: tuple[str, ...]
) -> Plan | None:
    """The plan of the first model of the chain that gives one; none when the engine has to plan."""
    if services.gateway is None or chain_of(services.settings, Capability.PLANNING) == (ENGINE,):
        return None
    from innkeeper.prompts.planning import planning_prompt
    from innkeeper.tasks.chain import complete
    from innkeeper.tasks.spenders import current_spender

    allowed = {
        action.name.value: (action.arguments, action.facts)
        for action in ACTIONS.values()
        if principal.role in action.roles
    }
    categories = {name: tuple(each.subcategories) for name, each in services.router.taxonomy.categories.items()}
    completion = await complete(
        planning_prompt(
            instruction, role=principal.role, actions=allowed, room_types=room_types, categories=categories
        ),
        Plan,
        capability=Capability.PLANNING,
        gateway=services.gateway,
        spender=current_spender(FLOW, principal.name),
    )
    plan = completion.output
    return None if plan is None else plan.model_copy(update={"planner": completion.link})


def not_planned(checked: CheckedPlan, reason: str) -> CheckedPlan:
    """The plan with one more problem: it is stored and told, and not carried out."""
    return replace(checked, problems=(*checked.problems, reason))
