"""What a person could do about an incident: chosen from the reviewed catalogue by rule, or by a model by id only."""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from innkeeper.engine.incidents.causes import causes_of
from innkeeper.engine.incidents.hostile import is_component, service_name
from innkeeper.engine.incidents.runbooks import ARGUMENT, SAFE_VALUE, Argument, Condition, Runbook, Runbooks
from innkeeper.engine.incidents.services import ServiceMap
from innkeeper.engine.locale.formats import Language
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.incidents import Action, Incident
from innkeeper.schemas.logs import FindingKind

MAX_ACTIONS = 5
_PRIORITIES = ("immediate", "high", "medium", "low")


class _Case(NamedTuple):
    """What the rules look at."""

    key: str | None  # of the service in the map
    tags: frozenset[str]
    kinds: frozenset[FindingKind]
    causes: frozenset[str]


def choose_actions(
    incident: Incident, services: ServiceMap, runbooks: Runbooks, language: Language = "en"
) -> tuple[Action, ...]:
    """
    The runbooks that fit an incident, at most 5: the most urgent first, of equals those that fit most exactly.

    Arguments come from the service map; a component out of a log line is used only where the map knows its pattern.
    """
    case = _case_of(incident, services)
    fitting = []
    for place, runbook in enumerate(runbooks.runbooks):
        weights = [each.weight for each in runbook.when if _holds(each, case)]
        if weights:
            fitting.append((_PRIORITIES.index(runbook.priority), -max(weights), place, runbook))
    actions, seen = list[Action](), set[str]()
    for _, _, _, runbook in sorted(fitting, key=lambda each: each[:3]):
        action = _action(runbook, _known_arguments(runbook, incident, services), incident, services, language)
        if action is not None and action.action not in seen and len(actions) < MAX_ACTIONS:
            seen.add(action.action)
            actions.append(action)
    return tuple(actions)


def validated_choice(
    ids: Sequence[str],
    arguments: Mapping[str, Mapping[str, str]],
    incident: Incident,
    services: ServiceMap,
    runbooks: Runbooks,
    language: Language = "en",
) -> tuple[Action, ...]:
    """
    The actions that a model has chosen, at most 5, each once.

    Args:
        ids: Of runbooks.
        arguments: By runbook id; what is not given is filled in as `choose_actions` does.
        incident: What they are for: a service has to be its own, or one that that needs; a component one of its own.
        services: The service map.
        runbooks: The catalogue.
        language: Of the words.

    Raises:
        InputInvalid: An id or an argument is not allowed; `problems` names each.
    """
    problems = [f"there is no runbook {each[:60]!r}" for each in ids if each not in runbooks.by_id]
    chosen = [runbooks.by_id[each] for each in dict.fromkeys(ids) if each in runbooks.by_id]
    given = {each.id: dict(arguments.get(each.id, {})) for each in chosen}
    problems += [f"arguments for {each[:60]!r}, which was not chosen" for each in arguments if each not in given]
    for runbook in chosen:
        problems += checked_arguments(runbook, given[runbook.id], incident, services)
    if problems:
        raise InputInvalid(f"The chosen runbooks cannot be used: {'; '.join(problems)}", problems=problems)
    actions = []
    for runbook in chosen[:MAX_ACTIONS]:
        values = _known_arguments(runbook, incident, services) | given[runbook.id]
        action = _action(runbook, values, incident, services, language)
        actions += [action] if action is not None else []
    return tuple(actions)


def checked_arguments(
    runbook: Runbook, values: Mapping[str, str], incident: Incident, services: ServiceMap
) -> list[str]:
    """Why these arguments cannot be used; empty when they can."""
    problems = []
    for name, value in values.items():
        argument = runbook.arguments.get(name)
        if argument is None:
            problems.append(f"{runbook.id}: it takes no argument {name[:40]!r}")
        elif not SAFE_VALUE.fullmatch(value) or value not in _allowed(argument, incident, services):
            problems.append(f"{runbook.id}: {name} cannot be {value[:60]!r}")
    return problems


def _case_of(incident: Incident, services: ServiceMap) -> _Case:
    service = services.find(incident.service)
    return _Case(
        services.key(incident.service),
        frozenset(service.tags if service else ()),
        frozenset((incident.kind, *(each.kind for each in incident.findings))),
        frozenset(each.id for each in causes_of(incident.findings)),
    )


def _holds(condition: Condition, case: _Case) -> bool:
    return (
        (not condition.kinds or bool(case.kinds & set(condition.kinds)))
        and (not condition.tags or bool(case.tags & set(condition.tags)))
        and (not condition.causes or bool(case.causes & set(condition.causes)))
        and (not condition.services or case.key in condition.services)
    )


def _allowed(argument: Argument, incident: Incident, services: ServiceMap) -> Collection[str]:
    """All values that an argument may have here, the likeliest first."""
    if argument.type == "choice":
        return argument.choices
    key = services.key(incident.service)
    if argument.type == "service":
        return () if key is None else (key, *sorted(services.needs(key)))
    service = services.find(incident.service)
    named = [each for each in incident.affected_components if is_component(each) and SAFE_VALUE.fullmatch(each)]
    return () if service is None else [each for each in named if service.has_component(each)]


def _known_arguments(runbook: Runbook, incident: Incident, services: ServiceMap) -> dict[str, str]:
    known = {}
    for name, argument in runbook.arguments.items():
        if argument.type != "choice" and (allowed := tuple(_allowed(argument, incident, services))):
            known[name] = allowed[0]
    return known


def _action(
    runbook: Runbook, values: Mapping[str, str], incident: Incident, services: ServiceMap, language: Language
) -> Action | None:
    """None when its words need an argument that is not known."""
    called, commanded = dict(values), dict(values)
    for name, argument in runbook.arguments.items():
        if argument.type == "service":
            called[name] = services.called(values[name], language) if name in values else service_name(incident.service)
            deployment = services.services[values[name]].deployment if name in values else None
            commanded.pop(name, None)
            commanded |= {name: deployment} if deployment else {}
        elif argument.type == "component" and name in values:
            commanded[name] = values[name].replace("_", "-")  # hosts have no underscores
    words = runbook.words.in_language(language)
    if set(ARGUMENT.findall(words)) - set(called):
        return None
    return Action(
        runbook_id=runbook.id,
        action=ARGUMENT.sub(lambda match: called[match[1]], words),
        priority=runbook.priority,
        arguments=dict(values),
        command=runbook.rendered(commanded),
        requires_approval=runbook.requires_approval,
    )
