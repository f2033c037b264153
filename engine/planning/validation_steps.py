"""Whether each step of a plan makes sense: arguments, conditions, and what it takes from the steps before it."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from innkeeper.engine.planning.actions import ACTIONS, SENDS, WRITES, message_kind
from innkeeper.engine.planning.facts import comparison_problem
from innkeeper.engine.planning.references import filled, is_deep, references
from innkeeper.schemas.actions import ActionName
from innkeeper.schemas.plans import Plan, PlanStep
from innkeeper.schemas.taxonomy import Taxonomy

MAX_ARGUMENT_CHARS = 20_000
OTHER_DEPARTMENTS = frozenset({"management", "security", "it"})  # besides the taxonomy's
_LINKS = {"draft": WRITES, "work_order": frozenset({ActionName.CREATE_WORK_ORDER})}
GUEST_KEYS = ("booking_id", "room_number", "guest_name")


def plain_step(step: PlanStep) -> PlanStep:
    """The step with room numbers as text, and with every step that it needs among its `depends_on`."""
    arguments = dict(step.arguments)
    room = arguments.get("room_number")
    if isinstance(room, int) and not isinstance(room, bool):
        arguments["room_number"] = str(room)[:20]
    needed = {*step.depends_on, *(each.step for each in step.when), *_named_steps(step)}
    return step.model_copy(update={"arguments": arguments, "depends_on": tuple(sorted(needed))})


def _named_steps(step: PlanStep) -> Iterator[int]:
    """Steps before this one that its arguments name."""
    linked = [step.arguments.get(name) for name in _LINKS]
    numbers = [each for each in linked if isinstance(each, int) and not isinstance(each, bool)]
    with contextlib.suppress(ValueError):  # `step_problems` tells it
        numbers += [each.from_step for each in references(step.arguments)]
    yield from (number for number in numbers if 1 <= number < step.step)


def step_problems(plan: Plan, step: PlanStep, taxonomy: Taxonomy | None) -> Iterator[str]:
    """What is wrong with one step, in words for whoever made the plan."""
    found = list(_reference_problems(plan, step)) or list(_argument_problems(plan, step))
    found = found or list(_meaning_problems(step, taxonomy))
    for problem in (*found, *_condition_problems(plan, step)):
        yield f"step {step.step} ({step.action}): {problem}"


def shape_problems(step: PlanStep) -> Iterator[str]:
    """Why the arguments are not even looked at: they are no JSON, too deep or too long."""
    name = f"step {step.step} ({step.action})"
    if is_deep(step.arguments):
        yield f"{name}: its arguments are nested too deeply"
        return
    try:
        length = len(json.dumps(step.arguments))
    except (TypeError, ValueError):
        yield f"{name}: its arguments are no JSON"
        return
    if length > MAX_ARGUMENT_CHARS:
        yield f"{name}: its arguments are longer than {MAX_ARGUMENT_CHARS} characters"


def _reference_problems(plan: Plan, step: PlanStep) -> Iterator[str]:
    try:
        found = list(references(step.arguments))
    except ValueError as error:
        yield str(error)
        return
    for each in found:
        if each.from_step >= step.step:
            yield f"it takes {each.fact!r} from step {each.from_step}, which is not before it"
        elif each.fact not in (given := ACTIONS[plan.steps[each.from_step - 1].action].facts):
            yield f"step {each.from_step} does not give {each.fact!r}, but {', '.join(given)}"


def _argument_problems(plan: Plan, step: PlanStep) -> Iterator[str]:
    """The arguments against their class, with a sample of each fact that is not known yet."""
    samples = {
        earlier.step: {name: fact.sample for name, fact in ACTIONS[earlier.action].facts.items()}
        for earlier in plan.steps[: step.step - 1]
    }
    try:
        ACTIONS[step.action].arguments.model_validate(filled(step.arguments, samples))
    except ValidationError as error:
        for entry in error.errors()[:5]:
            yield f"{'.'.join(map(str, entry['loc'])) or 'arguments'}: {entry['msg']}"
    for name, makers in _LINKS.items():
        yield from _link_problems(plan, step, name, makers)


def _link_problems(plan: Plan, step: PlanStep, name: str, makers: frozenset[ActionName]) -> Iterator[str]:
    number = step.arguments.get(name)
    if name not in ACTIONS[step.action].arguments.model_fields or number is None:
        return
    is_step = isinstance(number, int) and not isinstance(number, bool) and 1 <= number < step.step
    if not is_step or plan.steps[number - 1].action not in makers:
        yield f"{name}: {number!r} is not an earlier step that does one of {', '.join(sorted(makers))}"


def _meaning_problems(step: PlanStep, taxonomy: Taxonomy | None) -> Iterator[str]:
    given = step.arguments
    match step.action:
        case ActionName.ASSIGN_STAFF if not (given.get("work_order") or given.get("work_order_id")):
            yield "give work_order, a step that makes one, or work_order_id"
        case ActionName.GENERATE_APOLOGY | ActionName.GENERATE_CHECKIN_INSTRUCTIONS:
            fixed = message_kind(step.action, {})
            if given.get("kind", fixed) != fixed:
                yield f"kind: is always {fixed}"
        case ActionName.CREATE_WORK_ORDER if taxonomy is not None:
            yield from _category_problems(given.get("category"), given.get("subcategory"), taxonomy)
        case ActionName.NOTIFY_DEPARTMENT if taxonomy is not None:
            known = {*taxonomy.categories, *taxonomy.teams, *OTHER_DEPARTMENTS}
            if isinstance(given.get("department"), str) and given["department"] not in known:
                yield f"department: there is no {given['department']!r}, but {', '.join(sorted(known))}"
        case _:
            return


def _category_problems(category: Any, subcategory: Any, taxonomy: Taxonomy) -> Iterator[str]:
    if not isinstance(category, str) or not isinstance(subcategory, str):
        yield "category and subcategory are names of the taxonomy"
    elif category not in taxonomy.categories:
        yield f"category: there is no {category!r}, but {', '.join(taxonomy.categories)}"
    elif subcategory not in (known := taxonomy.categories[category].subcategories):
        yield f"subcategory: {category} has no {subcategory!r}, but {', '.join(known)}"


def _condition_problems(plan: Plan, step: PlanStep) -> Iterator[str]:
    for each in step.when:
        earlier = plan.steps[each.step - 1]
        fact = ACTIONS[earlier.action].facts.get(each.fact)
        if fact is None:
            yield f"its condition looks at {each.fact!r}, which step {each.step} ({earlier.action}) does not give"
        elif problem := comparison_problem(fact, each.operator, each.value):
            yield f"its condition on {each.fact!r}: {problem}"


def repeated(plan: Plan) -> Iterator[str]:
    """Steps that would do the same thing a second time."""
    seen: dict[str, int] = {}
    for step in plan.steps:
        if not ACTIONS[step.action].has_side_effect:
            continue
        # One draft is sent once, whatever the conditions are.
        what = [step.arguments.get("draft")] if step.arguments.get("draft") and step.action in SENDS else None
        when = [each.model_dump(mode="json") for each in step.when]
        key = json.dumps([step.action, what or [step.arguments, when]], sort_keys=True)
        if key in seen:
            yield f"steps {seen[key]} and {step.step} ({step.action}) do the same"
        seen.setdefault(key, step.step)


def guest_of(plan: Plan, step: PlanStep) -> Any:
    """Whom a step writes to or about, as something that can be compared; none when it does not say."""
    draft = step.arguments.get("draft")
    about = plan.steps[draft - 1] if isinstance(draft, int) and 0 < draft < step.step else step
    for place in (about, step):
        for key in GUEST_KEYS:
            if place.arguments.get(key):
                return f"{key}:{json.dumps(place.arguments[key], sort_keys=True)}"
    variables = about.arguments.get("variables")
    named = variables.get("guest_name") if isinstance(variables, dict) else None
    return named or step.arguments.get("recipient")
