"""What a model may know of an incident: statistics and masked templates, never a line, a person or a key."""

import datetime as dt
from typing import Any

from innkeeper.engine.incidents.figures import clock, zone_name
from innkeeper.engine.incidents.hostile import one_line, service_name
from innkeeper.engine.incidents.wording import (
    baseline_words,
    describe,
    possible_causes,
    quantity,
    statistics,
)
from innkeeper.engine.locale.formats import Language
from innkeeper.schemas.incidents import Incident
from innkeeper.schemas.logs import Finding

_MAX_FINDINGS = 8
_TEMPLATE = 200


def statistics_of(incident: Incident, language: Language, zone: dt.tzinfo = dt.UTC) -> dict[str, Any]:
    """
    Plain values for a prompt, with numbers as they are to be written in `language`.

    Trace ids, message fields and lines are not in it; templates are masked, components are names of things.
    """
    return {
        "service": service_name(incident.service),
        "severity": incident.severity.value,
        "started": clock(incident.started_at, zone),
        "last_seen": clock(incident.last_seen_at, zone),
        "zone": zone_name(incident.started_at.astimezone(zone)),
        "found_in_sweeps": incident.occurrences,
        "components": list(incident.affected_components[:10]),
        "findings": [_finding(each, language, zone) for each in incident.findings[:_MAX_FINDINGS]],
        "causes_shown_by_the_lines": list(possible_causes(incident, language)),
        "likely_started_by": [service_name(each.service) for each in incident.culprits[:3]],
    }


def _finding(finding: Finding, language: Language, zone: dt.tzinfo) -> dict[str, Any]:
    return {
        "kind": finding.kind.value,
        "service": service_name(finding.service),
        "description": describe(finding, language, zone),
        "observed": quantity(finding.observed, finding.unit, language),
        "expected": None if finding.expected is None else quantity(finding.expected, finding.unit, language),
        "numbers": statistics(finding, language),
        "baseline": baseline_words(finding, language),
        "lines_read": one_line(finding.template, _TEMPLATE) if finding.template else None,
    }
