"""Checks plain JSON against the `TypedDict` parameters that a provider's SDK publishes."""

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import typing_extensions

Path = tuple[str | int, ...]
Check = Callable[[Any, Path], None]
TAGS = ("type", "role")
PLAIN: dict[Any, tuple[str, tuple[type, ...]]] = {
    str: ("a string", (str,)),
    int: ("an integer", (int,)),
    float: ("a number", (int, float)),
    bool: ("a boolean", (bool,)),
    type(None): ("null", (type(None),)),
}


class Mismatch(Exception):
    """
    A value is not what its parameter takes.

    Attributes:
        kind: `missing`, `unknown`, `type` or `value`.
        path: Keys and positions from the body down.
        expected: What it should be, in words.
    """

    def __init__(self, kind: str, path: Path, expected: str = "", value: Any = None) -> None:
        super().__init__(f"{kind} at {path}: expected {expected}")
        self.kind = kind
        self.path = path
        self.expected = expected
        self.value = value


def fields_of(typed_dict: Any) -> dict[str, Any]:
    """Names and types of the fields, `Required` taken off."""
    return typing.get_type_hints(typed_dict)


def required_of(typed_dict: Any) -> frozenset[str]:
    """Names of the fields that must be there; the SDKs' annotations are strings, so they are evaluated first."""
    hints = typing.get_type_hints(typed_dict, include_extras=True)
    needed = (typing.Required, typing_extensions.Required)
    return frozenset(name for name, hint in hints.items() if get_origin(hint) in needed)


def name_of(value: Any) -> str:
    """A JSON value's type, in words."""
    for word, kinds in (("a boolean", bool), ("null", type(None)), ("a string", str), ("an object", dict)):
        if isinstance(value, kinds):
            return word
    return "an array" if isinstance(value, list) else "an integer" if isinstance(value, int) else "a number"


def check_object(typed_dict: Any, extra: frozenset[str] = frozenset(), without: frozenset[str] = frozenset()) -> Check:
    """A check of a whole body: `extra` fields pass unread, those in `without` do not exist."""
    names = fields_of(typed_dict)
    checks = {name: check_of(hint) for name, hint in names.items() if name not in without}
    return _fields_check(checks, required_of(typed_dict), extra)


def _fields_check(checks: Mapping[str, Check], required: frozenset[str], extra: frozenset[str] = frozenset()) -> Check:
    def check(value: Any, path: Path) -> None:
        if not isinstance(value, dict):
            raise Mismatch("type", path, "an object", value)
        for name, item in value.items():
            if name in checks:
                checks[name](item, (*path, name))
            elif name not in extra:
                raise Mismatch("unknown", (*path, name))
        for name in sorted(required - value.keys()):
            raise Mismatch("missing", (*path, name))

    return check


@cache
def check_of(hint: Any) -> Check:
    """The check that a type hint stands for; what JSON cannot hold (files, dates) is not checked."""
    origin = get_origin(hint)
    if hint in PLAIN:
        return _plain_check(hint)
    if origin is Literal:
        return _literal_check(get_args(hint))
    if origin in (Union, types.UnionType):
        return _union_check(get_args(hint))
    if origin is typing.Annotated:
        return check_of(get_args(hint)[0])
    if typing_extensions.is_typeddict(hint):
        return _typed_dict_check(hint)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping_check(get_args(hint)[1])
    if isinstance(origin, type) and issubclass(origin, Iterable):
        return _list_check(get_args(hint)[0])
    return lambda value, path: None


def _plain_check(hint: Any) -> Check:
    expected, kinds = PLAIN[hint]

    def check(value: Any, path: Path) -> None:
        if not isinstance(value, kinds) or (isinstance(value, bool) and hint is not bool):
            raise Mismatch("type", path, expected, value)

    return check


def _literal_check(allowed: Sequence[Any]) -> Check:
    expected = ", ".join(f"'{each}'" for each in allowed)

    def check(value: Any, path: Path) -> None:
        if not any(value == each and type(value) is type(each) for each in allowed):
            raise Mismatch("value", path, expected, value)

    return check


def _list_check(item_hint: Any) -> Check:
    item = check_of(item_hint)

    def check(value: Any, path: Path) -> None:
        if not isinstance(value, list):
            raise Mismatch("type", path, "an array", value)
        for number, each in enumerate(value):
            item(each, (*path, number))

    return check


def _mapping_check(value_hint: Any) -> Check:
    item = check_of(value_hint)

    def check(value: Any, path: Path) -> None:
        if not isinstance(value, dict):
            raise Mismatch("type", path, "an object", value)
        for key, each in value.items():
            item(each, (*path, key))

    return check


def _typed_dict_check(typed_dict: Any) -> Check:
    made: list[Check] = []

    def check(value: Any, path: Path) -> None:  # made at first use: the types refer to each other
        if not made:
            made.append(check_object(typed_dict))
        made[0](value, path)

    return check


def _union_check(options: Sequence[Any]) -> Check:
    objects = [option for option in options if typing_extensions.is_typeddict(option)]
    others = [check_of(option) for option in options if option not in objects and not _python_only(option)]
    tags = [(_tags_of(option), check_of(option)) for option in objects]

    def check(value: Any, path: Path) -> None:
        candidates = list(others)
        if isinstance(value, dict) and tags:
            candidates = [each for found, each in tags if _fits(found, value)] + others
            if not candidates:
                raise _no_such_tag([found for found, _each in tags], value, path)
        _first_passing(candidates or [each for _found, each in tags], value, path)

    return check


def _python_only(option: Any) -> bool:
    """A class that the SDK turns into JSON itself: an answer given back as it came, an open file."""
    return isinstance(option, type) and get_origin(option) is None and option not in PLAIN


def _first_passing(checks: list[Check], value: Any, path: Path) -> None:
    """Pass if one does; otherwise the mismatch that got furthest into the value."""
    problems: list[Mismatch] = []
    for each in checks:
        try:
            each(value, path)
        except Mismatch as problem:
            problems.append(problem)
        else:
            return
    # a wrong value of the right type says more than a wrong type
    raise max(problems, key=lambda problem: (len(problem.path), problem.kind != "type"))


def _tags_of(typed_dict: Any) -> dict[str, tuple[frozenset[Any], bool]]:
    """`{"type": (allowed values, required)}` of the fields that tell the members of a union apart."""
    required = required_of(typed_dict)
    hints = fields_of(typed_dict)
    return {tag: (frozenset(_literals(hints[tag])), tag in required) for tag in TAGS if tag in hints}


def _literals(hint: Any) -> Iterable[Any]:
    if get_origin(hint) is Literal:
        return get_args(hint)
    if get_origin(hint) in (Union, types.UnionType):
        return [value for option in get_args(hint) for value in _literals(option)]
    return [None] if hint is type(None) else []


def _fits(tags: Mapping[str, tuple[frozenset[Any], bool]], value: Mapping[str, Any]) -> bool:
    for tag, (allowed, required) in tags.items():
        if (tag not in value and required) or (tag in value and allowed and _hashed(value[tag]) not in allowed):
            return False
    return True


def _hashed(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else repr(value)


def _no_such_tag(tags: list[dict[str, tuple[frozenset[Any], bool]]], value: Any, path: Path) -> Mismatch:
    name = next((tag for tag in TAGS if any(tag in each for each in tags)), "type")
    if name not in value:
        return Mismatch("missing", (*path, name))
    allowed = sorted({str(option) for each in tags for option in each.get(name, (frozenset(), False))[0]})
    return Mismatch("value", (*path, name), ", ".join(f"'{each}'" for each in allowed), value[name])
