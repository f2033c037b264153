"""The staff assistant behind HTTP in a process of its own: `python -m benchmarks.assistant_server --core N`."""

import argparse
import asyncio
import ctypes
import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path


def main() -> None:
    """
    Print `ready URL` and serve on one core until SIGTERM, on the state in `INNKEEPER_HOME`.

    SIGUSR1 collects garbage and gives freed memory back; then `rss BYTES` is printed.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--core", type=int, required=True)
    pin(parser.parse_args().core)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve())


def pin(core: int) -> None:
    """Keep this process, and the threads it starts from now on, on one core."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


async def _serve() -> None:
    import uvicorn

    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings
    from innkeeper.engine.routing.router import load_router
    from innkeeper.serving.app import create_app
    from innkeeper.tasks.assistant.assistant import open_assistant

    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    current = settings().model_copy(update={"auth": "off", "rate_limit_per_minute": 1_000_000})
    router = load_router()
    async with Database(current.database_url) as database, open_assistant(current, database, router) as assistant:
        app = create_app(current, router, database, assistant)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on", access_log=False))
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, _tell_memory)
        _say(f"ready http://127.0.0.1:{listener.getsockname()[1]}")
        await server.serve(sockets=[listener])


def _tell_memory() -> None:
    gc.collect()
    with suppress(OSError, AttributeError):  # glibc alone keeps freed pages until it is told
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    _say(f"rss {pages * os.sysconf('SC_PAGE_SIZE')}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
