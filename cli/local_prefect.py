"""A Prefect server and worker on this machine, for the demo and for `innkeeper up`."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from innkeeper.schemas.errors import NotConfigured

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.schemas.objects import FlowRun

START_TIMEOUT_S = 120.0
RUN_TIMEOUT_S = 150.0
DEFAULT_PORT = 4200
POOL = "hotel"


def package_file(name: str) -> Path:
    """The path of a file that ships with the package."""
    return Path(str(files("innkeeper").joinpath(name))).resolve()


class LocalPrefect:
    """
    One server and one worker whose state lies under `home/prefect`; a running one is used again.

    Args:
        home: Innkeeper's home folder.
        port: Port of the server; 4200 or the next free one when absent.
    """

    def __init__(self, home: Path, port: int | None = None) -> None:
        self._home = home
        self._folder = home / "prefect"
        self._folder.mkdir(parents=True, exist_ok=True)
        recorded = _recorded(home)
        self._is_running = bool(recorded) and (port in (None, recorded.get("port"))) and _is_healthy(recorded["port"])
        self.port: int = recorded["port"] if self._is_running else _free_port(port)
        self.ui = f"http://127.0.0.1:{self.port}"
        os.environ.update(self._environment())  # Prefect reads its settings when it is imported, here and in children

    def start(self) -> None:
        """
        Start the server unless it runs already, and wait until it answers.

        Raises:
            NotConfigured: It did not come up; the message names its log.
        """
        if self._is_running:
            return
        server = self._spawn("server", ["prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)])
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _is_healthy(self.port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise NotConfigured(f"the Prefect server did not start; {self._folder / 'server.log'} says why")
            time.sleep(0.2)
        self._record(server=server.pid, port=self.port)

    def deploy(self) -> None:
        """Create the work pool and register every deployment of `prefect.yaml`."""
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.actions import WorkPoolCreate
        from prefect.exceptions import ObjectAlreadyExists

        async def create_pool() -> None:
            async with get_client() as client:
                try:
                    await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
                except ObjectAlreadyExists:
                    return

        asyncio.run(create_pool())
        command = ["prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(package_file("prefect.yaml"))]
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)  # noqa: S603  our own words
        if done.returncode:
            raise NotConfigured(f"the deployments could not be registered: {done.stdout[-800:]}{done.stderr[-800:]}")

    def start_worker(self) -> None:
        """Start a worker for the pool unless the recorded one still runs."""
        worker = _recorded(self._home).get("worker")
        if worker and _is_alive(worker):
            return
        process = self._spawn("worker", ["prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", "innkeeper"])
        self._record(worker=process.pid)

    async def run(self, deployment: str, parameters: dict[str, Any]) -> "FlowRun":
        """
        Run a deployment and wait until it has completed.

        Raises:
            NotConfigured: It failed, or did not end in time.
        """
        from prefect.deployments import arun_deployment

        run = await arun_deployment(deployment, parameters=parameters, timeout=RUN_TIMEOUT_S, poll_interval=0.5)
        if run.state is None or not run.state.is_completed():
            state = run.state.name if run.state else "unknown"
            raise NotConfigured(f"{deployment} ended as {state!r}; see {self.ui}/runs/flow-run/{run.id} and {self._folder / 'worker.log'}")
        return run

    async def wait_for_started_by(self, run_id: "UUID") -> None:
        """Wait until every run that `run_id` started has ended."""
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterParentFlowRunId

        deadline = time.monotonic() + RUN_TIMEOUT_S
        async with get_client() as client:
            started = FlowRunFilter(parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=[run_id]))
            while time.monotonic() < deadline:
                runs = await client.read_flow_runs(flow_run_filter=started)
                if all(run.state and run.state.is_final() for run in runs):
                    return
                await asyncio.sleep(0.5)

    async def table(self, run_id: "UUID", key: str) -> list[dict[str, Any]]:
        """The rows of a run's table artifact."""
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId, ArtifactFilterKey

        async with get_client() as client:
            found = await client.read_artifacts(
                artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]), key=ArtifactFilterKey(any_=[key]))
            )
        return json.loads(str(found[0].data)) if found else []  # type: ignore[no-any-return]  # a table artifact is a list of rows

    def stop(self) -> None:
        """Stop the server and the worker."""
        self.stop_recorded(self._home)

    @staticmethod
    def stop_recorded(home: Path) -> bool:
        """Stop what runs under `home`; return whether anything did."""
        recorded = _recorded(home)
        stopped = [_terminate(recorded[name]) for name in ("worker", "server") if recorded.get(name)]
        (home / "prefect" / "running.json").unlink(missing_ok=True)
        return any(stopped)

    def _environment(self) -> dict[str, str]:
        environment = {
            "INNKEEPER_HOME": str(self._home),  # children may run in another folder
            "PREFECT_HOME": str(self._folder),
            "PREFECT_API_URL": f"http://127.0.0.1:{self.port}/api",
            "PREFECT_UI_API_URL": f"http://127.0.0.1:{self.port}/api",
            "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_LOGGING_LEVEL": os.environ.get("PREFECT_LOGGING_LEVEL", "WARNING"),
            "PREFECT_CLI_PROMPT": "false",
        }
        certificate = _small_certificate_file(self._folder)
        return environment | ({"PREFECT_API_SSL_CERT_FILE": str(certificate)} if certificate else {})

    def _spawn(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603  our own words
                [sys.executable, "-m", *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def _record(self, **entries: int) -> None:
        (self._folder / "running.json").write_text(json.dumps(_recorded(self._home) | entries), encoding="utf-8")


def _recorded(home: Path) -> dict[str, int]:
    try:
        return json.loads((home / "prefect" / "running.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]  # our own file
    except (OSError, ValueError):
        return {}


def _small_certificate_file(folder: Path) -> Path | None:
    """One certificate instead of 140: Prefect builds TLS contexts for every run, even for http (measured: saves half)."""
    import certifi

    first, end, _ = Path(certifi.where()).read_text(encoding="ascii", errors="ignore").partition("-----END CERTIFICATE-----")
    if not end:
        return None
    path = folder / "one-certificate.pem"
    path.write_text(f"{first}{end}\n", encoding="ascii", errors="ignore")
    return path


def _free_port(wanted: int | None) -> int:
    for port in [wanted] if wanted else range(DEFAULT_PORT, DEFAULT_PORT + 20):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise NotConfigured(f"port {wanted or f'{DEFAULT_PORT} to {DEFAULT_PORT + 19}'} is in use; choose another with --prefect-port")


def _is_healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/api/health", timeout=2) as answer:  # noqa: S310  loopback
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="ignore").rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def _terminate(pid: int) -> bool:
    if not _is_alive(pid):
        return False
    try:
        os.killpg(pid, signal.SIGINT)
    except (ProcessLookupError, PermissionError):
        return False
    deadline = time.monotonic() + 15
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    if _is_alive(pid):
        os.killpg(pid, signal.SIGKILL)
    return True
