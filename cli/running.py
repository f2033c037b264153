"""`innkeeper up`, `down` and `demo`: everything on one machine."""

import asyncio
import signal
import time
from typing import TYPE_CHECKING, Annotated

import typer

from innkeeper.cli.demonstration import show_everything
from innkeeper.cli.outcome import fail
from innkeeper.cli.serve import serve_command
from innkeeper.schemas.errors import InnkeeperError

if TYPE_CHECKING:
    from innkeeper.cli.local_prefect import LocalPrefect

Port = Annotated[
    int | None,
    typer.Option("--prefect-port", min=1, max=65_535, help="Port of the Prefect server; 4200 or the next free one."),
]


def up_command(prefect_port: Port = None) -> None:
    """Run the Prefect server, the deployments, a worker and the HTTP API, until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # from the first second: the server must not stay behind
    prefect: LocalPrefect | None = None
    try:
        prefect = _local_prefect(prefect_port)
        _start(prefect)
        typer.echo(f"Prefect UI        {prefect.ui}")
        typer.echo("Deployments       route-requests, answer-question, index-knowledge-base, sweep-logs, …")
        serve_command()
    except BaseException as error:
        if prefect:
            prefect.stop_started()  # another `up` in the same home may be at work
        if not isinstance(error, InnkeeperError):
            raise
        typer.echo(f"innkeeper up: {error}", err=True)
        raise typer.Exit(1) from None
    prefect.stop()


def down_command() -> None:
    """Stop the Prefect server and worker that `demo` or `up` left running."""
    from innkeeper.blocks.settings import settings
    from innkeeper.cli.local_prefect import LocalPrefect

    try:
        home = settings().home
    except InnkeeperError as error:
        fail(error, as_json=False)
    typer.echo("stopped" if LocalPrefect.stop_recorded(home) else "nothing was running")


def demo_command(prefect_port: Port = None) -> None:
    """Route 20 guest messages of the sample hotel, index and search its documents, and ask the assistant."""
    started = time.monotonic()
    try:
        prefect = _local_prefect(prefect_port)
        _start(prefect)
        asyncio.run(show_everything(prefect))
    except InnkeeperError as error:
        typer.echo(f"innkeeper demo: {error}", err=True)
        raise typer.Exit(1) from None
    seconds = time.monotonic() - started
    typer.echo(f"\nDone in {seconds:.0f} s. Prefect keeps running at {prefect.ui}; `make down` stops it.")


def _local_prefect(port: int | None) -> "LocalPrefect":
    from innkeeper.blocks.settings import settings
    from innkeeper.cli.local_prefect import LocalPrefect

    return LocalPrefect(settings().home, port)


def _start(prefect: "LocalPrefect") -> None:
    typer.echo("Starting the Prefect server …", err=True)
    prefect.start()
    typer.echo("Registering deployments, starting a worker …", err=True)
    prefect.deploy()
    prefect.start_worker()
