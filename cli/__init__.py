"""The `innkeeper` command."""

import typer

from innkeeper.cli import hotel, keys, routing, running
from innkeeper.cli.serve import serve_command

app = typer.Typer(
    help="A hotel's language work: route guest messages, in English and Vietnamese.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("route")(routing.route_command)
app.command("extract")(routing.extract_command)
app.command("serve")(serve_command)
app.command("up")(running.up_command)
app.command("down")(running.down_command)
app.command("demo")(running.demo_command)
app.add_typer(hotel.app, name="hotel")
app.add_typer(keys.app, name="keys")


def main() -> None:
    """Run the command; Ctrl-C ends it without a stack trace."""
    app()


if __name__ == "__main__":
    main()
