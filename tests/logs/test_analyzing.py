"""Lines of the past, swept in one go."""

from tests.logs.scenes import LEARNT_MINUTES, MINUTE, START, broken, calm

from innkeeper.schemas.incidents import IncidentStatus
from innkeeper.tasks.logs.analyzing import Span, replay
from innkeeper.tasks.logs.rules import IncidentRules

LEARNT = START + LEARNT_MINUTES * MINUTE


def test_an_incident_of_the_past_is_found_with_its_end_and_its_suspect(rules: IncidentRules) -> None:
    found = replay([*calm(START, LEARNT_MINUTES), *broken(LEARNT, 15), *calm(LEARNT + 900, 60)], rules)
    (incident,) = found.incidents
    assert (incident.service, incident.status) == ("cv", IncidentStatus.RESOLVED)
    assert incident.started_at.timestamp() - LEARNT < 300
    assert incident.culprits[0].service == "cv"
    assert found.compared


def test_calm_lines_have_no_incident(rules: IncidentRules) -> None:
    found = replay(calm(START, 120), rules)
    assert (found.incidents, found.compared) == ((), True)


def test_what_was_before_the_span_is_learnt_and_not_reported(rules: IncidentRules) -> None:
    lines = [*calm(START, LEARNT_MINUTES), *broken(LEARNT, 15), *calm(LEARNT + 900, 75), *broken(LEARNT + 5_400, 15)]
    found = replay(lines, rules, Span(LEARNT + 3_600, LEARNT + 6_000))
    assert [each.started_at.timestamp() >= LEARNT + 3_600 for each in found.incidents] == [True]
    assert found.lines < len(lines)


def test_a_few_error_lines_alone_are_named_without_an_invented_baseline(rules: IncidentRules) -> None:
    errors = [each for each in broken(START, 1) if each.level.is_error][:4]
    found = replay(errors, rules)
    assert [each.service for each in found.incidents] == ["cv"]
    assert {each.expected for one in found.incidents for each in one.findings} == {None}
    assert not found.compared
