"""`innkeeper rules`: the business rules of tasks, as a hotel reads and changes them."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from innkeeper.cli.outcome import AsJson, run

if TYPE_CHECKING:
    from innkeeper.engine.planning.rules import Rule

app = typer.Typer(help="The business rules of tasks: look, check.", no_args_is_help=True)


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """List the rules in force: the packaged ones, and the hotel's own (INNKEEPER_RULES)."""
    run(_list, as_json=as_json, text=_rules_text, data=lambda found: {"rules": [_rule_data(*each) for each in found]})


@app.command("check")
def check_command(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="INNKEEPER_RULES, else the packaged rules, when not given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read rules and run their examples; the exit code is 1 when anything is wrong, with line and place."""
    run(lambda: _check(file), as_json=as_json, text=_checked_text, data=lambda checked: checked)


async def _list() -> list[tuple["Rule", str]]:
    from innkeeper.blocks.settings import settings
    from innkeeper.engine.planning.rule_files import file_text, load_rules, read_rules

    path = settings().rules
    own = set() if path is None else {rule.name for rule in read_rules(file_text(path), str(path))}
    return [(rule, "hotel" if rule.name in own else "package") for rule in load_rules(path)]


async def _check(file: Path | None) -> dict[str, Any]:
    from innkeeper.blocks.settings import settings
    from innkeeper.engine.planning.rule_files import PACKAGED, file_text, packaged_text, read_rules

    path = file or settings().rules
    name = PACKAGED if path is None else str(path)
    rules = read_rules(packaged_text() if path is None else file_text(path), name)
    return {"file": name, "rules": len(rules), "examples": sum(len(rule.examples) for rule in rules)}


def _checked_text(checked: dict[str, Any]) -> str:
    return f"{checked['file']}: {checked['rules']} rules, {checked['examples']} examples, no problems."


def _rules_text(found: list[tuple["Rule", str]]) -> str:
    lines = []
    for rule, origin in found:
        outcome = rule.otherwise.value if rule.enabled else "off"
        lines.append(f"{outcome:<8} {origin:<8} {rule.name}")
        lines.append(f"{'':<17} {rule.about}")
    counts = Counter(origin for _, origin in found)
    return "\n".join([*lines, f"{len(found)} rules, {counts['hotel']} of them the hotel's own."])


def _rule_data(rule: "Rule", origin: str) -> dict[str, Any]:
    return {"origin": origin, **rule.model_dump(mode="json", exclude={"examples"}, exclude_none=True)}
