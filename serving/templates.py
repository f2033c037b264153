"""`templates`: the words of messages, as a hotel looks at them and changes them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from innkeeper.blocks.database.templates import find_template, template_history
from innkeeper.schemas.access import Principal
from innkeeper.schemas.errors import Conflict, InputInvalid, NotAllowed, NotConfigured, NotFound
from innkeeper.schemas.message_templates import (
    MAX_COMMENT_CHARS,
    MAX_SOURCE_CHARS,
    TemplateInUse,
    TemplateVersion,
    normalised,
)
from innkeeper.schemas.messages import MAX_VARIABLES, DraftRequest, MessageKind, MessageLanguage, Tone
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.problems import MAX_ERRORS, Problem, field_error
from innkeeper.serving.services import services_of

_MAX_NUMBER = 2**31 - 1
Number = Annotated[int, Field(ge=1, le=_MAX_NUMBER)]
SourceText = Annotated[
    str, Field(min_length=1, max_length=MAX_SOURCE_CHARS, description="Jinja2 with the blocks subject, body and chat.")
]
_NOT_HERE = ["DELETE", "HEAD", "OPTIONS", "PATCH", "POST", "TRACE"]  # of a template's own path
_BODY = problem_responses(400, 408, 413, 415)

api = APIRouter(
    prefix="/templates",
    tags=["templates"],
    route_class=GuardedRoute,
    dependencies=DESCRIBED_KEYS,
    responses=problem_responses(401, 403, 422, 429, 500, 503),
)


class Templates(BaseModel):
    """All kinds in all languages."""

    templates: list[TemplateInUse]


class TemplateSource(BaseModel):
    """A template with its source; `in_use` is left out of an earlier version, `version` of what was never saved."""

    kind: MessageKind
    language: MessageLanguage
    source: str
    in_use: TemplateInUse | None = None
    version: TemplateVersion | None = None


class Versions(BaseModel):
    """What was saved, newest first."""

    versions: list[TemplateVersion]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CheckRequest(_Body):
    """A template to be checked."""

    kind: MessageKind
    language: MessageLanguage
    source: SourceText


class Checked(BaseModel):
    """What is wrong with it; nothing when it can be saved."""

    problems: list[str]


class PreviewRequest(_Body):
    """A message to be seen; a sample's variables and the template in use when they are not given."""

    kind: MessageKind
    language: MessageLanguage
    tone: Tone | None = None
    variables: dict[str, Any] = Field(default_factory=dict, max_length=MAX_VARIABLES)
    source: SourceText | None = None


class Preview(BaseModel):
    """The message, from the template alone."""

    kind: MessageKind
    language: MessageLanguage
    tone: Tone
    subject: str
    body: str
    html_body: str
    chat: str
    template_version: str


class SaveRequest(_Body):
    """A new version."""

    source: SourceText
    comment: str = Field(min_length=1, max_length=MAX_COMMENT_CHARS, description="What was changed and why.")
    based_on: Annotated[int, Field(ge=0, le=_MAX_NUMBER, strict=True)] | None = Field(
        default=None,
        description="The version that was in use when the change began, 0 for none: 409 if it no longer is.",
    )


class RollbackRequest(_Body):
    """Which version to use again."""

    to: Annotated[int, Field(ge=0, le=_MAX_NUMBER, strict=True)] | None = Field(
        default=None, description="0 for none of the database; what the current one replaced when not given."
    )


@api.get("", operation_id="list_templates")
async def list_all(request: Request, caller: Caller) -> Templates:
    """Every template, and whether it is the packaged one or the hotel's own."""
    from innkeeper.tasks.messages.templates import templates_in_use

    async with _told(caller):
        services = services_of(request)
        return Templates(templates=await templates_in_use(services.hotel, services.settings.templates_path))


@api.get("/{kind}/{language}", operation_id="read_template", responses=problem_responses(404))
async def read_one(
    kind: Annotated[MessageKind, Path()],
    language: Annotated[MessageLanguage, Path()],
    request: Request,
    caller: Caller,
    version: Annotated[Number | None, Query(description="One of the versions; the template in use by default.")] = None,
) -> TemplateSource:
    """A template's source."""
    from innkeeper.tasks.messages.templates import template_in_use

    services = services_of(request)
    async with _told(caller):
        if version is not None:
            async with services.hotel.reading() as session:
                stored = await find_template(session, kind, language, version)
            return TemplateSource(kind=kind, language=language, source=stored.source, version=stored.version)
        used, source = await template_in_use(services.hotel, services.settings.templates_path, kind, language)
        return TemplateSource(kind=kind, language=language, source=source, in_use=used, version=used.saved)


