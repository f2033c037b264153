"""Run `innkeeper` in this process, or as a process of its own where a pipe or a signal matters."""

import functools
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from innkeeper.blocks.settings import settings
from innkeeper.cli import app

Call = Callable[..., Result]
Spawn = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in [each for each in os.environ if each.startswith("INNKEEPER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INNKEEPER_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


@pytest.fixture
def call(home: Path) -> Call:
    """`call("route", "two towels")`: exit code, standard output and standard error of the command."""

    def invoke(*words: str, stdin: bytes | str | None = None) -> Result:
        settings.cache_clear()
        return CliRunner(env={"COLUMNS": "200", "NO_COLOR": "1"}).invoke(app, list(words), input=stdin)

    return invoke


@pytest.fixture
def spawn(home: Path) -> Iterator[Spawn]:
    """The same as a process with pipes; what still runs at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*words: str, **environment: str) -> "subprocess.Popen[bytes]":
        pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        command = [sys.executable, "-m", "innkeeper.cli", *words]
        listens = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background job does not
        process = subprocess.Popen(command, env={**os.environ, **environment}, preexec_fn=listens, **pipes)
        running.append(process)
        return process

    yield start
    for process in running:
        with process:
            process.kill()
