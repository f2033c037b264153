"""Processes of ours that outlive the command that started them: known by number and birth, stopped by group."""

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

STOP_TIMEOUT_S = 15.0


class Process(NamedTuple):
    """A process that leads a group of its own. A number is used again after a restart; number and birth are not."""

    pid: int
    born: str


def known(pid: int) -> Process:
    """The process that has number `pid` now."""
    return Process(pid, _born(pid))


def is_alive(process: Process) -> bool:
    """Whether it runs, and is still the one that was meant."""
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # not ours any more
        return False
    return not _is_zombie(process.pid) and _born(process.pid) == process.born


def terminate(process: Process) -> bool:
    """Interrupt its group, wait, and kill what is left after 15 s; return whether there was anything to stop."""
    if not is_alive(process):
        return False
    try:
        os.killpg(process.pid, signal.SIGINT)
    except (ProcessLookupError, PermissionError):
        return False
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.1)
    try:
        os.killpg(process.pid, signal.SIGKILL)  # the leader has gone or hangs; its children must not stay either way
    except (ProcessLookupError, PermissionError):
        return True
    return True


def _born(pid: int) -> str:
    """When it was started, as the system tells it; empty when there is no such process, or no telling."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="ignore").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        pass
    try:
        command = ["ps", "-o", "lstart=", "-p", str(pid)]  # macOS and the BSDs have no /proc
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603  our own words
    except OSError:
        return ""


def _is_zombie(pid: int) -> bool:
    try:
        return (
            Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="ignore").rpartition(")")[2].split()[0] == "Z"
        )
    except (OSError, IndexError):
        return False
