"""`innkeeper up` and `down`: what they start they stop, and nothing else."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from innkeeper.cli import processes
from innkeeper.cli.processes import Process, is_alive, known, terminate

Call = Callable[..., Result]
UNTIL_KILLED = "import signal, sys; print('ready', flush=True); signal.pause()"


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[str]"]:
    """A process that leads a group of its own, as a server of ours does."""
    command = [sys.executable, "-c", UNTIL_KILLED]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def record(home: Path, **entries: Any) -> None:
    (home / "prefect").mkdir()
    (home / "prefect" / "running.json").write_text(json.dumps(entries), encoding="utf-8")


def test_a_process_that_was_recorded_is_stopped(call: Call, home: Path, stranger: "subprocess.Popen[str]") -> None:
    record(home, port=1, server=known(stranger.pid))
    assert call("down").stdout == "stopped\n"
    assert stranger.wait(10) != 0
    assert call("down").stdout == "nothing was running\n"


def test_a_number_that_another_process_has_by_now_is_left_alone(
    call: Call, home: Path, stranger: "subprocess.Popen[str]"
) -> None:
    record(home, port=1, server=Process(stranger.pid, "before the machine was restarted"))
    assert call("down").stdout == "nothing was running\n"
    assert stranger.poll() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"server": 1}', '{"server": ["x", 2], "port": "y"}'])
def test_a_damaged_record_is_no_record(call: Call, home: Path, content: str) -> None:
    record(home)
    (home / "prefect" / "running.json").write_text(content, encoding="utf-8")
    assert call("down").stdout == "nothing was running\n"


def test_what_does_not_listen_to_an_interrupt_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "STOP_TIMEOUT_S", 0.2)
    deaf = UNTIL_KILLED.replace("print(", "signal.signal(signal.SIGINT, signal.SIG_IGN); print(")
    with subprocess.Popen([sys.executable, "-c", deaf], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        ours = known(process.pid)
        assert terminate(ours)
        assert process.wait(10) == -signal.SIGKILL
        assert not is_alive(ours)


def test_up_that_is_stopped_while_it_starts_leaves_no_server(home: Path, spawn: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = spawn("up", "--prefect-port", str(port))
    file = home / "prefect" / "running.json"
    deadline = time.monotonic() + 60
    while not (file.exists() and '"server"' in file.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    server = Process(*json.loads(file.read_text())["server"])
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) != 0
    assert b"Traceback" not in process.stderr.read()
    assert not is_alive(server)
    with pytest.raises(ProcessLookupError):
        os.killpg(server.pid, 0)
    assert not file.exists()


def test_up_says_that_its_prefect_port_is_taken(call: Call) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = call("up", "--prefect-port", str(port))
    assert result.exit_code == 1
    assert f"port {port} is in use; choose another with --prefect-port" in result.stderr
