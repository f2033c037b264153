"""What judged windows mean for the incidents of a hotel."""

import datetime as dt
from typing import Any

from tests.unit.incident_cases import START, SWEEP, finding

from innkeeper.blocks.settings import Settings
from innkeeper.engine.logs.analysis import Judged
from innkeeper.schemas.incidents import AlertEvent, IncidentStatus
from innkeeper.schemas.logs import Culprit, Severity
from innkeeper.tasks.logs.concluding import Suspected, conclude
from innkeeper.tasks.logs.rules import IncidentRules

RULES = IncidentRules.of(Settings.model_validate({}))
CULPRIT = Culprit(service="cv", share=1.0, reasons=("new_templates=1",))


def window(place: int, *, culprits: tuple[Culprit, ...] = (CULPRIT,), **changes: Any) -> Suspected:
    start = START + place * SWEEP
    found = (finding(start, **changes),) if changes else ()
    judged = Judged(start.timestamp(), (start + SWEEP).timestamp(), found, frozenset({"cv"}), 3)
    return Suspected(judged, culprits)


def test_an_incident_that_opens_and_gets_worse_before_anybody_was_told_is_told_once() -> None:
    concluded = conclude(
        [], [window(0, severity="high"), window(1, severity="high"), window(2, severity="critical")], RULES
    )
    assert [each.event for each in concluded.told] == [AlertEvent.OPENED]
    (incident,) = concluded.changed.values()
    assert (incident.status, incident.severity) == (IncidentStatus.OPEN, Severity.CRITICAL)


def test_an_incident_that_was_told_before_is_told_again_when_it_gets_worse() -> None:
    first = conclude([], [window(0, severity="high"), window(1, severity="high")], RULES)
    known = [each.model_copy(update={"id": "INC-2026-001"}) for each in first.incidents]
    later = conclude(known, [window(2, severity="critical")], RULES)
    assert [each.event for each in later.told] == [AlertEvent.ESCALATED]


def test_an_open_incident_says_who_started_it_what_it_means_and_what_to_do() -> None:
    concluded = conclude([], [window(0, severity="high"), window(1, severity="high")], RULES)
    (incident,) = concluded.incidents
    assert incident.culprits == (CULPRIT,)
    assert incident.impact is not None
    assert incident.actions


def test_a_pending_incident_that_came_to_nothing_is_to_be_forgotten() -> None:
    once = conclude([], [window(0, severity="medium", p_value=0.04)], RULES)
    (pending,) = once.incidents
    assert pending.status is IncidentStatus.PENDING
    after = conclude(once.incidents, [window(place) for place in range(1, 6)], RULES)
    assert after.incidents == []
    (gone,) = after.changed.values()
    assert (gone.status, gone.opened_at, gone.id) == (IncidentStatus.RESOLVED, None, None)


def test_the_alert_has_the_hotels_language_and_the_incidents_number() -> None:
    rules = IncidentRules.of(Settings.model_validate({}), language="vi")
    concluded = conclude([], [window(0, severity="high"), window(1, severity="high")], rules)
    incident = concluded.told[-1].incident.model_copy(update={"id": "INC-2026-007"})
    alert = rules.composed(incident, AlertEvent.OPENED, "ALERT-009")
    assert (alert.deduplication_key, alert.incident_id) == ("INC-2026-007", "INC-2026-007")
    assert "camera" in alert.text.lower()
    assert alert.occurred_at == incident.last_seen_at
    assert alert.occurred_at.tzinfo is not None
    assert alert.occurred_at - START < dt.timedelta(minutes=15)
