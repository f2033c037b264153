"""`innkeeper up` as one process with everything it starts, on free ports."""

import functools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[1]
TIMEOUT_S = 60.0
MESSAGES = [  # as the form of the Prefect UI sends them
    {"id": "ui-1", "message": "Two bath towels to room 201 please", "channel": "whatsapp"},
    {
        "id": "ui-2",
        "message": "Máy lạnh phòng 305 không mát",
        "timestamp": "2025-01-17T14:30:00+07:00",
        "language": "vi",
    },
]


def until(what: str, look: Callable[[], Any]) -> Any:
    """The first true answer of `look`; other processes change the state."""
    deadline = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.1)
    pytest.fail(f"{what}: not within {TIMEOUT_S:.0f} s")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def processes_of(home: Path) -> list[str]:
    """Command lines of the running processes that `up` started: they carry the home in their environment."""
    mark = f"INNKEEPER_HOME={home}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (process / "environ").read_bytes().split(b"\0"):
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:  # it has ended, or is another user's
            continue
    return found


class Installation:
    """An empty home, two free ports, and the command in it."""

    def __init__(self, home: Path) -> None:
        self.home, self.port, self.prefect_port = home, free_port(), free_port()
        self.api = f"http://127.0.0.1:{self.prefect_port}/api"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("INNKEEPER_", "PREFECT_"))}
        self.environment = clean | {"INNKEEPER_HOME": str(home), "INNKEEPER_PORT": str(self.port)}

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "innkeeper.cli", *words]

    def run(self, *words: str) -> str:
        return subprocess.run(
            self.command(*words), env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return httpx.post(f"{self.api}/{path}", json=body, timeout=30).raise_for_status().json()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[tuple[Installation, "subprocess.Popen[str]"]]:
    here = Installation(tmp_path)
    command = here.command("up", "--prefect-port", str(here.prefect_port))
    with (tmp_path / "up.log").open("w") as log:
        process = subprocess.Popen(command, env=here.environment, stdout=log, stderr=log, text=True)
    try:
        yield here, process
    finally:
        process.kill()
        subprocess.run(here.command("down"), env=here.environment, check=False, capture_output=True)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_up_runs_a_form_s_messages_answers_the_api_and_leaves_nothing_behind(
    up: tuple[Installation, "subprocess.Popen[str]"],
) -> None:
    # One test, since a server, a worker and the API take half a minute to start and each part needs all of them.
    here, process = up
    log = here.home / "up.log"
    until("the API answers", lambda: process.poll() is not None or "Ctrl-C stops" in log.read_text())
    assert process.poll() is None, log.read_text()

    deployment = httpx.get(f"{here.api}/deployments/name/route-requests/production").raise_for_status().json()
    assert deployment["parameter_openapi_schema"]["properties"]["messages"]["description"]
    run = here.post(f"deployments/{deployment['id']}/create_flow_run", {"parameters": {"messages": MESSAGES}})

    def ended(run_id: str) -> Any:
        found = httpx.get(f"{here.api}/flow_runs/{run_id}").raise_for_status().json()
        return found if found["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None

    done = until("the run ends", functools.partial(ended, run["id"]))
    assert (done["state_type"], done["state"]["message"]) == ("COMPLETED", None)
    forgotten = until(
        "the hook runs", lambda: httpx.get(f"{here.api}/flow_runs/{run['id']}").json()["parameters"]["messages"] == []
    )
    assert forgotten
    children = here.post("flow_runs/filter", {"flow_runs": {"parent_flow_run_id": {"any_": [run["id"]]}}})
    assert {each["parameters"]["team"] for each in children} == {"housekeeping_team", "maintenance_team"}
    for child in children:
        team = until("a team's run ends", functools.partial(ended, child["id"]))
        assert team["state_type"] == "COMPLETED"
    orders = here.post("artifacts/filter", {"artifacts": {"key": {"like_": "work-orders-"}}})
    rooms = {row["room"] for each in orders for row in json.loads(each["data"])}
    assert rooms == {"201", "305"}

    key = json.loads(here.run("keys", "create", "--role", "service", "--json"))["key"]
    url = f"http://127.0.0.1:{here.port}/api/v1/llm/routing/classify"
    request = {"request": {"message": "Two bath towels please", "room_number": "201"}, "language": "en"}
    assert httpx.post(url, json=request).status_code == 401
    answer = httpx.post(url, json=request, headers={"X-API-Key": key}, timeout=30)
    assert (answer.status_code, answer.json()["classifications"][0]["category"]) == (200, "housekeeping")

    assert len([each for each in processes_of(here.home) if re.search(r"prefect (server|worker)", each)]) >= 2
    process.send_signal(signal.SIGINT)
    assert process.wait(TIMEOUT_S) == 0, log.read_text()
    assert processes_of(here.home) == []
    assert is_free(here.port)
    assert is_free(here.prefect_port)
    assert "Traceback" not in log.read_text()
    assert here.run("down").strip() == "nothing was running"
