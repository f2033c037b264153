"""A loopback provider in a process of its own, for tests that kill things and for benchmarks."""

import json
import selectors
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.providers.script import Script

ROOT = Path(__file__).parents[2]
START_S = 30.0
STOP_S = 10.0


class ProviderProcess:
    """
    `python -m tests.providers PROVIDER`, as a context manager.

    Args:
        provider: `openai` or `anthropic`.
        script: What to answer; functions and events do not travel.
        port: 0 takes a free one; give the port of a killed process to start it anew in the same place.
        record: Where the requests are written; without one, a file that is deleted at the end.
    """

    def __init__(
        self,
        provider: str,
        script: Script | None = None,
        *,
        api_key: str = "sk-loopback",
        port: int = 0,
        record: Path | None = None,
    ) -> None:
        self.provider = provider
        self.script = script
        self.api_key = api_key
        self.base_url = ""
        self._port = port
        self._folder = tempfile.TemporaryDirectory(prefix="provider-")
        self.record = record or Path(self._folder.name) / "requests.jsonl"

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.providers", self.provider, "--port", str(self._port)]
        command += ["--record", str(self.record), "--key", self.api_key]
        if self.script is not None:
            path = Path(self._folder.name) / "script.json"
            path.write_text(self.script.to_json(), encoding="utf-8")
            command += ["--script", str(path)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.base_url = self._ready()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
        if self._process.stdout:
            self._process.stdout.close()
        self._folder.cleanup()

    @property
    def requests(self) -> list[dict[str, Any]]:
        """What came in so far: the fields of `Received`."""
        if not self.record.exists():
            return []
        return [json.loads(line) for line in self.record.read_text(encoding="utf-8").splitlines()]

    def kill(self) -> None:
        """SIGKILL: connections break, nothing is said."""
        self._process.kill()
        self._process.wait(STOP_S)

    def _ready(self) -> str:
        output = self._process.stdout
        assert output is not None
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            line = output.readline() if selector.select(START_S) else ""
        if not line.startswith("ready "):
            self._process.kill()
            raise RuntimeError(f"the {self.provider} process did not start: {line!r}")
        return line.removeprefix("ready ").strip()
