"""The operations on templates, as a client sees them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.serving.conftest import NewKey, Run

from innkeeper.schemas.access import Role
from innkeeper.templates.rendering import packaged_source

API = "/api/v1/llm/templates"
PLACE = f"{API}/request_done/vi"
OWN = packaged_source("request_done", "vi").replace("{% block subject %}\n", "{% block subject %}\nSen Hồng: ", 1)
SAVE = {"source": OWN, "comment": "our name first"}
THIS = {"kind": "request_done", "language": "vi"}


@pytest.fixture
async def manager(run: Run, new_key: NewKey) -> AsyncIterator[httpx.AsyncClient]:
    async with run() as client:
        client.headers["X-API-Key"] = await new_key(Role.MANAGER)
        yield client


async def test_a_manager_saves_looks_and_goes_back(manager: httpx.AsyncClient) -> None:
    saved = (await manager.put(PLACE, json=SAVE | {"based_on": 0})).json()
    assert (saved["number"], saved["replaced"], saved["is_active"]) == (1, 0, True)
    assert saved["saved_by"].startswith("key:")
    read = (await manager.get(PLACE)).json()
    assert (read["source"], read["in_use"]["origin"], read["version"]["comment"]) == (OWN, "database", SAVE["comment"])
    listed = (await manager.get(API)).json()["templates"]
    assert len(listed) == 28
    assert [each["kind"] for each in listed if each["origin"] == "database"] == ["request_done"]
    shown = (await manager.post(f"{API}/preview", json=THIS)).json()
    assert shown["subject"].startswith("Sen Hồng: ")
    assert shown["template_version"] == saved["template_version"]

    behind = await manager.put(PLACE, json={"source": OWN + "\n{# more #}", "comment": "x", "based_on": 0})
    assert (behind.status_code, behind.json()["type"]) == (409, "/problems/conflict")
    back = (await manager.post(f"{PLACE}/rollback", json={})).json()
    assert (back["origin"], back["saved"]) == ("package", None)
    assert (await manager.post(f"{PLACE}/rollback", json={})).status_code == 409
    assert (await manager.post(f"{PLACE}/rollback", json={"to": 7})).status_code == 404
    versions = (await manager.get(f"{PLACE}/versions")).json()["versions"]
    assert [(each["number"], each["is_active"]) for each in versions] == [(1, False)]
    assert (await manager.get(PLACE, params={"version": 1})).json()["source"] == OWN
    assert (await manager.get(PLACE, params={"version": 2})).status_code == 404


async def test_what_has_problems_is_told_and_not_saved(manager: httpx.AsyncClient) -> None:
    wrong = OWN.replace("{{ request }}", "{{ reqest }}")
    checked = await manager.post(f"{API}/check", json=THIS | {"source": wrong})
    problem = "variable reqest is unknown (did you mean request?)"
    assert (checked.status_code, problem in checked.json()["problems"]) == (200, True)
    assert (await manager.post(f"{API}/check", json=THIS | {"source": OWN})).json() == {"problems": []}
    for response in (
        await manager.put(PLACE, json={"source": wrong, "comment": "oops"}),
        await manager.post(f"{API}/preview", json=THIS | {"source": wrong}),
    ):
        assert response.status_code == 422
        assert problem in [each["message"] for each in response.json()["errors"]]
    assert (await manager.get(f"{PLACE}/versions")).json() == {"versions": []}


async def test_a_preview_takes_variables(manager: httpx.AsyncClient) -> None:
    given: dict[str, Any] = {"variables": {"guest_name": "<b>An</b>", "request": "khăn"}, "tone": "formal"}
    shown = (await manager.post(f"{API}/preview", json=THIS | given)).json()
    assert "&lt;b&gt;An&lt;/b&gt;" in shown["html_body"]
    refused = await manager.post(f"{API}/preview", json=THIS | {"variables": {"guest_nam": "An"}})
    assert (refused.status_code, "guest_name" in refused.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    ("role", "reads", "edits"),
    [
        (Role.MANAGER, True, True),
        (Role.SERVICE, True, True),
        (Role.RECEPTIONIST, True, False),
        (Role.HOUSEKEEPING, True, False),
        (Role.GUEST, False, False),
    ],
)
async def test_staff_look_and_managers_change(run: Run, new_key: NewKey, role: Role, reads: bool, edits: bool) -> None:
    async with run() as client:
        client.headers["X-API-Key"] = await new_key(role)
        looks = [
            await client.get(API),
            await client.get(PLACE),
            await client.get(f"{PLACE}/versions"),
            await client.post(f"{API}/preview", json=THIS),
        ]
        changes = [
            await client.put(PLACE, json=SAVE),
            await client.post(f"{API}/check", json=THIS | {"source": OWN}),
            await client.post(f"{API}/preview", json=THIS | {"source": OWN}),
            await client.post(f"{PLACE}/rollback", json={"to": 0}),
        ]
    assert {each.status_code for each in looks} == ({200} if reads else {403})
    assert {each.status_code for each in changes} == ({200} if edits else {403})


async def test_without_a_key_nothing_is_shown(run: Run) -> None:
    async with run() as client:
        assert (await client.get(API)).status_code == 401
        assert (await client.put(PLACE, json=SAVE)).status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PLACE, {"source": OWN}),
        (PLACE, SAVE | {"comment": ""}),
        (PLACE, SAVE | {"colour": "red"}),
        (f"{API}/request_don/vi", SAVE),
        (f"{API}/request_done/fr", SAVE),
        (PLACE, SAVE | {"source": "x" * 20_001}),
    ],
)
async def test_a_wrong_body_or_place_is_refused(manager: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    assert (await manager.put(path, json=body)).status_code == 422


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH", "OPTIONS"])
async def test_another_method_is_told_both_that_there_are(manager: httpx.AsyncClient, method: str) -> None:
    refused = await manager.request(method, PLACE)
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, PUT")
    assert refused.json()["type"] == "/problems/method-not-allowed"


async def test_the_folder_of_the_settings_is_used(run: Run, new_key: NewKey, tmp_path: Path) -> None:
    (tmp_path / "own" / "request_done").mkdir(parents=True)
    (tmp_path / "own" / "request_done" / "vi.md.j2").write_text(OWN, encoding="utf-8")
    async with run(templates_path=tmp_path / "own") as client:
        client.headers["X-API-Key"] = await new_key()
        assert (await client.get(PLACE)).json()["in_use"]["origin"] == "folder"
    async with run(templates_path=tmp_path / "missing") as client:
        client.headers["X-API-Key"] = await new_key()
        gone = await client.get(PLACE)
    assert (gone.status_code, str(tmp_path) in gone.text) == (503, False)
