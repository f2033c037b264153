"""`innkeeper serve` and a real uvicorn, over real sockets."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from innkeeper.cli.serve import serve_command

CLASSIFY = "/api/v1/llm/routing/classify"
SERVE = "import typer; from innkeeper.cli.serve import serve_command; typer.run(serve_command)"


def environment(home: Path, **settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INNKEEPER_")}
    return {**clean, "INNKEEPER_HOME": str(home), **{f"INNKEEPER_{name}": value for name, value in settings.items()}}


@contextmanager
def serving(home: Path, **settings: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A process that serves, and its address, which it prints first."""
    command = [sys.executable, "-c", SERVE, "--port", "0"]
    with subprocess.Popen(command, env=environment(home, **settings), stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        try:
            for line in process.stderr:
                if line.startswith("http://"):
                    url = line.split("/docs")[0]
                    break
            yield process, url
        finally:
            process.kill()


def raw(port: int, request: bytes) -> bytes:
    """What the server sends back until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def head(key: str, *more: str) -> bytes:
    lines = [f"POST {CLASSIFY} HTTP/1.1", "Host: hotel", f"X-API-Key: {key}", "Content-Type: application/json", *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def test_a_chunked_body_is_read(live: Any) -> None:
    body = b'{"request": {"message": "towels"}}'
    chunks = b"".join(b"1\r\n" + body[i : i + 1] + b"\r\n" for i in range(len(body))) + b"0\r\n\r\n"
    answer = raw(live.port, head(live.key, "Transfer-Encoding: chunked", "Connection: close") + chunks)
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_chunked_body_without_an_end_is_cut_off(live: Any) -> None:
    chunk = b"400\r\n" + b" " * 1024 + b"\r\n"
    answer = raw(live.port, head(live.key, "Transfer-Encoding: chunked") + chunk * 65)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"application/problem+json" in answer


def test_a_body_that_is_announced_too_large_is_not_awaited(live: Any) -> None:
    answer = raw(live.port, head(live.key, "Content-Length: 99999999"))
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_request_without_a_length_has_no_body(live: Any) -> None:
    answer = raw(live.port, head(live.key, "Connection: close"))
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"The body is empty" in answer


def test_a_port_in_use_is_said_and_the_exit_code_is_1(live: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as stopped:
        serve_command(host="127.0.0.1", port=live.port)
    assert stopped.value.exit_code == 1
    assert f"port {live.port} on 127.0.0.1 is in use" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.1", "not an address", "." * 70])
def test_a_host_of_another_machine_is_said_and_the_exit_code_is_1(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as stopped:
        serve_command(host=host, port=0)
    assert stopped.value.exit_code == 1
    assert "innkeeper serve:" in capsys.readouterr().err


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_logs_json_and_stops_when_asked(tmp_path: Path, stop: signal.Signals) -> None:
    with serving(tmp_path, AUTH="off", LOG_FORMAT="json") as (process, url):
        body = {"request": {"message": "Two towels to 305 please, my phone is 0901 234 567"}}
        answer = httpx.post(f"{url}{CLASSIFY}", json=body, headers={"X-Request-ID": "req-7"})
        assert (answer.status_code, answer.json()["classifications"][0]["category"]) == (200, "housekeeping")
        process.send_signal(stop)
        log = process.stderr.read() if process.stderr else ""
        assert process.wait(20) == 0
    assert '"request_id": "req-7"' in log
    assert "Traceback" not in log
    assert "0901" not in log
    assert "towels" not in log


def test_a_start_that_fails_ends_with_1_and_no_trace_of_a_password(tmp_path: Path) -> None:
    url = "postgresql://hotel:sesame@127.0.0.1:1/hotel"
    command = [sys.executable, "-c", SERVE, "--port", "0"]
    done = subprocess.run(
        command, env=environment(tmp_path, DATABASE_URL=url), capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1, done.stderr
    assert "innkeeper serve: the database does not answer" in done.stderr
    assert "Traceback" not in done.stderr
    assert "sesame" not in done.stderr


def test_a_misspelt_setting_is_named_at_the_start(tmp_path: Path) -> None:
    misspelt = environment(tmp_path, DATABASE_URL="postgresql://127.0.0.1:1/hotel", RATE_LIMT_PER_MINUTE="5")
    command = [sys.executable, "-c", SERVE, "--port", "0"]
    done = subprocess.run(command, env=misspelt, capture_output=True, text=True, check=False, timeout=60)
    assert "INNKEEPER_RATE_LIMT_PER_MINUTE; did you mean INNKEEPER_RATE_LIMIT_PER_MINUTE?" in done.stderr