@api.get("/{kind}/{language}/versions", operation_id="list_template_versions")
async def list_versions(
    kind: Annotated[MessageKind, Path()], language: Annotated[MessageLanguage, Path()], request: Request, caller: Caller
) -> Versions:
    """Who saved which version, when and why."""
    async with _told(caller), services_of(request).hotel.reading() as session:
        return Versions(versions=await template_history(session, kind, language))


@api.post("/check", operation_id="check_template", responses=_BODY)
async def check_one(body: CheckRequest, caller: Caller) -> Checked:
    """What keeps a template from being used. Nothing is saved."""
    from innkeeper.tasks.messages.templates import problems_of

    async with _told(caller, to_edit=True):
        return Checked(problems=list(await problems_of(normalised(body.source), body.kind, body.language)))


@api.post("/preview", operation_id="preview_template", responses=_BODY)
async def preview_one(body: PreviewRequest, request: Request, caller: Caller) -> Preview:
    """A message as the guest would read it. Nothing is saved or sent, and no model is asked."""
    from innkeeper.tasks.messages.templates import preview

    settings = services_of(request).settings
    draft = DraftRequest(kind=body.kind, variables=body.variables, language=body.language, tone=body.tone)
    async with _told(caller, to_edit=body.source is not None):
        made = await preview(
            services_of(request).hotel,
            settings.templates_path,
            draft,
            source=body.source,
            timezone=settings.hotel_timezone,
        )
    return Preview.model_validate({name: getattr(made, name) for name in Preview.model_fields})


@api.put("/{kind}/{language}", operation_id="save_template", responses=_BODY | problem_responses(409))
async def save_one(
    kind: Annotated[MessageKind, Path()],
    language: Annotated[MessageLanguage, Path()],
    body: SaveRequest,
    request: Request,
    caller: Caller,
) -> TemplateVersion:
    """Save a template that has no problems as a new version, and use it from now on."""
    from innkeeper.tasks.messages.templates import save_checked

    async with _told(caller, to_edit=True):
        return await save_checked(
            services_of(request).hotel,
            kind,
            language,
            body.source,
            comment=body.comment,
            saved_by=f"key:{caller.key_id}",
            based_on=body.based_on,
        )


@api.post(
    "/{kind}/{language}/rollback", operation_id="roll_back_template", responses=_BODY | problem_responses(404, 409)
)
async def roll_back_one(
    kind: Annotated[MessageKind, Path()],
    language: Annotated[MessageLanguage, Path()],
    body: RollbackRequest,
    request: Request,
    caller: Caller,
) -> TemplateInUse:
    """Use an earlier version again, in every process."""
    from innkeeper.tasks.messages.templates import roll_back, template_in_use

    services = services_of(request)
    async with _told(caller, to_edit=True):
        await roll_back(services.hotel, kind, language, to=body.to, rolled_back_by=f"key:{caller.key_id}")
        used, _source = await template_in_use(services.hotel, services.settings.templates_path, kind, language)
        return used


@asynccontextmanager
async def _told(caller: Principal, *, to_edit: bool = False) -> AsyncIterator[None]:
    """Let staff in only, to edit managers and services only; errors become problems."""
    from innkeeper.tasks.messages.templates import check_may_edit

    if not caller.is_staff:
        raise Problem(403, "Guests cannot see how the hotel's letters are made.")
    try:
        if to_edit:
            check_may_edit(caller)
        yield
    except NotAllowed as error:
        raise Problem(403, str(error)) from None
    except NotFound as error:
        raise Problem(404, str(error)) from None
    except Conflict as error:
        raise Problem(409, str(error)) from None
    except NotConfigured:
        raise Problem(503, "The folder of the hotel's templates cannot be read; tell the operator.") from None
    except InputInvalid as error:
        errors = [field_error([], problem) for problem in error.problems[:MAX_ERRORS]]
        raise Problem(422, str(error), errors=errors) from None


async def _refuse_method(_request: Request) -> Response:
    """405; Starlette itself would name the methods of one of the two operations only."""
    raise Problem(405, headers={"Allow": "GET, PUT"})


api.add_route(f"{api.prefix}/{{kind}}/{{language}}", _refuse_method, methods=_NOT_HERE, include_in_schema=False)
