"""How a command ends: what it prints, and its exit code (0 ok, 1 failed; typer itself gives 2 for bad usage)."""

import asyncio
import getpass
import json
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, NoReturn, TypeVar

import typer

from innkeeper.schemas.errors import InnkeeperError, InputInvalid

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]
T = TypeVar("T")


def run(
    work: Callable[[], Coroutine[Any, Any, T]],
    *,
    as_json: bool,
    text: Callable[[T], str],
    data: Callable[[T], dict[str, Any]],
) -> None:
    """
    Run `work` and print its outcome on standard output; an error goes to standard error, with exit code 1.

    Args:
        work: What the command does.
        as_json: Print `data` of the outcome, or `{"error", "problems"}`, as one line of JSON on standard output.
        text: The outcome for a person.
        data: The outcome for a program; values that JSON lacks are written as text.
    """
    try:
        outcome = asyncio.run(work())
    except InnkeeperError as error:
        fail(error, as_json=as_json)
    typer.echo(json.dumps(data(outcome), ensure_ascii=False, default=str) if as_json else text(outcome))


def fail(error: InnkeeperError, *, as_json: bool) -> NoReturn:
    """Say what went wrong, as JSON on standard output or as text on standard error, and end with exit code 1."""
    problems = error.problems if isinstance(error, InputInvalid) else []
    if as_json:
        typer.echo(json.dumps({"error": str(error), "problems": problems}, ensure_ascii=False))
    else:
        typer.echo("\n  ".join([f"error: {error}", *problems]), err=True)
    raise typer.Exit(1)


def person() -> str:
    """Who runs the command, as the audit log names a principal."""
    try:
        return f"cli:{getpass.getuser()}"
    except (KeyError, OSError):  # a container's user may have no name
        return "cli"
