"""Database addresses as operators write them, made fit for an async driver."""

from urllib.parse import parse_qsl, urlencode, urlsplit

_DRIVERS = {
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}
# libpq's parameters that asyncpg has another name for, or sets itself
_RENAMED = {"sslmode": "ssl"}
_DROPPED = {"channel_binding", "gssencmode", "target_session_attrs", "connect_timeout", "options"}


def async_url(url: str) -> str:
    """
    `url` with an async driver: postgres(ql):// becomes postgresql+asyncpg://, sqlite:// becomes sqlite+aiosqlite://.

    `sslmode=require`, which hosted PostgreSQL services put into the address, becomes asyncpg's `ssl=require`.

    Raises:
        ValueError: Another kind of database, a host that is missing, or a SQLite address without a file.
    """
    scheme, separator, rest = url.partition("://")
    driver = _DRIVERS.get(scheme.lower())
    if not separator or driver is None:
        raise ValueError("the address must start with postgresql:// or sqlite:///")
    if driver.startswith("sqlite"):
        file = rest.partition("?")[0].removeprefix("/")
        if not rest.startswith("/") or not file or file.startswith(":memory:") or "mode=memory" in rest:
            raise ValueError(
                "the SQLite address must name a file, as in sqlite:///hotel.db or sqlite:////var/lib/hotel.db"
            )
        return f"{driver}://{rest}"
    parts = urlsplit(f"{driver}://{rest}")
    query = [(_RENAMED.get(key, key), value) for key, value in parse_qsl(parts.query) if key not in _DROPPED]
    if not parts.hostname and "host" not in dict(query):
        raise ValueError("the PostgreSQL address names no host, as in postgresql://user:password@host:5432/hotel")
    return f"{driver}://{parts.netloc}{parts.path}" + (f"?{urlencode(query)}" if query else "")


def is_sqlite(url: str) -> bool:
    """Whether `url` is the address of a SQLite file."""
    return url.startswith("sqlite")
