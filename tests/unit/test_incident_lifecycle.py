"""Incidents: what findings become, sweep after sweep."""

import datetime as dt
from typing import Any

import pytest
from tests.unit.incident_cases import START, SWEEP, Hotel, events, finding, opened

from innkeeper.engine.incidents.grouping import fingerprint_of
from innkeeper.engine.incidents.lifecycle import acknowledge, advance, resolve
from innkeeper.engine.incidents.policy import load_policy
from innkeeper.engine.incidents.services import load_services
from innkeeper.schemas.errors import Conflict
from innkeeper.schemas.incidents import IncidentStatus, Silence
from innkeeper.schemas.logs import Severity


def silence(**changes: object) -> Silence:
    values = {"id": "S1", "starts_at": START, "ends_at": START + dt.timedelta(hours=1), "reason": "update"}
    return Silence.model_validate({**values, "created_by": "an", **changes})


def test_a_finding_that_comes_back_opens_an_incident_in_its_second_sweep() -> None:
    hotel = Hotel()
    assert events(hotel.sweep(finding())) == []
    assert [each.status for each in hotel.incidents] == [IncidentStatus.PENDING]
    assert events(hotel.sweep(finding())) == ["opened"]
    (incident,) = hotel.incidents
    assert (incident.status, incident.id, incident.occurrences) == (IncidentStatus.OPEN, "INC-2026-001", 2)
    assert incident.title == "Error spike in cv"
    assert incident.next_escalation_at == hotel.now + dt.timedelta(minutes=30)


def test_two_of_three_sweeps_are_enough_and_one_of_three_is_forgotten() -> None:
    hotel = Hotel()
    hotel.sweep(finding())
    hotel.sweep()
    assert events(hotel.sweep(finding())) == ["opened"]
    other = Hotel()
    other.sweep(finding())
    other.sweep()
    done = other.sweep()
    assert [each.service for each in done.forgotten] == ["cv"]
    assert other.incidents == []
    assert events(other.sweep(finding())) == []


@pytest.mark.parametrize("changes", [{"severity": "critical"}, {"kind": "silence", "severity": "medium"}])
def test_what_cannot_wait_opens_at_once(changes: dict[str, Any]) -> None:
    assert events(Hotel().sweep(finding(**changes))) == ["opened"]


def test_a_spike_and_the_new_template_that_causes_it_are_one_incident() -> None:
    hotel = Hotel()
    hotel.sweep(finding(), finding(kind="new_error_template", template_id="t2"))
    hotel.sweep(finding(kind="error_ratio_change", template_id=None))
    hotel.sweep(*(finding(template_id=f"t{place}") for place in range(400)))
    assert hotel.told == [("INC-2026-001", "opened")]
    (incident,) = hotel.incidents
    assert len(incident.findings) == 20
    assert incident.occurrences == 3


def test_a_minor_finding_opens_nothing_and_keeps_nothing_open_but_is_told_with_others() -> None:
    hotel = Hotel()
    minor = finding(kind="level_shift", severity="low", template_id=None)
    assert [events(hotel.sweep(minor)) for _ in range(4)] == [[]] * 4
    assert hotel.incidents == []
    hotel.sweep(finding(), minor)
    hotel.sweep(finding())
    assert {each.kind for each in hotel.incidents[0].findings} == {"error_spike", "level_shift"}
    assert [event for _ in range(6) for event in events(hotel.sweep(minor))] == ["resolved"]


def test_when_no_lines_come_at_all_there_is_one_incident_for_all_services() -> None:
    hotel = Hotel()
    silent = finding(
        kind="silence", service="all", template_id=None, severity="critical", components=("cv", "pms", "tv")
    )
    hotel.sweep(finding(), finding(service="pms"))
    hotel.sweep(silent)
    hotel.sweep(finding(service="tv", kind="silence"))
    assert [event for _, event in hotel.told].count("opened") == 1
    assert Hotel().sweep(silent).changed[0].title == "No more lines from all services"


