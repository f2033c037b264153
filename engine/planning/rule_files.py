"""Rules out of YAML: the packaged ones, and a hotel's own, which win by name. Problems are named with their line."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from innkeeper.engine.planning.rules import MAX_RULES, Rule
from innkeeper.schemas.errors import InputInvalid

PACKAGED = "rules.yaml"
_TAGS = {"test", "any_of"}  # of conditions: in pydantic's paths, and not in the file


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = Field(ge=1, le=1)
    rules: tuple[Rule, ...] = Field(max_length=MAX_RULES)


@cache
def load_rules(path: Path | None = None) -> tuple[Rule, ...]:
    """
    The rules in force: the packaged ones, with those of a hotel's file in the place of those of the same name.

    A hotel switches a packaged rule off by repeating it with `enabled: false`.

    Args:
        path: The hotel's file (INNKEEPER_RULES); none for the packaged rules alone.

    Raises:
        InputInvalid: A file cannot be read, or a rule in it is wrong; `problems` names line and place of each.
    """
    rules = {rule.name: rule for rule in read_rules(packaged_text(), PACKAGED)}
    if path is not None:
        rules |= {rule.name: rule for rule in read_rules(file_text(path), str(path))}
    return tuple(rules.values())


def packaged_text() -> str:
    """The rules that come with Innkeeper."""
    return files("innkeeper.engine.planning").joinpath(PACKAGED).read_text(encoding="utf-8")


def file_text(path: Path) -> str:
    """
    The text of a file of rules.

    Raises:
        InputInvalid: It cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputInvalid(f"the rules in {str(path)!r} cannot be read ({type(error).__name__})") from None


def read_rules(text: str, name: str) -> tuple[Rule, ...]:
    """
    Read rules and run their examples.

    Args:
        text: YAML.
        name: Of the file, for messages.

    Raises:
        InputInvalid: A rule is wrong, or an example ends otherwise than it says.
    """
    try:
        node, data = yaml.compose(text, yaml.SafeLoader), yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "is no YAML"
        raise InputInvalid(f"{name}{line}: {problem}", problems=[f"{name}{line}: {problem}"]) from None
    if not isinstance(data, dict):
        raise _invalid(name, [f"{name}:1: the file holds no `version` and `rules`"])
    try:
        rules = _File.model_validate(data).rules
    except ValidationError as error:
        problems = [_problem(name, node, each["loc"], each["msg"]) for each in error.errors()]
        raise _invalid(name, list(dict.fromkeys(problems))) from None
    problems = [_problem(name, node, place, text) for place, text in _wrong_together(rules)]
    if problems:
        raise _invalid(name, problems)
    return rules


def _invalid(name: str, problems: list[str]) -> InputInvalid:
    return InputInvalid(f"{name} has {len(problems)} problems; the first: {problems[0]}", problems=problems)


def _wrong_together(rules: Sequence[Rule]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Names that stand twice, and examples that end otherwise than they say."""
    seen: set[str] = set()
    for number, rule in enumerate(rules):
        if rule.name in seen:
            yield ("rules", number, "name"), f"{rule.name!r} stands twice"
        seen.add(rule.name)
        for place, example in enumerate(rule.examples):
            outcome = rule.outcome(example.facts)
            if outcome is not example.outcome:
                yield ("rules", number, "examples", place), f"ends in {outcome}, not in {example.outcome}"


def _problem(name: str, node: Any, loc: tuple[str | int, ...], text: str) -> str:
    """ "rules.yaml:12: rules.0.requires.0: what is wrong", with the line of the innermost place that the file has."""
    line, place = 1 if node is None else node.start_mark.line + 1, []
    for part in loc:
        inner = _child(node, part)
        is_missing = inner is None and isinstance(node, yaml.MappingNode) and part == loc[-1] and part not in _TAGS
        if inner is not None:
            node, line = inner, inner.start_mark.line + 1
        if inner is not None or is_missing:  # pydantic also names the classes that it tried
            place.append(str(part))
    return f"{name}:{line}: {'.'.join(place) or 'the file'}: {text.removeprefix('Value error, ')}"


def _child(node: Any, part: str | int) -> Any:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int):
        return node.value[part] if part < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    return None
