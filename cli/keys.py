"""`innkeeper keys`: keys to the HTTP API."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.outcome import AsJson, run
from innkeeper.schemas.access import Role

if TYPE_CHECKING:  # at run time SQLAlchemy is imported by the command that needs it
    from innkeeper.blocks.database.models import ApiKey

app = typer.Typer(help="Keys to the HTTP API.", no_args_is_help=True)


@app.command("create")
def create_command(
    role: Annotated[Role, typer.Option(help="What the holder may do.")],
    name: Annotated[str | None, typer.Option(help="By which you recognise the key; the role when not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it, once: only its hash is kept."""
    label = (name or "").strip() or role.value
    if len(label) > 200:
        raise typer.BadParameter("must be at most 200 characters", param_hint="--name")
    run(
        lambda: _create(role, label),
        as_json=as_json,
        text=lambda made: f"{made[0]}\nKey {made[1].id} ({made[1].name}, {made[1].role}). It is not shown again.",
        data=lambda made: {"key": made[0], **_data(made[1])},
    )


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List all keys by their first characters."""
    run(
        _list,
        as_json=as_json,
        text=lambda keys: "\n".join(_line(key) for key in keys) or "There are no keys; make one with `keys create`.",
        data=lambda keys: {"keys": [_data(key) for key in keys]},
    )


@app.command("revoke")
def revoke_command(
    key_id: Annotated[int, typer.Argument(metavar="ID", help="As `keys list` shows it.")], as_json: AsJson = False
) -> None:
    """Make a key useless. A running server notices within a minute."""
    run(lambda: _revoke(key_id), as_json=as_json, text=lambda key: f"Key {key.id} ({key.name}) is revoked.", data=_data)


async def _create(role: Role, name: str) -> "tuple[str, ApiKey]":
    from innkeeper.blocks.database.api_keys import create_key
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings

    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.writing() as session:
            return await create_key(session, role, name, principal="cli")


async def _list() -> "list[ApiKey]":
    from innkeeper.blocks.database.api_keys import list_keys
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings

    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.reading() as session:
            return await list_keys(session)


async def _revoke(key_id: int) -> "ApiKey":
    from innkeeper.blocks.database.api_keys import revoke_key
    from innkeeper.blocks.database.engine import Database
    from innkeeper.blocks.settings import settings
    from innkeeper.schemas.errors import InputInvalid

    async with Database(settings().database_url) as database:
        await database.upgrade()
        async with database.writing() as session:
            key = await revoke_key(session, key_id, principal="cli")
    if key is None:
        raise InputInvalid(f"there is no key {key_id}; `innkeeper keys list` shows all")
    return key


def _data(key: "ApiKey") -> dict[str, Any]:
    names = ("id", "name", "role", "prefix", "created_at", "last_used_at", "revoked_at")
    values = {name: getattr(key, name) for name in names}
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in values.items()}


def _line(key: "ApiKey") -> str:
    state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
    used = f"used {key.last_used_at:%Y-%m-%d %H:%M} UTC" if key.last_used_at else "never used"
    return f"{key.id:4}  {key.prefix}…  {key.role:13} {state:18} {used:26} {key.name}"
