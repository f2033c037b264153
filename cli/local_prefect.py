"""A Prefect server and worker on this machine, for the demo and for `innkeeper up`."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from innkeeper.cli.processes import Process, is_alive, known, terminate
from innkeeper.schemas.errors import NotConfigured

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.schemas.objects import FlowRun

START_TIMEOUT_S = 120.0
RUN_TIMEOUT_S = 300.0
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
        self._started: list[str] = []
        used = _recorded_port(home)
        self._is_running = used is not None and port in (None, used) and _is_ours(home, "server") and _is_healthy(used)
        self.port: int = used if used is not None and self._is_running else _free_port(port)
        self.ui = f"http://127.0.0.1:{self.port}"
        os.environ.update(self._environment())  # Prefect reads its settings when it is imported, here and in children

    def start(self) -> None:
        """
        Start the server unless it runs already, and wait until it answers.

        Raises:
            NotConfigured: It did not come up (the message names its log), or the one of this home has another port.
        """
        if self._is_running:
            return
        other = _recorded_port(self._home)
        if other and _is_ours(self._home, "server") and _is_healthy(other):
            raise NotConfigured(f"the Prefect server of {self._home} runs on port {other}; `innkeeper down` stops it")
        self.stop_recorded(self._home)  # a worker of a server that has gone, or a server that no longer answers
        self._record(port=self.port)
        server = self._spawn("server", ["prefect", "server", "start", "--host", "127.0.0.1", "--port", str(self.port)])
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _is_healthy(self.port):
            if server.poll() is not None or time.monotonic() > deadline:
                raise NotConfigured(f"the Prefect server did not start; {self._folder / 'server.log'} says why")
            time.sleep(0.2)

    def deploy(self) -> None:
        """Create the work pool, the limit on model requests, the block types, and the deployments of `prefect.yaml`."""
        from prefect.client.orchestration import get_client
        from prefect.client.schemas.actions import WorkPoolCreate
        from prefect.exceptions import ObjectAlreadyExists

        from innkeeper.blocks import collection

        async def create_pool() -> None:
            async with get_client() as client:
                try:
                    await client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
                except ObjectAlreadyExists:
                    return

        from innkeeper.blocks.settings import settings
        from innkeeper.tasks.limits import ensure_model_limit

        async def prepare() -> None:
            await create_pool()
            most = settings().max_model_calls_everywhere
            if most is not None:
                await ensure_model_limit(most)
            for name in collection.__all__:
                await getattr(collection, name).register_type_and_schema()

        asyncio.run(prepare())
        command = ["prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(package_file("prefect.yaml"))]
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False)  # noqa: S603  our own words
        if done.returncode:
            raise NotConfigured(f"the deployments could not be registered: {done.stdout[-800:]}{done.stderr[-800:]}")

    def start_worker(self) -> None:
        """Start a worker for the pool unless the recorded one still runs."""
        from innkeeper.blocks.settings import settings
        from innkeeper.tasks.logs.sources import absolute_sources

        if settings().log_sources:
            os.environ["INNKEEPER_LOG_SOURCES"] = absolute_sources(settings())  # its runs have folders of their own
        if not _is_ours(self._home, "worker"):
            command = ["prefect", "worker", "start", "--pool", POOL, "--type", "process", "--name", "innkeeper"]
            self._spawn("worker", command)

    async def run(
        self, deployment: str, parameters: dict[str, Any], *, environment: dict[str, str] | None = None
    ) -> "FlowRun":
        """
        Run a deployment and wait until it has completed.

        Args:
            deployment: FLOW/NAME.
            parameters: Of the flow.
            environment: Variables of this run's process, besides the worker's.

        Raises:
            NotConfigured: It failed, or did not end in time.
        """
        return await self.ended(deployment, await self.begin(deployment, parameters, environment=environment))

    async def begin(
        self, deployment: str, parameters: dict[str, Any], *, environment: dict[str, str] | None = None
    ) -> "FlowRun":
        """Start a deployment, as `run`, and wait for nothing."""
        from prefect.deployments import arun_deployment

        variables = {"env": environment} if environment else None
        return await arun_deployment(deployment, parameters=parameters, timeout=0, job_variables=variables)

    async def ended(self, deployment: str, begun: "FlowRun") -> "FlowRun":
        """The run once it has completed; errors as of `run`."""
        from prefect.client.orchestration import get_client

        deadline = time.monotonic() + RUN_TIMEOUT_S
        async with get_client() as client:
            run = await client.read_flow_run(begun.id)
            while not (run.state and run.state.is_final()) and time.monotonic() < deadline:
                await asyncio.sleep(0.5)
                run = await client.read_flow_run(begun.id)
        if run.state is None or not run.state.is_completed():
            state = run.state.name if run.state else "unknown"
            page, log = f"{self.ui}/runs/flow-run/{run.id}", self._folder / "worker.log"
            raise NotConfigured(f"{deployment} ended as {state!r}; see {page} and {log}")
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
                artifact_filter=ArtifactFilter(
                    flow_run_id=ArtifactFilterFlowRunId(any_=[run_id]), key=ArtifactFilterKey(any_=[key])
                )
            )
        return json.loads(str(found[0].data)) if found else []  # a table artifact is a list of rows

    def stop(self) -> None:
        """Stop the server and the worker."""
        self.stop_recorded(self._home)

    def stop_started(self) -> None:
        """Stop what this object started, and leave what it found running."""
        if "server" in self._started:
            self.stop()
        elif "worker" in self._started and (worker := _process(self._home, "worker")):
            terminate(worker)

    @staticmethod
    def stop_recorded(home: Path) -> bool:
        """Stop what runs under `home`; return whether anything did."""
        processes = [_process(home, name) for name in ("worker", "server")]
        stopped = [terminate(process) for process in processes if process]
        _record_file(home).unlink(missing_ok=True)
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
            process = subprocess.Popen(  # noqa: S603  our own words
                [sys.executable, "-m", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us: we stop it in order
            )
        self._started.append(name)
        self._record(**{name: known(process.pid)})  # at once: whatever happens next, `innkeeper down` finds it
        return process

    def _record(self, **entries: int | Process) -> None:
        _record_file(self._home).write_text(json.dumps(_recorded(self._home) | entries), encoding="utf-8")


def _record_file(home: Path) -> Path:
    return home / "prefect" / "running.json"


def _recorded(home: Path) -> dict[str, Any]:
    try:
        found = json.loads(_record_file(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _recorded_port(home: Path) -> int | None:
    port = _recorded(home).get("port")
    return port if isinstance(port, int) else None


def _process(home: Path, name: str) -> Process | None:
    match _recorded(home).get(name):
        case [int(pid), str(born)]:
            return Process(pid, born)
    return None


def _is_ours(home: Path, name: str) -> bool:
    process = _process(home, name)
    return process is not None and is_alive(process)


def _small_certificate_file(folder: Path) -> Path | None:
    """One certificate, not 140: Prefect builds TLS contexts for every run, even for http (measured: saves half)."""
    import certifi

    first, end, _ = (
        Path(certifi.where()).read_text(encoding="ascii", errors="ignore").partition("-----END CERTIFICATE-----")
    )
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
    raise NotConfigured(
        f"port {wanted or f'{DEFAULT_PORT} to {DEFAULT_PORT + 19}'} is in use; choose another with --prefect-port"
    )


def _is_healthy(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/api/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False
