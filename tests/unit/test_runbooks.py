"""Runbooks: which are proposed, that nothing out of a log line reaches a command, what a model may choose."""

import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.incident_cases import finding, opened

from innkeeper.engine.incidents.actions import choose_actions, validated_choice
from innkeeper.engine.incidents.runbooks import load_runbooks
from innkeeper.engine.incidents.services import load_services
from innkeeper.schemas.errors import InputInvalid, NotConfigured
from innkeeper.schemas.incidents import Action, Incident

SERVICES, RUNBOOKS = load_services(), load_runbooks()
CHANGES = ("restart", "rotate", "roll-back", "free-", "manual-", "open-doors")  # what changes something in the hotel


def actions(incident: Incident) -> tuple[Action, ...]:
    return choose_actions(incident, SERVICES, RUNBOOKS)


def ids(**changes: Any) -> list[str]:
    return [each.runbook_id for each in actions(opened(finding(**changes)))]


def test_the_catalogue_is_whole_and_whatever_changes_something_needs_approval() -> None:
    assert len(RUNBOOKS.runbooks) >= 15
    tags = {tag for each in SERVICES.services.values() for tag in each.tags}
    for runbook in RUNBOOKS.runbooks:
        assert {tag for each in runbook.when for tag in each.tags} <= tags, runbook.id
        assert {name for each in runbook.when for name in each.services} <= set(SERVICES.services), runbook.id
        assert runbook.requires_approval or not runbook.id.startswith(CHANGES), runbook.id


def test_the_specifications_camera_incident_gets_its_three_actions() -> None:
    spike = finding()
    loading = finding(template_id="t2", template="Face recognition failed: model loading error")
    found = {each.runbook_id: each for each in actions(opened(spike, loading))}
    assert found["check-gpu-memory"].command == "nvidia-smi"
    assert found["check-camera-connectivity"].command == (
        "curl --max-time 5 --fail --silent --show-error http://cam-lobby-01/health"
    )
    restart = found["restart-service"]
    assert restart.command == "kubectl rollout restart deployment/cv-service"
    assert (restart.requires_approval, restart.arguments) == (True, {"service": "cv"})
    assert [each.priority for each in found.values()] == ["immediate"] * 3 + ["high"] * 2


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"service": "payments", "template": "POST /charge: 503 Service Unavailable"}, "check-payment-provider"),
        ({"service": "payments", "template": "x509: certificate has expired"}, "rotate-certificate"),
        ({"service": "pms", "template": "FATAL: too many connections"}, "check-database-connections"),
        ({"service": "pms", "template": "write: no space left on device"}, "check-disk"),
        ({"service": "door_locks", "template": "gateway offline", "kind": "silence"}, "check-door-lock-gateway"),
        ({"service": "wifi-controller", "template": "AP <*> down"}, "check-wifi-controller"),
        ({"service": "prefect", "template": "Work pool not ready"}, "check-prefect-worker"),
        ({"service": "llm", "template": "RateLimitError: 429 Too Many Requests"}, "check-model-provider"),
        ({"service": "ts-order-service", "template": "java.net.ConnectException: refused"}, "check-dependencies"),
        ({"service": "unknown", "template": "it broke"}, "read-logs"),
        ({"service": "queue", "template": "consumer lag <*>"}, "check-message-queue"),
    ],
)
def test_the_first_action_is_the_one_that_the_lines_ask_for(changes: dict[str, str], first: str) -> None:
    assert ids(**changes)[0] == first


def test_a_service_that_is_in_no_map_gets_no_command_with_its_name() -> None:
    found = actions(opened(finding(service="x; reboot", kind="silence", template="no heartbeat")))
    assert found
    assert all("reboot" not in (each.command or "") for each in found)
    assert all(each.arguments == {} for each in found)


