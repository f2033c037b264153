"""From the variables of a request to the context of its template, or to a list of everything that is wrong."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.message_contexts import CONTEXTS, MessageContext
from innkeeper.schemas.messages import MessageKind


def read_context(kind: MessageKind, variables: Mapping[str, Any]) -> MessageContext:
    """
    The variables of a message, checked.

    Raises:
        InputInvalid: Some are missing, unknown or wrong; `problems` names each, never its value.
    """
    context = CONTEXTS[kind]
    try:
        return context.model_validate(dict(variables))
    except ValidationError as error:
        problems = [_problem(entry, context) for entry in error.errors(include_url=False, include_input=False)]
        raise InputInvalid(
            f"The variables of {kind} cannot be used: {'; '.join(problems)}", problems=problems
        ) from None


def _problem(entry: Any, context: type[BaseModel]) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in entry["loc"]).removeprefix(".")
    if entry["type"] == "missing":
        return f"{place} is missing"
    if entry["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(entry["loc"][-1]), list(_names(context)), n=1)
        return f"{place} is unknown" + (f" (did you mean {near[0]}?)" if near else "")
    cause = entry.get("ctx", {}).get("error")
    text = str(cause) if isinstance(cause, ValueError) else entry["msg"].replace("Input should", "should")
    return f"{place}: {text}" if place else text


def _names(model: type[BaseModel]) -> Iterator[str]:
    """Field names of `model` and of what is inside of it."""
    for name, field in model.model_fields.items():
        yield name
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from inner.model_fields
