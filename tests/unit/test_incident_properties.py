"""Incidents under any order of findings, silences, persons and quiet: what always holds."""

import datetime as dt
from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from tests.unit.incident_cases import Hotel, finding

from innkeeper.engine.incidents.lifecycle import acknowledge, resolve
from innkeeper.engine.incidents.policy import rank
from innkeeper.engine.incidents.services import load_services
from innkeeper.schemas.incidents import Incident, IncidentStatus, Silence

SERVICES = ("cv", "database", "pms", "tv")
FINDINGS = st.builds(
    finding,
    kind=st.sampled_from(["error_spike", "silence", "slow_drift", "burst_correlation", "new_error_template"]),
    service=st.sampled_from(SERVICES),
    template_id=st.sampled_from([None, "t1", "t2"]),
    severity=st.sampled_from(["low", "medium", "high", "critical"]),
    trace_ids=st.lists(st.sampled_from(["a", "b", "c"]), max_size=3).map(tuple),
    components=st.lists(st.sampled_from(SERVICES), max_size=2).map(tuple),
)
AFTER = {  # what may be told after what, of one incident
    "": {"opened"},
    "opened": {"escalated", "resolved", "acknowledged"},
    "escalated": {"escalated", "resolved", "acknowledged"},
    "acknowledged": {"escalated", "resolved"},
    "resolved": {"reopened"},
    "reopened": {"escalated", "resolved", "acknowledged"},
}


class IncidentLife(RuleBasedStateMachine):
    """One hotel, any sweeps."""

    def __init__(self) -> None:
        super().__init__()
        self.hotel = Hotel()
        self.silences: list[Silence] = []
        self.related = load_services().related()

    @rule(found=st.lists(FINDINGS, max_size=5))
    def sweep(self, found: list[object]) -> None:
        before = {each.id: each for each in self.hotel.incidents if each.id}
        done = self.hotel.sweep(*found, silences=self.silences, related=self.related)  # type: ignore[arg-type]  # findings
        assert len({each.fingerprint for each, _ in done.told}) == len(done.told)
        for incident, event in done.told:
            was = before.get(incident.id) if incident.id else None
            assert was is None or self._has_moved(was, incident), event
        for incident in done.changed:
            was = before.get(incident.id) if incident.id else None
            if was is not None and IncidentStatus.RESOLVED not in (was.status, incident.status):
                assert rank(incident.severity) >= rank(was.severity)

    @rule(service=st.sampled_from((*SERVICES, None)), minutes=st.integers(5, 60))
    def silence(self, service: str | None, minutes: int) -> None:
        now = self.hotel.now
        ends = now + dt.timedelta(minutes=minutes)
        self.silences.append(
            Silence(id="S", service=service, starts_at=now, ends_at=ends, reason="work", created_by="an")
        )

    @precondition(lambda self: self.hotel.by_status(IncidentStatus.OPEN))
    @rule(data=st.data())
    def somebody_acknowledges(self, data: st.DataObject) -> None:
        incident = data.draw(st.sampled_from(self.hotel.by_status(IncidentStatus.OPEN)))
        self.hotel.replace(acknowledge(incident, "an", self.hotel.now))
        self.hotel.told.append((incident.id or "", "acknowledged"))

    @precondition(lambda self: self.hotel.by_status(IncidentStatus.OPEN))
    @rule(data=st.data())
    def somebody_resolves(self, data: st.DataObject) -> None:
        incident = data.draw(st.sampled_from(self.hotel.by_status(IncidentStatus.OPEN)))
        self.hotel.replace(resolve(incident, "an", self.hotel.now))
        self.hotel.told.append((incident.id or "", "resolved"))

    @rule()
    def it_becomes_quiet(self) -> None:
        for _ in range(6):
            self.hotel.sweep(silences=self.silences, related=self.related)
        assert {each.status for each in self.hotel.incidents} <= {IncidentStatus.RESOLVED}

    @invariant()
    def no_two_live_incidents_have_one_fingerprint_or_one_service(self) -> None:
        live = [each for each in self.hotel.incidents if each.status is not IncidentStatus.RESOLVED]
        assert len({each.fingerprint for each in live}) == len(live)
        assert len({each.service for each in live}) == len(live)
        assert max(Counter(each.id for each in self.hotel.incidents if each.id).values(), default=1) == 1

    @invariant()
    def alerts_follow_each_other_as_they_may(self) -> None:
        last: dict[str, str] = {}
        for name, event in self.hotel.told:
            assert event in AFTER[last.get(name, "")], (name, self.hotel.told)
            last[name] = event

    @invariant()
    def every_incident_makes_sense(self) -> None:
        for each in self.hotel.incidents:
            assert Incident.model_validate(each.model_dump()) == each
            assert (each.id is None) == (each.status is IncidentStatus.PENDING)
            assert (each.resolved_at is None) == (each.status is not IncidentStatus.RESOLVED)
            assert (each.resolved_by is None) == (each.resolved_at is None)
            assert (each.acknowledged_by is None) == (each.acknowledged_at is None)
            assert each.started_at <= each.last_seen_at <= self.hotel.now
            if each.status in (IncidentStatus.OPEN, IncidentStatus.ACKNOWLEDGED):
                assert each.opened_at is not None
            if each.status is IncidentStatus.ACKNOWLEDGED:
                assert each.acknowledged_at is not None
            if each.status is not IncidentStatus.OPEN:
                assert each.next_escalation_at is None

    @staticmethod
    def _has_moved(was: Incident, now: Incident) -> bool:
        return (was.status, was.severity, was.escalation_level) != (now.status, now.severity, now.escalation_level)


TestIncidentLife = IncidentLife.TestCase
TestIncidentLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