@given(st.one_of(st.text(max_size=80), st.from_regex(r"cam[_-][ -~]{0,40}", fullmatch=True)))
def test_no_component_of_a_log_line_adds_a_word_or_an_address_to_a_command(name: str) -> None:
    for action in actions(opened(finding(components=(name,)))):
        if action.runbook_id == "check-camera-connectivity" and action.command:
            words = shlex.split(action.command)
            assert len(words) == 7
            host = words[-1].removeprefix("http://").removesuffix("/health")
            assert host.startswith("cam-")
            assert host.replace("-", "").isalnum()
            assert host.isascii()


@pytest.mark.parametrize(
    ("chosen", "arguments", "problem"),
    [
        (["rm-rf"], {}, "there is no runbook 'rm-rf'"),
        (["restart-service"], {"restart-service": {"service": "payments"}}, "service cannot be 'payments'"),
        (["restart-service"], {"restart-service": {"service": "cv; reboot"}}, "service cannot be"),
        (["restart-service"], {"restart-service": {"force": "yes"}}, "takes no argument 'force'"),
        (["read-logs"], {"restart-service": {"service": "cv"}}, "which was not chosen"),
        (["check-camera-connectivity"], {"check-camera-connectivity": {"camera": "cam_x"}}, "camera cannot be"),
        (["check-camera-connectivity"], {"check-camera-connectivity": {"camera": "evil.example"}}, "camera cannot be"),
    ],
)
def test_a_model_chooses_only_what_the_catalogue_and_the_incident_allow(
    chosen: list[str], arguments: dict[str, dict[str, str]], problem: str
) -> None:
    with pytest.raises(InputInvalid, match=problem) as refused:
        validated_choice(chosen, arguments, opened(finding()), SERVICES, RUNBOOKS)
    assert len(refused.value.problems) == 1


def test_what_a_model_may_choose_is_rendered_by_the_catalogue() -> None:
    given_camera = {"check-camera-connectivity": {"camera": "cam_lobby_02"}}
    chosen = validated_choice(
        ["check-camera-connectivity", "restart-service", "restart-service"],
        given_camera,
        opened(finding()),
        SERVICES,
        RUNBOOKS,
    )
    assert [each.runbook_id for each in chosen] == ["check-camera-connectivity", "restart-service"]
    assert (chosen[0].command or "").endswith("http://cam-lobby-02/health")
    database = validated_choice(
        ["restart-service"], {"restart-service": {"service": "database"}}, opened(finding()), SERVICES, RUNBOOKS
    )
    assert database[0].command is None  # it has no deployment


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"command": "ls {folder}"}, r"command has \{folder\}, which is none of its arguments"),
        ({"when": [{"causes": ["magic"]}]}, "causes.yaml has no cause 'magic'"),
        ({"arguments": {"x": {"type": "choice", "choices": ["$(ls)"]}}}, "is no choice"),
        ({"arguments": {"x": {"type": "text"}}}, r"runbooks\.0\.arguments\.x\.type"),
        ({"id": "A b"}, r"runbooks\.0\.id"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_the_place(tmp_path: Path, change: dict[str, Any], place: str) -> None:
    runbook = {"id": "look", "words": {"en": "Look", "vi": "Xem"}, "when": [{}], "priority": "low", **change}
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({"runbooks": [runbook]}), encoding="utf-8")
    with pytest.raises(NotConfigured, match=place):
        load_runbooks(path)


def test_a_runbook_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    runbook = {"id": "look", "words": {"en": "Look", "vi": "Xem"}, "when": [{}], "priority": "low"}
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({"runbooks": [runbook, runbook]}), encoding="utf-8")
    with pytest.raises(NotConfigured, match="runbook look is there twice"):
        load_runbooks(path)


def test_actions_are_told_in_vietnamese() -> None:
    found = choose_actions(opened(finding()), SERVICES, RUNBOOKS, "vi")
    assert "Kiểm tra kết nối camera cam_lobby_01" in [each.action for each in found]
