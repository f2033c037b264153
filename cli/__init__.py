"""The `innkeeper` command."""

import io
import sys

import typer

from innkeeper.cli import (
    approvals,
    asking,
    costs,
    executing,
    hotel,
    incidents,
    kb,
    keys,
    logs,
    routing,
    rules,
    running,
    tasks,
    templates,
)
from innkeeper.cli.serve import serve_command
from innkeeper.cli.writing import write_command

app = typer.Typer(
    help="A hotel's language work, in English and Vietnamese: route guest messages, answer staff.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("route")(routing.route_command)
app.command("extract")(routing.extract_command)
app.command("ask")(asking.ask_command)
app.command("write")(write_command)
app.command("execute")(executing.execute_command)
app.command("serve")(serve_command)
app.command("up")(running.up_command)
app.command("down")(running.down_command)
app.command("demo")(running.demo_command)
app.add_typer(hotel.app, name="hotel")
app.add_typer(keys.app, name="keys")
app.add_typer(kb.app, name="kb")
app.command("costs")(costs.costs_command)
app.add_typer(costs.budgets_app, name="budgets")
app.add_typer(approvals.app, name="approvals")
app.add_typer(templates.app, name="templates")
app.add_typer(rules.app, name="rules")
app.add_typer(tasks.app, name="tasks")
app.add_typer(tasks.wake_ups_app, name="wake-ups")
app.add_typer(logs.app, name="logs")
app.add_typer(incidents.app, name="incidents")
app.add_typer(approvals.outbox_app, name="outbox")
app.add_typer(approvals.consents_app, name="consents")


def main() -> None:
    """Run the command. It writes UTF-8 whatever the locale is: guests write Vietnamese, and JSON is UTF-8."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # half a surrogate pair is escaped
    app()


if __name__ == "__main__":
    main()
