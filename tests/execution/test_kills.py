"""Processes that are killed on their way through a task, and while it is undone."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 8


def test_tasks_whose_processes_are_killed_do_everything_once_or_undo_it_once() -> None:
    command = [sys.executable, "-m", "evals.execution.kills", "--runs", str(RUNS), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    counted = json.loads(done.stdout)
    assert counted["runs"] == RUNS
    assert counted["kills"] > 0
    assert counted["wrong"] == 0
