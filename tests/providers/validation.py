"""What both providers check: the body is JSON, and schemas for strict output say enough."""

import json
from collections.abc import Iterator
from typing import Any

from tests.providers.script import Payload
from tests.providers.server import ApiFault
from tests.providers.wire import HttpRequest


def body_of(request: HttpRequest, unreadable: str) -> Payload:
    """The JSON object of a request; raises `ApiFault` 400."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        message = f"Unsupported content-type header: '{media_type}'. Only 'application/json' is accepted."
        raise ApiFault(400, message, field_path="content-type")
    try:
        payload = json.loads(request.body, parse_constant=_no_constant)
    except ValueError as error:
        raise ApiFault(400, f"{unreadable} ({error})") from error
    if not isinstance(payload, dict):
        raise ApiFault(400, f"{unreadable} (expected an object)")
    return payload


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def loose_objects(
    schema: Any, path: tuple[str, ...] = (), *, all_required: bool
) -> Iterator[tuple[tuple[str, ...], str]]:
    """
    Where a JSON schema leaves an object open, and why; strict output forbids it.

    Args:
        schema: The schema, or a part of it.
        path: Where the part lies.
        all_required: OpenAI also wants every property in `required`.
    """
    if isinstance(schema, list):
        for number, each in enumerate(schema):
            yield from loose_objects(each, (*path, str(number)), all_required=all_required)
    if not isinstance(schema, dict):
        return
    kind, properties = schema.get("type"), schema.get("properties")
    if kind == "object" or (isinstance(kind, list) and "object" in kind):
        if schema.get("additionalProperties") is not False:
            yield path, "'additionalProperties' is required to be supplied and to be false"
        missing = set(properties or ()) - set(schema.get("required", ()))
        if all_required and missing:
            names = ", ".join(f"'{name}'" for name in sorted(missing))
            yield path, f"'required' must include every key in properties; missing: {names}"
    for word in ("items", "anyOf", "allOf", "prefixItems"):
        yield from loose_objects(schema.get(word), (*path, word), all_required=all_required)
    for word in ("properties", "$defs", "definitions"):
        for name, each in (schema.get(word) or {}).items():
            yield from loose_objects(each, (*path, word, name), all_required=all_required)
