"""The reference services of a checkout, for the demo: live room states and prices over HTTP."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

START_TIMEOUT_S = 30.0
_PATHS = {"room_status_url": ("room-status", "/rooms/0"), "pricing_url": ("pricing", "/prices?room_type=&date=")}


@contextmanager
def reference_services(root: Path) -> Iterator[dict[str, str]]:
    """
    Run both services while the block lasts.

    Args:
        root: Of the checkout.

    Yields:
        Their addresses, by the name of the setting; none where `root` has no such services, or they do not come up.
    """
    if not (root / "deployments" / "reference_services").is_dir():
        yield {}
        return
    with ExitStack() as stack:
        ports = {setting: _free_port() for setting in _PATHS}
        for setting, (service, _) in _PATHS.items():
            command = [sys.executable, "-m", "deployments.reference_services", service, "--port", str(ports[setting])]
            process = stack.enter_context(
                subprocess.Popen(  # noqa: S603  our own words
                    command, cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            )
            stack.callback(process.terminate)
        addresses = {setting: f"http://127.0.0.1:{port}" for setting, port in ports.items()}
        are_up = all(_answers(address + _PATHS[setting][1]) for setting, address in addresses.items())
        yield addresses if are_up else {}


def _answers(url: str) -> bool:
    """Whether anything, an error too, comes back within `START_TIMEOUT_S`."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        try:
            urlopen(url, timeout=1).close()  # noqa: S310  http, on this machine
        except HTTPError:
            return True
        except (URLError, OSError):
            time.sleep(0.1)
        else:
            return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
