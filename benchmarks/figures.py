"""How every benchmark prints: one JSON line per figure, with date, machine and versions."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version


def print_figure(name: str, *packages: str, **figures: float) -> None:
    """
    Print one line.

    Args:
        name: What was measured.
        packages: Whose versions matter beside ours; one that is not installed is left out.
        figures: Milliseconds, rates and ratios, named with their unit.
    """
    rounded = {key: round(value, 2) if isinstance(value, float) else value for key, value in figures.items()}
    about = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
    }
    versions = {each: found for each in (*packages, "innkeeper") if (found := _version(each))}
    print(json.dumps({"benchmark": name} | rounded | about | versions), flush=True)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
