"""Which logs are swept: the sources that the settings name."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from innkeeper.blocks.log_sources.base import LogSource
from innkeeper.blocks.log_sources.elasticsearch import Elasticsearch
from innkeeper.blocks.log_sources.files import LogFiles
from innkeeper.blocks.log_sources.loki import Loki
from innkeeper.blocks.log_sources.prefect_runs import PrefectRuns
from innkeeper.blocks.settings import Settings
from innkeeper.schemas.errors import NotConfigured

PREFECT = "prefect"
_BLOCKS: Mapping[str, type[LogSource]] = {
    kind.get_block_type_slug(): kind for kind in (LogFiles, Loki, Elasticsearch, PrefectRuns)
}
_UNNAMED = re.compile(r"[^\w.-]+")


async def open_sources(settings: Settings) -> list[LogSource]:
    """
    The sources of `INNKEEPER_LOG_SOURCES`, in order.

    Raises:
        NotConfigured: None is set, one cannot be used, or two have one name.
    """
    listed = _listed(settings)
    if not listed:
        raise NotConfigured(
            "no logs are set to be swept: INNKEEPER_LOG_SOURCES takes files, folders, `prefect`, or blocks such as"
            " hotel-loki/main, with commas between"
        )
    sources = [await _source(each, settings) for each in listed]
    names = [each.name for each in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise NotConfigured(f"INNKEEPER_LOG_SOURCES has two sources with the name {twice!r}; give one another name")
    return sources


def source_names(settings: Settings) -> list[str]:
    """
    Under which names the sources are kept, without opening them.

    A block keeps its place under its own `name`: the one it was saved with is taken, which is to be the same.
    """
    return [
        files_name(listed) if _is_path(listed) else listed.partition("/")[2] or PREFECT for listed in _listed(settings)
    ]


def absolute_sources(settings: Settings) -> str:
    """`INNKEEPER_LOG_SOURCES` for processes that run in another folder."""
    return ",".join(_whole(listed) if _is_path(listed) else listed for listed in _listed(settings))


def _is_path(listed: str) -> bool:
    slug, _, name = listed.partition("/")
    return listed != PREFECT and not (slug in _BLOCKS and name)


def _listed(settings: Settings) -> list[str]:
    return [each.strip() for each in settings.log_sources.split(",") if each.strip()]


async def _source(listed: str, settings: Settings) -> LogSource:
    slug, _, name = listed.partition("/")
    try:
        if listed == PREFECT:
            return PrefectRuns()
        if slug in _BLOCKS and name:
            return await _loaded(_BLOCKS[slug], name)
        return log_files(listed, settings.hotel_timezone)
    except ValidationError as error:
        raise NotConfigured(f"the log source {listed!r} cannot be used: {error.errors()[0]['msg']}") from None


async def _loaded(kind: type[LogSource], name: str) -> LogSource:
    try:
        loaded: Any = await kind.aload(name)
    except ValueError:
        raise NotConfigured(f"there is no {kind.get_block_type_name()} block {name!r}; create it first") from None
    source: LogSource = loaded
    return source


def log_files(path: str, time_zone: str) -> LogFiles:
    """Files as a source."""
    return LogFiles(name=files_name(path), path=_whole(path), time_zone=time_zone)


def files_name(path: str) -> str:
    """The name that the sweep keeps the place of files by: of the path, and of no other one."""
    whole = _whole(path)
    plain = _UNNAMED.sub("-", Path(whole).name).strip("-")[:40] or "logs"
    return f"{plain}.{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


def _whole(path: str) -> str:
    return str(Path(path).expanduser().absolute())
