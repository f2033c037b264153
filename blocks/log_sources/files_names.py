"""Log files of a path, and the service that a file's name tells."""

import glob
import os
import re
from pathlib import Path

MAX_FILES = 2_000
_ENDINGS = re.compile(
    r"(?:\.(?:gz|log|json|jsonl|ndjson|txt|out|err|old|bak|\d{1,6})|[-_.]?\d{4}-?\d\d-?\d\d(?:[-_T.]?\d\d(?:[-_:]?\d\d){0,2})?)$",
    re.IGNORECASE,
)
_CONTAINER = re.compile(r"[a-z0-9.-]+_[a-z0-9-]+_([a-z0-9.-]+)-[0-9a-f]{64}$")  # Kubernetes: pod_namespace_container-id


def service_of(path: str) -> str:
    """The service whose log this is: `payments` for /var/log/payments.log.2.gz."""
    name = Path(path).name.lower()
    while (shorter := _ENDINGS.sub("", name)) != name:
        name = shorter
    if (container := _CONTAINER.match(name)) is not None:
        return container[1]
    name = name.strip("-_. ")
    return name if name and not name.isdigit() else Path(path).parent.name.lower() or "unknown"


def files_of(path: str) -> tuple[list[Path], list[str]]:
    """
    The files of a path, a folder with its subfolders, or a pattern; and what could not be listed.

    Links to files are followed, links to folders are not: they may lead in circles. Hidden files are left out.
    """
    problems: list[str] = []
    if Path(path).is_dir():
        found = _walked(path, problems)
    elif glob.has_magic(path) and not os.path.lexists(path):
        found = sorted(Path(each) for each in glob.iglob(path) if not Path(each).is_dir())  # noqa: PTH207  Path.glob takes no absolute pattern
    else:
        found = [Path(path)]
    if len(found) > MAX_FILES:
        problems.append(f"{path}: {len(found)} files; only the first {MAX_FILES} are read")
    return found[:MAX_FILES], problems


def _walked(folder: str, problems: list[str]) -> list[Path]:
    found: list[Path] = []

    def failed(error: OSError) -> None:
        problems.append(f"{error.filename}: cannot be listed ({error.strerror})")

    for parent, folders, names in os.walk(folder, onerror=failed):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        found += [Path(parent, name) for name in sorted(names) if not name.startswith(".")]
        if len(found) > 2 * MAX_FILES:
            break
    return found
