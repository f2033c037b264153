"""The one check that every plan passes before anything is done, whoever made it: the engine or a model."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from innkeeper.engine.compensation import CompensationRules
from innkeeper.engine.planning.actions import WRITES
from innkeeper.engine.planning.rule_facts import RuleFacts
from innkeeper.engine.planning.rule_files import load_rules
from innkeeper.engine.planning.rule_steps import Circumstances, facts_of_step, kind_of_step
from innkeeper.engine.planning.rules import Outcome, Rule
from innkeeper.engine.planning.validation_rights import (
    StepApproval,
    approvals_of,
    question_of,
    refusal_of,
)
from innkeeper.engine.planning.validation_steps import (
    GUEST_KEYS,
    guest_of,
    plain_step,
    repeated,
    shape_problems,
    step_problems,
)
from innkeeper.schemas.access import Principal
from innkeeper.schemas.plans import Instruction, Plan, PlanStep, Refusal
from innkeeper.schemas.taxonomy import Taxonomy

__all__ = ["CheckedPlan", "StepApproval", "check_plan"]

RULE = "business_rule"  # code of a refusal


@dataclass(frozen=True)
class CheckedPlan:
    """
    A plan after the check.

    Attributes:
        plan: With a refusal or a question in place of its steps where there is one; every step names all that it needs.
        approvals: Steps that a person has to confirm, and why.
        problems: Why it makes no sense, for whoever made it; such a plan is not carried out.
    """

    plan: Plan
    approvals: tuple[StepApproval, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def may_run(self) -> bool:
        """Whether its steps may be carried out, once what has to be confirmed is."""
        return bool(self.plan.steps) and not self.problems


def check_plan(
    plan: Plan,
    *,
    principal: Principal,
    instruction: Instruction,
    allowed_flows: Collection[str] = (),
    rooms: Collection[str] | None = None,
    taxonomy: Taxonomy | None = None,
    limits: CompensationRules | None = None,
    rules: Sequence[Rule] | None = None,
) -> CheckedPlan:
    """
    Check a plan against the registry, the principal's rights and what the hotel has.

    Args:
        plan: From either planner; its contents are not trusted.
        principal: Who asks.
        instruction: Addresses in it, and ids in its context, are known.
        allowed_flows: Deployments that `run_flow` may start, as "flow/deployment".
        rooms, taxonomy: Of the hotel; without them, rooms, or work orders and departments, are not checked.
        limits: What roles may offer guests; the packaged ones when absent.
        rules: Those that the plan alone breaks are looked at, the others wait for facts; the packaged when absent.
    """
    if plan.refusal or plan.clarification:
        return CheckedPlan(plan.model_copy(update={"steps": ()}))
    if problems := _unreadable(plan):
        return CheckedPlan(plan, problems=problems)
    plan = _with_context(plan, instruction)
    if refusal := refusal_of(plan, principal, allowed_flows):
        return CheckedPlan(plan.model_copy(update={"steps": (), "refusal": refusal}))
    if problems := _senseless(plan, taxonomy):
        return CheckedPlan(plan, problems=problems)
    if question := question_of(plan, principal, rooms):
        return CheckedPlan(plan.model_copy(update={"steps": (), "clarification": question}))
    under = Circumstances(principal.role, instruction, ZoneInfo("UTC"), limits=limits)
    asked = approvals_of(plan, principal, instruction, limits)
    return _by_rules(plan, asked, load_rules() if rules is None else rules, under)


def _unreadable(plan: Plan) -> tuple[str, ...]:
    if not plan.steps:
        return ("the plan has no step, no question and no refusal",)
    return tuple(problem for step in plan.steps for problem in shape_problems(step))


def _senseless(plan: Plan, taxonomy: Taxonomy | None) -> tuple[str, ...]:
    found = [problem for step in plan.steps for problem in step_problems(plan, step, taxonomy)]
    return tuple(found or repeated(plan))


def _by_rules(plan: Plan, asked: Iterable[StepApproval], rules: Sequence[Rule], under: Circumstances) -> CheckedPlan:
    """The plan with what the rules make of it: a refusal, or more steps that a person has to confirm."""
    approvals = list(asked)
    waiting = {each.step for each in approvals}
    for step, rule, facts in broken_rules(plan, rules, under):
        reason = rule.reason.filled(plan.language, facts)
        if rule.otherwise is Outcome.REFUSE:
            return CheckedPlan(plan.model_copy(update={"steps": (), "refusal": Refusal(code=RULE, reason=reason)}))
        if rule.otherwise is Outcome.APPROVE and step.step not in waiting:
            approvals.append(StepApproval(step.step, reason))
    return CheckedPlan(plan, approvals=tuple(sorted(approvals, key=lambda each: each.step)))


def broken_rules(plan: Plan, rules: Sequence[Rule], under: Circumstances) -> Iterator[tuple[PlanStep, Rule, RuleFacts]]:
    """Rules that a plan breaks whatever the facts of the hotel are, and the facts by which it does."""
    for step in plan.steps:
        facts = facts_of_step(plan, step, under)
        kind = kind_of_step(plan, step)
        for rule in rules:
            if rule.applies_to(step.action, kind, under.role) and rule.is_broken(facts):
                yield step, rule, facts


def _with_context(plan: Plan, instruction: Instruction) -> Plan:
    """The plan with each step's needs, and with the guest of the context where one writes to nobody in particular."""
    plan = plan.model_copy(update={"steps": tuple(map(plain_step, plan.steps))})
    known = {key: instruction.context.get(key) for key in GUEST_KEYS}
    key = next((key for key, value in known.items() if isinstance(value, str) and value.strip()), None)
    if key is None:
        return plan

    def completed(step: PlanStep) -> PlanStep:
        if step.action not in WRITES or guest_of(plan, step) is not None:
            return step
        return step.model_copy(update={"arguments": {**step.arguments, key: known[key]}})

    return plan.model_copy(update={"steps": tuple(map(completed, plan.steps))})
