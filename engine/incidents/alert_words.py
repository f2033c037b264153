"""Alerts in words: one line for a pager, a text with the numbers for a chat or an e-mail, values for a machine."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, NamedTuple

from innkeeper.engine.incidents.hostile import one_line, service_name
from innkeeper.engine.incidents.services import ServiceMap
from innkeeper.engine.incidents.titles import say, severity_words
from innkeeper.engine.incidents.transitions import QUIET
from innkeeper.engine.incidents.wording import (
    describe,
    incident_title,
    leading_finding,
    possible_causes,
    template_words,
)
from innkeeper.engine.locale.formats import Language, sentence
from innkeeper.engine.locale.plural import counted
from innkeeper.schemas.incidents import Action, AlertEvent, Incident

MAX_SUMMARY = 1_024
MAX_TEXT = 3_000
_MAX_FINDINGS = 5
_TITLE = 400


class AlertWords(NamedTuple):
    """`summary`, `text` and `details` of an `Alert`."""

    summary: str
    text: str
    details: dict[str, Any]


def alert_words(
    incident: Incident,
    event: AlertEvent,
    language: Language = "en",
    *,
    services: ServiceMap | None = None,
    zone: dt.tzinfo = dt.UTC,
) -> AlertWords:
    """
    An alert about an incident.

    Args:
        incident: As it is after the event; with its actions, culprits and impact, where there are any.
        event: What happened.
        language: Of the words.
        services: For the services' names.
        zone: Of the times; the hotel's.
    """
    return AlertWords(
        alert_summary(incident, event, language, services),
        alert_text(incident, event, language, services=services, zone=zone),
        alert_details(incident),
    )


def alert_summary(
    incident: Incident, event: AlertEvent, language: Language = "en", services: ServiceMap | None = None
) -> str:
    """One line of at most 1,024 characters."""
    title = one_line(incident_title(incident, language, services), _TITLE)
    severity = severity_words(incident.severity, language).lower()
    said = say("alert_summary", language, event=_event(event, language), title=title, severity=severity)
    return one_line(said, MAX_SUMMARY)


def alert_text(
    incident: Incident,
    event: AlertEvent,
    language: Language = "en",
    *,
    services: ServiceMap | None = None,
    zone: dt.tzinfo = dt.UTC,
) -> str:
    """Plain text of at most 3,000 characters: whole lines, the most important first."""
    lines, room = list[str](), MAX_TEXT
    for line in _lines(incident, event, language, services, zone):
        room -= len(line) + 1
        if room < 0:
            break
        lines.append(line)
    return "\n".join(lines).strip()


def alert_details(incident: Incident) -> dict[str, Any]:
    """Plain values: of the leading finding what it rests on, and what belongs to the incident."""
    first = leading_finding(incident)
    named = ("unit", "observed", "expected", "ratio", "p_value", "score", "sample_size", "baseline", "template_id")
    numbers = first.model_dump(mode="json", include=set(named)) if first else {}
    return {
        **numbers,
        "template": one_line(first.template, 500) if first and first.template else None,
        "started_at": incident.started_at.isoformat(),
        "components": list(incident.affected_components),
        "occurrences": incident.occurrences,
        "escalation_level": incident.escalation_level,
        "culprits": [service_name(each.service) for each in incident.culprits],
        "runbooks": [each.runbook_id for each in incident.actions],
    }


def _lines(
    incident: Incident, event: AlertEvent, language: Language, services: ServiceMap | None, zone: dt.tzinfo
) -> Iterator[str]:
    yield sentence(incident_title(incident, language, services))
    yield from _happened(incident, event, language)
    if event in (AlertEvent.RESOLVED, AlertEvent.ACKNOWLEDGED):
        return
    yield _heading("numbers", language)
    for finding in incident.findings[:_MAX_FINDINGS]:
        where = "" if finding.service == incident.service else f"{service_name(finding.service)}: "
        yield f"- {where}{sentence(describe(finding, language, zone))} {template_words(finding, language)}".rstrip()
    if incident.impact is not None:
        impact = incident.impact
        yield f"{_heading('impact', language)} {sentence(impact.affected_users)} {sentence(impact.business_impact)}"
    yield _heading("causes", language)
    yield from (f"- {each}" for each in possible_causes(incident, language))
    if incident.culprits:
        names = ", ".join(f"{service_name(each.service)} ({each.share:.0%})" for each in incident.culprits[:3])
        yield f"{_heading('culprits', language)} {names}"
    if incident.actions:
        yield _heading("actions", language)
        yield from (f"- {action_words(each, language)}" for each in incident.actions)
    if incident.affected_components:
        yield f"{_heading('components', language)} {', '.join(incident.affected_components[:10])}"


def action_words(action: Action, language: Language) -> str:
    """What to do, how soon, whether somebody has to agree, and the runbook's command."""
    notes = [say(f"priority_{action.priority}", language)]
    notes += [say("needs_approval", language)] if action.requires_approval else []
    command = f": {action.command}" if action.command else ""
    return f"{action.action} ({', '.join(notes)}; {action.runbook_id}){command}"


def _happened(incident: Incident, event: AlertEvent, language: Language) -> Iterator[str]:
    if event is AlertEvent.ESCALATED and incident.escalation_level:
        yield sentence(say("alert_level", language, level=str(incident.escalation_level)))
    elif event is AlertEvent.REOPENED:
        times = counted(incident.reopened, say("time", language), say("times", language), language=language)
        yield sentence(say("alert_reopened", language, times=times))
    elif event is AlertEvent.ACKNOWLEDGED:
        yield sentence(say("alert_acknowledged", language, name=one_line(incident.acknowledged_by or "?", 80)))
    elif event is AlertEvent.RESOLVED:
        yield sentence(say("alert_resolved", language, by=resolver(incident, language)))


def resolver(incident: Incident, language: Language) -> str:
    """Who resolved it, in words."""
    if incident.resolved_by == QUIET:
        return say("by_quiet", language)
    return say("by_person", language, name=one_line(incident.resolved_by or "?", 80))


def _heading(name: str, language: Language) -> str:
    return f"{say(f'alert_{name}', language)}:"


def _event(event: AlertEvent, language: Language) -> str:
    return say(f"event_{event}", language)
