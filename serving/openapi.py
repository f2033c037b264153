"""What OpenAPI says about problems and headers, which FastAPI cannot derive."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from innkeeper.serving.problems import KINDS, MEDIA_TYPE, ProblemDetails

_REF = "#/components/schemas/{model}"
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}}},
    429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}},
    503: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}},
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation that can answer with these problems."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="ProblemDetails")}}}
    return {
        status: {"description": KINDS[status].title, "content": content, "headers": _HEADERS.get(status, {})}
        for status in statuses
    }


def describe_problems(app: FastAPI) -> None:
    """Add the problem's schema, and the `X-Request-ID` of every response, to the app's OpenAPI document."""
    build: Callable[[], dict[str, Any]] = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(build())
        return build()

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _complete(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = ProblemDetails.model_json_schema(ref_template=_REF)
    schemas.update(problem.pop("$defs", {}))
    schemas["ProblemDetails"] = problem
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                response.setdefault("headers", {})["X-Request-ID"] = {"schema": {"type": "string"}}