def test_the_fingerprint_stays_the_same_as_findings_join() -> None:
    hotel = Hotel()
    hotel.sweep(finding())
    hotel.sweep(finding(kind="silence", template_id=None, severity="critical"))
    (incident,) = hotel.incidents
    assert incident.fingerprint == fingerprint_of(finding())
    assert len(incident.fingerprint) == 32
    assert fingerprint_of(finding(kind="new_error_template")) == fingerprint_of(finding())
    assert fingerprint_of(finding(kind="silence")) != fingerprint_of(finding())


@pytest.mark.parametrize(
    "second",
    [
        finding(service="pms", trace_ids=("a", "b", "c")),  # two trace ids of the first one's
        finding(service="database", trace_ids=()),  # which cv depends on
        finding(service="tv", kind="burst_correlation", components=("tv", "cv")),
    ],
)
def test_services_with_one_cause_are_one_incident(second: object) -> None:
    first = finding(trace_ids=("a", "b"))
    hotel = Hotel()
    for _ in range(2):
        hotel.sweep(first, second, related=load_services().related())  # type: ignore[arg-type]  # a list of findings
    assert hotel.told == [("INC-2026-001", "opened")]


def test_services_that_have_nothing_to_do_with_each_other_are_two_incidents() -> None:
    hotel = Hotel()
    for _ in range(2):
        hotel.sweep(finding(), finding(service="tv", trace_ids=("x",)), related=load_services().related())
    assert hotel.told == [("INC-2026-001", "opened"), ("INC-2026-002", "opened")]


def test_a_pending_incident_joins_the_open_one_that_explains_it() -> None:
    hotel = Hotel()
    related = load_services().related()
    hotel.sweep(finding(service="database", severity="critical"))
    hotel.sweep(finding(service="pms"))
    assert [each.service for each in hotel.by_status(IncidentStatus.PENDING)] == ["pms"]
    done = hotel.sweep(finding(service="pms"), finding(service="database"), related=related)
    assert [each.service for each in done.forgotten] == ["pms"]
    (incident,) = hotel.incidents
    assert {each.service for each in incident.findings} == {"database", "pms"}
    assert hotel.told == [("INC-2026-001", "opened")]


def test_an_incident_of_many_services_is_one_step_worse() -> None:
    hotel = Hotel()
    burst = finding(kind="burst_correlation", components=("cv", "pms", "tv"))
    hotel.sweep(finding(), burst)
    assert hotel.incidents[0].severity is Severity.CRITICAL


def test_severity_rises_once_is_told_and_never_falls_while_it_is_open() -> None:
    hotel = Hotel()
    hotel.sweep(finding(severity="medium"))
    hotel.sweep(finding(severity="medium"))
    assert events(hotel.sweep(finding(severity="high"))) == ["escalated"]
    assert events(hotel.sweep(finding(severity="low"))) == []
    assert events(hotel.sweep(finding(severity="high"))) == []
    assert hotel.incidents[0].severity is Severity.HIGH
    assert hotel.incidents[0].next_escalation_at == START + 3 * SWEEP + dt.timedelta(minutes=30)


def test_what_was_severe_at_first_is_still_severe_when_it_opens() -> None:
    hotel = Hotel()
    hotel.sweep(finding(severity="high"))
    hotel.sweep(finding(severity="medium", template_id="t2"))
    assert hotel.incidents[0].severity is Severity.HIGH


def test_it_resolves_by_itself_after_six_quiet_sweeps() -> None:
    hotel = Hotel()
    hotel.sweep(finding())
    hotel.sweep(finding())
    assert hotel.sweeps(5) == []
    assert hotel.sweeps(1) == ["resolved"]
    (incident,) = hotel.incidents
    assert (incident.status, incident.resolved_by) == (IncidentStatus.RESOLVED, "quiet")
    assert hotel.sweeps(5) == []


