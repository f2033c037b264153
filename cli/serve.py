"""`innkeeper serve`: the HTTP API in this process, until Ctrl-C."""

import asyncio
import errno
import logging
import signal
import socket
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from innkeeper.schemas.errors import InnkeeperError, NotConfigured

if TYPE_CHECKING:
    from innkeeper.blocks.settings import Settings

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
        with _listening(host or current.host, current.port if port is None else port) as listener:
            _serve(listener, current)
    except InnkeeperError as error:
        typer.echo(f"innkeeper serve: {error}", err=True)
        raise typer.Exit(1) from None


def _listening(host: str, port: int) -> socket.socket:
    """A listening socket; raise `NotConfigured` when there can be none at `host` and `port`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise NotConfigured(f"{host!r} is not an address of this machine; try --host 127.0.0.1") from None
    listener = socket.socket(family, kind, protocol)
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


def _serve(listener: socket.socket, settings: "Settings") -> None:
    """Open the app, serve it on `listener` until a signal, and close it; raise what its start raises."""
    import uvicorn

    from innkeeper.blocks.logs import configure_logging
    from innkeeper.serving.app import create_app

    configure_logging(settings)
    _warn_of_unknown_settings()
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        lifespan="off",  # opened here, so that an error on the way is a message and not a trace
        log_config=None,  # our handler writes uvicorn's records, too
        access_log=False,  # ours has no guest's words in it
        server_header=False,  # a proxy's X-Forwarded-For is believed from the addresses in FORWARDED_ALLOW_IPS
        timeout_graceful_shutdown=DRAIN_S,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # an orchestrator's stop is tidied up as Ctrl-C is
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        runner.run(_enter(stack, app.router.lifespan_context(app)))
        try:
            host, at = listener.getsockname()[:2]
            typer.echo(f"http://{f'[{host}]' if ':' in host else host}:{at}/docs (Ctrl-C stops)", err=True)
            runner.run(uvicorn.Server(config).serve(sockets=[listener]))
        except KeyboardInterrupt:
            pass  # uvicorn has drained, and raises the signal again
        finally:
            runner.run(stack.aclose())


async def _enter(stack: AsyncExitStack, context: AbstractAsyncContextManager[object]) -> None:
    await stack.enter_async_context(context)


def _warn_of_unknown_settings() -> None:
    from innkeeper.blocks.settings import unknown_settings

    for stranger in unknown_settings():
        hint = f"; did you mean {stranger.nearest}?" if stranger.nearest else ""
        logger.warning("no setting is called %s%s", stranger.name, hint)
