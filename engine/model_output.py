"""Reads what a model answered as JSON: strictly first, then with the repairs that have one reading only."""

import json
import re
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError

from innkeeper.engine.loose_json import MAX_DEPTH, Malformed, finite, read_loosely, same, shown, unique
from innkeeper.schemas.errors import OutputInvalid

Answer = TypeVar("Answer", bound=BaseModel)

MAX_CHARS = 2_000_000  # several times the longest answer that a model can give
MAX_REPAIRED_CHARS = 200_000
_MAX_VALUES, _MAX_ASIDES = 20, 1_000
_MAX_PROBLEMS, _MAX_PROBLEM_CHARS = 5, 120
_THOUGHT = re.compile(r"\s*<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL)  # some models write down how they got there
_ASIDE = re.compile(r"""\[([^\[\]{}"',:]*+)\]|\{([^\W\d]\w*+)\}""")  # "[see note]", "{name}" in prose
_LITERAL = re.compile(r"[\W\d]*+(?:(?:true|false|null|none)\W*+)?", re.IGNORECASE)  # "[True]" and "[12]" are arrays
_CLOSING = re.compile(r"[}\]]")
_OPENING = re.compile(r"[{\[]")
_KEY_BEFORE = re.compile(r"""(?:^|[\n,`])\s*(?:"[^"\n]*"|'[^'\n]*')\s*:\s*$""")
_MORE_AFTER = re.compile(r"""\s*[,:]|[^{}\[\]]*["']\s*:""")
_FENCE = "```"
_HALF = re.compile("[\ud800-\udfff]|\\\\u[dD][89a-fA-F]")


def read_strict(text: str) -> Any:
    """
    JSON as RFC 8259 has it: any value, no repair; of a repeated key the last value.

    Args:
        text: Of any length.

    Raises:
        OutputInvalid: It is something else, holds half a character, or a number or a depth out of bounds.
    """
    try:
        return _checked(json.loads(text, parse_constant=_no_constant, parse_float=finite), text)
    except Malformed as error:
        _refuse(error.what, error.at, text)
    except json.JSONDecodeError as error:
        _refuse(f"it is not JSON ({error.msg})", error.pos, text)
    except ValueError:
        _refuse("a number has too many digits", -1, text)
    except RecursionError:
        _refuse(f"there are more than {MAX_DEPTH} brackets inside each other", -1, text)


def read_object(text: str) -> dict[str, Any] | list[Any]:
    """
    The one object or array in a model's answer.

    Strict JSON is taken as it is. Otherwise these are mended: a byte-order mark, a code fence, words before and after,
    a `<think>` block, trailing commas, comments, single quotes, bare keys, `True`/`False`/`None`, raw line breaks in
    strings, a comma that is missing between two members, one bracket that is missing or too many at the very end.

    Args:
        text: The answer, at most `MAX_CHARS` characters, or `MAX_REPAIRED_CHARS` when it needs mending.

    Raises:
        OutputInvalid: It has no reading, or more than one: two different values, one key with two values, a value that
            is cut off. `problem` says what and where, for one more try; it quotes nothing but names of keys.
    """
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARS:
        _refuse(f"it is longer than {MAX_CHARS} characters", -1, "")
    try:
        value = _one_value(text, _THOUGHT.match(text))
    except Malformed as error:
        _refuse(error.what, error.at, text)
    except RecursionError:
        _refuse(f"there are more than {MAX_DEPTH} brackets inside each other", -1, text)
    if not isinstance(value, dict | list):
        _refuse("the answer holds no object and no array", -1, text)
    return value


def read_as(text: str, output_type: type[Answer]) -> Answer:
    """
    A model's answer as an `output_type`.

    Raises:
        OutputInvalid: `read_object` says why, or `problem` names the fields that do not fit; it holds no values.
    """
    value = read_object(text)
    try:
        return output_type.model_validate(value)
    except ValidationError as error:
        problems = [_misfit(entry["loc"], entry["msg"]) for entry in error.errors(include_input=False)]
        more = len(problems) - _MAX_PROBLEMS
        problem = "; ".join(problems[:_MAX_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
        raise OutputInvalid(f"the model's answer does not fit its schema: {problem}", problem=problem) from None


def _one_value(text: str, thought: re.Match[str] | None) -> Any:
    start = thought.end() if thought else 0
    try:
        return _checked(_decoder().decode(text[start:] if start else text), text)
    except json.JSONDecodeError:
        pass
    except Malformed:
        raise
    except ValueError as error:
        raise Malformed("a number has too many digits", -1) from error
    found = _values(text, start)
    if not found:
        raise Malformed("the answer holds no object and no array", -1)
    chosen = _fenced(text, found) or found
    for value, begin, _ in chosen[1:]:
        if not same(value, chosen[0][0]):
            raise Malformed("there are two different values, give only one", begin)
    return _checked(chosen[0][0], text)


def _values(text: str, start: int) -> list[tuple[Any, int, int]]:
    """Every outermost object or array between words, with its place; `Malformed` when one of them cannot be read."""
    end, at, asides = _end(text), start, 0
    found: list[tuple[Any, int, int]] = []
    while opening := _OPENING.search(text, at, end):
        begin = opening.start()
        _words(text, at, begin)
        if aside := _aside(text, begin, end):
            at, asides = aside, asides + 1
        else:
            if _KEY_BEFORE.search(text[max(at, begin - 200) : begin]):
                raise Malformed("a key stands outside of any object", begin)
            value, at = _value_at(text, begin, end)
            found.append((value, begin, at))
            at = _behind(text, at, end)
        if len(found) > _MAX_VALUES or asides > _MAX_ASIDES:
            raise Malformed("there are many values, give only one", begin)
    _words(text, at, end)
    return found


def _aside(text: str, begin: int, end: int) -> int | None:
    """Where words in brackets end that are no JSON."""
    match = _ASIDE.match(text, begin, end)
    if match is None or _LITERAL.fullmatch(match.group(1) or match.group(2) or ""):
        return None
    return match.end()


def _value_at(text: str, begin: int, end: int) -> tuple[Any, int]:
    try:
        value, at = _decoder().raw_decode(text, begin)
    except json.JSONDecodeError:
        if len(text) > MAX_REPAIRED_CHARS:
            raise Malformed("it is not JSON, and too long to be mended", begin) from None
        return read_loosely(text, begin, end)
    except Malformed as error:
        raise Malformed(error.what, begin) from None
    except ValueError:
        raise Malformed("a number has too many digits", begin) from None
    return value, at


def _behind(text: str, at: int, end: int) -> int:
    """Where words may begin behind a value: one bracket too many is passed over, more of the value is not."""
    closing = _CLOSING.search(text, at, end)
    if closing and not text[at : closing.start()].strip():
        at = closing.end()
        if text[at:end].strip():
            raise Malformed("a bracket closes nothing", closing.start())
    if _MORE_AFTER.match(text, at, min(end, at + 200)):
        raise Malformed("the answer goes on behind its end", at)
    return at


def _words(text: str, at: int, end: int) -> None:
    """A closing bracket among words is a piece of something else."""
    if closing := _CLOSING.search(text, at, end):
        raise Malformed("a bracket closes nothing", closing.start())


def _fenced(text: str, found: list[tuple[Any, int, int]]) -> list[tuple[Any, int, int]]:
    """The values in code fences, when all that stands outside are lists such as "[1]"."""
    inside = [each for each in found if text.count(_FENCE, 0, each[1]) % 2 == 1]
    outside = [each for each in found if each not in inside]
    return inside if inside and not any(isinstance(value, dict) for value, _, _ in outside) else []


def _end(text: str) -> int:
    """Where the answer ends: before a closing fence, if one stands last."""
    bare = text.rstrip()
    if bare.endswith(_FENCE) and bare.count(_FENCE) > 1:
        return len(bare.rstrip("`").rstrip())
    return len(bare)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=unique, parse_constant=_no_constant, parse_float=finite)


def _no_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} is no number", -1)


def _checked(value: Any, text: str) -> Any:
    """`value`, when its depth is in bounds and all of its characters are whole."""
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise Malformed(f"there are more than {MAX_DEPTH} brackets inside each other", -1)
    if _HALF.search(text):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Malformed("a string holds half of a character (a lone surrogate)", -1) from None
    return value


def _depth(value: Any) -> int:
    level, depth = [value], 0
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        level = [inner for each in level for inner in (each.values() if isinstance(each, dict) else each)]
    return depth


def _misfit(place: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part) if isinstance(part, int) else shown(part).strip("`") for part in place)
    return f"{where or 'the answer'}: {message[:_MAX_PROBLEM_CHARS]}"


def _refuse(what: str, at: int, text: str) -> NoReturn:
    where = ""
    if at >= 0:
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        where = f" (line {line}, column {column})"
    raise OutputInvalid(f"the model's answer cannot be read: {what}{where}", problem=f"{what}{where}")
