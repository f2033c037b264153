"""`innkeeper serve`: the HTTP API in this process, until Ctrl-C."""

import errno
import logging
import socket
from typing import Annotated

import typer

from innkeeper.schemas.errors import InnkeeperError, NotConfigured

logger = logging.getLogger("innkeeper.cli")

BACKLOG = 2048
DRAIN_S = 10  # after a signal, requests under way have this long


def serve_command(
    host: Annotated[str | None, typer.Option(help="Address to listen on; INNKEEPER_HOST, else 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="INNKEEPER_PORT, else 8003; 0 takes a free one.")
    ] = None,
) -> None:
    """Serve the HTTP API (docs at /docs) until Ctrl-C. Exit code 1 when the port is taken or the start fails."""
    from innkeeper.blocks.settings import settings

    try:
        current = settings()
        listener = _listen(host or current.host, current.port if port is None else port)
    except InnkeeperError as error:
        typer.echo(f"innkeeper serve: {error}", err=True)
        raise typer.Exit(1) from None
    with listener:
        if not _run(listener):
            typer.echo("innkeeper serve: the start failed; the log above says why", err=True)
            raise typer.Exit(1)


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; raise `NotConfigured` when there can be none at `host` and `port`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError:
        raise NotConfigured(f"{host!r} is not an address of this machine; try --host 127.0.0.1") from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart need not wait for old connections
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise NotConfigured(_why(error, host, port)) from None
    return listener


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use; stop the other program, or choose another with --port"
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has; choose one above 1023 with --port"
    return f"cannot listen on {host} port {port}: {error.strerror}"


def _run(listener: socket.socket) -> bool:
    """Serve on `listener`; false when the app did not start."""
    import uvicorn

    from innkeeper.blocks.logs import configure_logging
    from innkeeper.blocks.settings import settings, unknown_settings
    from innkeeper.serving.app import create_app

    configure_logging(settings())
    for stranger in unknown_settings():
        hint = f"; did you mean {stranger.nearest}?" if stranger.nearest else ""
        logger.warning("no setting is called %s%s", stranger.name, hint)
    host, port = listener.getsockname()[:2]
    typer.echo(f"http://{f'[{host}]' if ':' in host else host}:{port}/docs (Ctrl-C stops)", err=True)
    config = uvicorn.Config(
        create_app(),
        lifespan="on",
        log_config=None,  # our handler writes uvicorn's records, too
        access_log=False,  # ours has no guest's words in it
        server_header=False,
        timeout_graceful_shutdown=DRAIN_S,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listener])
    return server.started