def test_many_sweeps_in_a_minute_do_not_make_it_quiet() -> None:
    hotel = Hotel()
    hotel.sweep(finding())
    hotel.sweep(finding())
    incidents, now = tuple(hotel.incidents), hotel.now
    for _ in range(50):
        now += dt.timedelta(seconds=1)
        done = advance(incidents, (), now=now, policy=load_policy())
        incidents = done.changed
        assert done.told == ()


def test_a_sweep_that_did_not_look_at_the_service_does_not_make_it_quiet() -> None:
    hotel = Hotel()
    hotel.sweep(finding())
    hotel.sweep(finding())
    assert hotel.sweeps(2, covered={"pms"}) == []
    assert hotel.incidents[0].quiet_sweeps == 0
    assert hotel.sweeps(6, covered={"cv"}) == ["resolved"]


def test_what_comes_back_soon_is_the_same_incident_and_later_a_new_one() -> None:
    hotel = Hotel()
    hotel.sweep(finding())
    hotel.sweep(finding())
    hotel.sweeps(6)
    hotel.sweep(finding(template_id="t9"))
    done = hotel.sweep(finding(template_id="t9"))
    assert events(done) == ["reopened"]
    (incident,) = hotel.incidents
    assert (incident.id, incident.reopened, incident.resolved_at) == ("INC-2026-001", 1, None)
    assert hotel.sweeps(5) == []
    assert hotel.sweeps(1 + 13) == ["resolved"]
    hotel.sweep(finding())
    assert events(hotel.sweep(finding())) == ["opened"]
    assert hotel.told[-1] == ("INC-2026-002", "opened")


def test_old_findings_do_not_reopen_what_a_person_has_resolved() -> None:
    incident = opened(finding())
    now = incident.last_seen_at + SWEEP
    resolved = resolve(incident, "an", now)
    done = advance([resolved], [finding(severity="critical")], now=now + SWEEP, policy=load_policy())
    assert done == ((), (), ())
    late = finding(now, severity="critical")
    done = advance([resolved], [late], now=now + SWEEP, policy=load_policy())
    assert events(done) == ["reopened"]


def test_nobody_is_called_any_more_once_somebody_has_acknowledged() -> None:
    hotel = Hotel()
    hotel.sweep(finding())
    hotel.sweep(finding())
    told = [event for _ in range(13) for event in events(hotel.sweep(finding()))]
    assert told == ["escalated", "escalated"]  # after 30 and 60 minutes
    assert hotel.incidents[0].escalation_level == 2
    other = Hotel()
    other.sweep(finding())
    other.sweep(finding())
    other.replace(acknowledge(other.incidents[0], "an", other.now))
    assert [event for _ in range(9) for event in events(other.sweep(finding()))] == []
    assert other.incidents[0].status is IncidentStatus.ACKNOWLEDGED
    assert events(other.sweep(finding(severity="critical"))) == ["escalated"]
    assert other.incidents[0].status is IncidentStatus.ACKNOWLEDGED


def test_an_incident_that_has_become_quiet_calls_nobody() -> None:
    hotel = Hotel()
    hotel.sweep(finding(severity="critical"))
    assert hotel.sweeps(4) == []


def test_only_what_still_goes_on_calls_when_its_service_was_not_looked_at() -> None:
    hotel = Hotel()
    hotel.sweep(finding(severity="critical"))
    assert hotel.sweeps(3, covered=()) == ["escalated"]
    other = Hotel()
    other.sweep(finding(severity="critical"))
    other.sweeps(1)
    assert other.sweeps(9, covered=()) == []


