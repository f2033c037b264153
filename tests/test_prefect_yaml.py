"""`prefect.yaml`: what it names exists, and every deployment gives a form that explains itself."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from prefect import Flow
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from innkeeper.cli.local_prefect import POOL
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.schemas.routing import GuestMessage

FILE = Path(__file__).parents[1] / "prefect.yaml"
AUTOMATIONS = FILE.parent / "deployments" / "automations.yaml"
DEPLOYMENTS: list[dict[str, Any]] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["deployments"]
every_deployment = pytest.mark.parametrize(
    "deployment", DEPLOYMENTS, ids=lambda each: each["entrypoint"].split(".")[-1]
)


def flow_of(deployment: dict[str, Any]) -> Flow[..., Any]:
    # By default Prefect loads a stub of a flow whose imports fail, and the run dies later.
    return load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)


def schema_of(deployment: dict[str, Any]) -> dict[str, Any]:
    schema = parameter_schema(flow_of(deployment).fn).model_dump_for_openapi()
    as_sent: dict[str, Any] = json.loads(json.dumps(schema))
    return as_sent


@every_deployment
def test_an_entrypoint_is_a_module_path_that_loads(deployment: dict[str, Any]) -> None:
    assert deployment["entrypoint"].startswith("innkeeper.flows.")
    assert ":" not in deployment["entrypoint"]
    assert isinstance(flow_of(deployment), Flow)


@every_deployment
def test_a_deployment_runs_in_the_pool_that_up_creates(deployment: dict[str, Any]) -> None:
    assert deployment["work_pool"]["name"] == POOL
    assert deployment["description"]


@every_deployment
def test_a_flow_takes_the_parameters_of_its_deployment(deployment: dict[str, Any]) -> None:
    schema = schema_of(deployment)
    assert set(deployment["parameters"]) <= set(schema["properties"])


@every_deployment
def test_every_parameter_is_explained_in_the_form(deployment: dict[str, Any]) -> None:
    properties = schema_of(deployment)["properties"]
    assert properties
    assert [name for name, field in properties.items() if not field.get("description")] == []


def test_the_messages_of_the_form_are_typed_and_explained() -> None:
    schema = schema_of(DEPLOYMENTS[0])
    messages = schema["properties"]["messages"]
    assert (messages["type"], messages["maxItems"], messages["default"]) == ("array", 1000, [])
    model = schema["definitions"]["GuestMessage"]
    assert model["required"] == ["message"]
    assert set(model["properties"]) == set(GuestMessage.model_fields)
    assert [name for name, field in model["properties"].items() if not field.get("description")] == []
    assert model["properties"]["message"]["type"] == "string"


def test_every_name_is_deployed_once() -> None:
    names = [f"{flow_of(each).name}/{each['name']}" for each in DEPLOYMENTS]
    assert len(names) == len(set(names))


def test_the_taxonomy_names_a_deployment_that_takes_team_batch_and_database() -> None:
    deployed = {f"{flow_of(each).name}/{each['name']}": each for each in DEPLOYMENTS}
    schema = schema_of(deployed[load_taxonomy().deployment])
    assert set(schema["properties"]) == {"team", "batch_id", "database"}
    assert set(schema["required"]) == {"team", "batch_id"}


def test_the_second_dead_mans_switch_is_an_automation_that_prefect_takes() -> None:
    (given,) = yaml.safe_load(AUTOMATIONS.read_text(encoding="utf-8"))["automations"]
    automation = AutomationCore.model_validate(given)
    assert isinstance(automation.trigger, EventTrigger)
    assert automation.trigger.posture is Posture.Proactive
    (trigger,) = [each["triggers"][0] for each in DEPLOYMENTS if "triggers" in each]
    assert {key: given["trigger"][key] for key in ("match", "match_related", "expect")} == {
        key: trigger[key] for key in ("match", "match_related", "expect")
    }
