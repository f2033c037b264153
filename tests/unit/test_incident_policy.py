"""The files beside the code: the packaged ones fit together, a wrong one is refused with its place."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.incident_cases import finding

from innkeeper.engine.incidents.policy import load_policy, raised
from innkeeper.engine.incidents.services import load_services
from innkeeper.engine.incidents.titles import phrases, say
from innkeeper.schemas.errors import NotConfigured
from innkeeper.schemas.incidents import AlertEvent, IncidentStatus
from innkeeper.schemas.logs import BaselineKind, FindingKind, Severity


def written(folder: Path, data: Any) -> Path:
    path = folder / "own.yaml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"opening": [{"need": 3, "of": 2}]}, r"opening\.0: .*`of` is at least `need`"),
        ({"opening": [{"need": 1, "of": 1, "kinds": ["silence"]}]}, "the last rule has to fit every finding"),
        ({"opening": [{"need": 1, "of": 1, "kinds": ["noise"]}]}, r"opening\.0\.kinds\.0"),
        ({"opening": []}, "opening"),
        ({"opening": [{"need": 1, "of": 1}], "silence": 1}, "silence: Extra inputs"),
        (
            {"opening": [{"need": 1, "of": 1}], "escalation": {"high": [{"after_minutes": 9}, {"after_minutes": 9}]}},
            "escalation.high: each step",
        ),
        ("opening: [", "line 1: this is not YAML"),
        ("- 1", "the file"),
    ],
)
def test_a_wrong_policy_is_refused_with_the_place(tmp_path: Path, data: Any, place: str) -> None:
    with pytest.raises(NotConfigured, match=place) as refused:
        load_policy(written(tmp_path, data))
    assert "own.yaml" in str(refused.value)


def test_a_hotels_own_policy_replaces_the_packaged_one(tmp_path: Path) -> None:
    own = load_policy(written(tmp_path, {"opening": [{"need": 1, "of": 1}], "reopen_within_minutes": 5}))
    assert own.opening_of([finding()]).need == 1
    assert own.reopen_within_minutes == 5
    assert load_policy().opening_of([finding(severity="medium")]).need == 2
    assert load_policy().opening_of([finding(severity="medium"), finding()]).need == 1


@pytest.mark.parametrize(
    ("need", "changes"),
    [
        (1, {"severity": "high"}),
        (1, {"kind": "silence"}),
        (1, {"kind": "new_error_template", "lasting": True}),
        (2, {"kind": "new_error_template", "p_value": 1e-9}),
        (2, {"kind": "new_error_template", "lasting": True, "severity": "low"}),
        (1, {"lasting": True, "p_value": 1e-4}),
        (2, {"lasting": True, "p_value": 1e-3}),
        (2, {"lasting": True}),
        (2, {"p_value": 1e-9}),
        (1, {"kind": "rate_drop", "lasting": True, "p_value": 1e-5}),
        (2, {"kind": "rate_drop", "lasting": True, "p_value": 2e-4}),
        (2, {"kind": "slow_drift", "lasting": True, "p_value": 1e-9}),
    ],
)
def test_what_cannot_wait_or_is_sure_opens_at_once_and_what_may_be_a_burst_is_found_again(
    need: int, changes: dict[str, Any]
) -> None:
    assert load_policy().opening_of([finding(**{"severity": "medium"} | changes)]).need == need


def test_a_window_that_is_looked_at_once_opens_its_incidents_at_once() -> None:
    assert load_policy().at_once().opening_of([finding()]).need == 1
    assert load_policy().at_once().resolve_after == load_policy().resolve_after


def test_a_missing_file_is_named() -> None:
    with pytest.raises(NotConfigured, match=r"/nowhere\.yaml cannot be read \(FileNotFoundError\)"):
        load_policy(Path("/nowhere.yaml"))


@pytest.mark.parametrize(
    ("services", "place"),
    [
        ({"a": {"depends_on": ["b"]}}, "services.a.depends_on: there is no service b"),
        ({"a": {"aliases": ["x"]}, "b": {"aliases": ["X_service"]}}, "'X_service' is a's already"),
        ({"a": {"components": ["("]}}, r"services\.a\.components\.0: .*no regular expression"),
        ({"A B": {}}, "services"),
        ({"a": {"deployment": "x; reboot"}}, r"services\.a\.deployment"),
    ],
)
def test_a_wrong_service_map_is_refused_with_the_place(tmp_path: Path, services: Any, place: str) -> None:
    named = {key: {"name": {"en": key, "vi": key}, **value} for key, value in services.items()}
    with pytest.raises(NotConfigured, match=place):
        load_services(written(tmp_path, {"services": named}))


def test_nothing_is_worse_than_critical() -> None:
    assert raised(Severity.LOW, 1) is Severity.MEDIUM
    assert raised(Severity.HIGH, 3) is Severity.CRITICAL


def test_every_phrase_has_both_languages_and_the_same_values_in_both() -> None:
    for name, words in phrases().items():
        assert set(words) == {"en", "vi"}, name
        values = [sorted({part.split("}")[0] for part in text.split("{")[1:]}) for text in words.values()]
        assert values[0] == values[1] or name.startswith("impact_"), name


def test_there_are_words_for_every_kind_state_and_event() -> None:
    names = [f"{prefix}_{kind}" for kind in FindingKind for prefix in ("kind", "title")]
    names += [f"severity_{each}" for each in Severity] + [f"status_{each}" for each in IncidentStatus]
    names += [f"event_{each}" for each in AlertEvent] + [f"baseline_{each}" for each in BaselineKind]
    assert not set(names) - set(phrases())


def test_a_value_with_braces_is_not_filled_in_again() -> None:
    assert say("title_error_spike", "en", service="{service}{0}%s") == "Error spike in {service}{0}%s"