def test_an_acknowledgement_outlives_a_silence() -> None:
    hotel = Hotel()
    hotel.sweep(finding())
    hotel.sweep(finding())
    hotel.replace(acknowledge(hotel.incidents[0], "an", hotel.now))
    hotel.sweep(finding(), silences=[silence()])
    assert len(hotel.by_status(IncidentStatus.SUPPRESSED)) == 1
    assert events(hotel.sweep(finding())) == ["escalated"]
    assert hotel.incidents[0].status is IncidentStatus.ACKNOWLEDGED
    assert hotel.incidents[0].next_escalation_at is None


def test_a_silenced_incident_is_kept_and_told_when_the_silence_ends() -> None:
    hotel = Hotel()
    quiet = [silence(service="cv")]
    for _ in range(4):
        assert events(hotel.sweep(finding(), silences=quiet)) == []
    (incident,) = hotel.incidents
    assert (incident.status, incident.opened_at) == (IncidentStatus.SUPPRESSED, None)
    assert incident.id is not None
    assert events(hotel.sweep(finding(), silences=[])) == ["opened"]


def test_a_silenced_incident_that_ends_is_never_told() -> None:
    hotel = Hotel()
    quiet = [silence(service="cv")]
    hotel.sweep(finding(), silences=quiet)
    hotel.sweep(finding(), silences=quiet)
    assert hotel.sweeps(8, silences=quiet) == []
    assert hotel.by_status(IncidentStatus.RESOLVED)


def test_an_incident_that_was_told_before_the_silence_is_told_when_it_ends() -> None:
    hotel = Hotel()
    hotel.sweep(finding())
    hotel.sweep(finding())
    quiet = [silence()]
    assert events(hotel.sweep(finding(severity="critical"), silences=quiet)) == []
    assert hotel.incidents[0].next_escalation_at is None
    assert hotel.sweeps(7, silences=quiet) == ["resolved"]


@pytest.mark.parametrize(
    ("changes", "silenced"),
    [
        ({"service": "cv"}, True),
        ({"service": "pms"}, False),
        ({"kind": "error_spike"}, True),
        ({"kind": "silence"}, False),
        ({"fingerprint": fingerprint_of(finding())}, True),
        ({"fingerprint": "0" * 32}, False),
        ({"ends_at": START + SWEEP}, False),
        ({"starts_at": START + dt.timedelta(minutes=50)}, False),
    ],
)
def test_a_silence_is_about_what_it_names_while_it_runs(changes: dict[str, object], silenced: bool) -> None:
    hotel = Hotel()
    hotel.sweep(finding(severity="critical"), silences=[silence(**changes)])
    assert bool(hotel.by_status(IncidentStatus.SUPPRESSED)) is silenced


def test_a_wrong_step_by_a_person_says_what_the_incident_is() -> None:
    incident = opened(finding()).model_copy(update={"id": "INC-2026-001"})
    taken = acknowledge(incident, "an", START)
    with pytest.raises(Conflict, match="INC-2026-001 was acknowledged by an"):
        acknowledge(taken, "binh", START)
    done = resolve(taken, "binh", START)
    with pytest.raises(Conflict, match="was resolved by binh"):
        resolve(done, "an", START)
    with pytest.raises(Conflict, match="this one is pending"):
        resolve(incident.model_copy(update={"id": None, "status": IncidentStatus.PENDING}), "an", START)


def test_the_same_sweep_gives_the_same_incidents_whatever_the_order_of_findings() -> None:
    found = [finding(), finding(service="pms"), finding(kind="silence", template_id=None), finding(template_id="t5")]
    one = advance([], found, now=START + SWEEP, policy=load_policy())
    other = advance([], found[::-1], now=START + SWEEP, policy=load_policy())
    assert {each.fingerprint for each in one.changed} == {each.fingerprint for each in other.changed}


def test_components_that_are_no_names_of_things_are_left_out() -> None:
    hostile = ("cam_lobby_01", "$(reboot)", "face_id_77", "a b", "http://x", "-rf")
    assert opened(finding(components=hostile)).affected_components == ("cam_lobby_01",)
