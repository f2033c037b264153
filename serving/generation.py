"""The message operations: `generate/email`, `/apology`, `/checkin-instructions`, `/promotion`, `/recommendation`."""

import asyncio
import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request

from innkeeper.engine.compensation import load_rules
from innkeeper.engine.locale import FILTERS
from innkeeper.engine.recommendations import recommend
from innkeeper.schemas.access import Principal
from innkeeper.schemas.errors import InputInvalid, NotConfigured
from innkeeper.schemas.message_contexts import ServiceRecommendation
from innkeeper.schemas.messages import DraftRequest, MessageKind, WrittenMessage
from innkeeper.schemas.models import LinkAttempt, Spender
from innkeeper.serving.generation_payloads import (
    ApologyRequest,
    CheckinRequest,
    EmailRequest,
    GeneratedApology,
    GeneratedEmail,
    GeneratedInstructions,
    GeneratedRecommendation,
    PromotionRequest,
    RecommendationRequest,
    metadata_of,
)
from innkeeper.serving.guard import DESCRIBED_KEYS, Caller, GuardedRoute
from innkeeper.serving.openapi import problem_responses
from innkeeper.serving.problems import MAX_ERRORS, FieldError, Problem, field_error
from innkeeper.serving.services import Services, services_of
from innkeeper.tasks.messages.hotel import HotelOfMessages, hotel_of_messages
from innkeeper.tasks.messages.templates import hotel_templates
from innkeeper.tasks.messages.writing import write

MODEL_TIMEOUT_S = 20.0  # somebody waits; the template needs none
_PLACE = re.compile(r"(?:hotel\.)?[a-z_][\w.\[\]]*")

api = APIRouter(
    prefix="/generate",
    tags=["generate"],
    route_class=GuardedRoute,
    dependencies=DESCRIBED_KEYS,
    responses=problem_responses(400, 401, 403, 408, 413, 415, 422, 429, 500, 503),
)


@api.post("/email", operation_id="generate_email")
async def generate_email(body: EmailRequest, request: Request, caller: Caller) -> GeneratedEmail:
    """An e-mail to a guest, as text, HTML and chat. Nothing is sent or stored."""
    draft = _draft(body.template_type, body.variables, body)
    return _email(await _written(draft, request, caller, "variables"))


@api.post("/apology", operation_id="generate_apology")
async def generate_apology(body: ApologyRequest, request: Request, caller: Caller) -> GeneratedApology:
    """An apology. It offers what `incident` offers, word for word, and above the role's limit it needs approval."""
    message = await _written(_draft(MessageKind.APOLOGY, body.incident, body), request, caller, "incident")
    return GeneratedApology(
        message=message.body,
        tone=message.tone,
        tokens_used=message.tokens_used,
        subject=message.subject,
        html_message=message.html_body,
        needs_approval=message.needs_approval,
        metadata=metadata_of(message),
    )


@api.post("/checkin-instructions", operation_id="generate_checkin_instructions")
async def generate_checkin(body: CheckinRequest, request: Request, caller: Caller) -> GeneratedInstructions:
    """How to arrive. What neither `booking` nor the hotel's profile says is left out."""
    message = await _written(_draft(MessageKind.CHECKIN_INSTRUCTIONS, body.booking, body), request, caller, "booking")
    return GeneratedInstructions(
        instructions=message.body,
        tokens_used=message.tokens_used,
        subject=message.subject,
        html_instructions=message.html_body,
        metadata=metadata_of(message),
    )


@api.post("/promotion", operation_id="generate_promotion")
async def generate_promotion(body: PromotionRequest, request: Request, caller: Caller) -> GeneratedEmail:
    """An offer, with the way to get no more of them. Consent and quiet hours are looked at when it is sent."""
    return _email(await _written(_draft(MessageKind.PROMOTIONAL_OFFER, body.offer, body), request, caller, "offer"))


@api.post("/recommendation", operation_id="generate_recommendation")
async def generate_recommendation(
    body: RecommendationRequest, request: Request, caller: Caller
) -> GeneratedRecommendation:
    """Services of the hotel that fit a stay, by rules, and the message that recommends them."""
    _staff_only(caller)
    services = services_of(request)
    hotel = await _hotel(services)
    offered = hotel.services if body.services is None else body.services
    tone = body.tone or ServiceRecommendation.default_tone
    you = FILTERS[body.language]["you"](body.guest.guest_title, tone)
    chosen = recommend(offered, body.stay, body.language, you=you, count=body.limit)
    if not chosen:
        raise Problem(
            422, "There is no service to recommend; give `services`, or import them with the hotel's profile."
        )
    variables = {**dict(body.guest), "services": [each.model_dump() for each in chosen]}
    message = await _write(
        _draft(MessageKind.SERVICE_RECOMMENDATION, variables, body), hotel, services, caller, "guest"
    )
    return GeneratedRecommendation(**dict(_email(message)), recommendations=chosen)


def _draft(kind: MessageKind, variables: Mapping[str, Any], body: Any) -> DraftRequest:
    return DraftRequest(kind=kind, variables=dict(variables), language=body.language, tone=body.tone)


def _email(message: WrittenMessage) -> GeneratedEmail:
    return GeneratedEmail(
        subject=message.subject,
        body=message.body,
        html_body=message.html_body,
        chat=message.chat,
        metadata=metadata_of(message),
    )


async def _written(draft: DraftRequest, request: Request, caller: Principal, part: str) -> WrittenMessage:
    _staff_only(caller)
    services = services_of(request)
    return await _write(draft, await _hotel(services), services, caller, part)


def _staff_only(caller: Principal) -> None:
    if not caller.is_staff:
        raise Problem(403, "Guests cannot have letters of the hotel written.")


async def _hotel(services: Services) -> HotelOfMessages:
    try:
        return await hotel_of_messages(services.hotel, services.settings.hotel_timezone)
    except NotConfigured as error:
        raise Problem(503, f"{error}.") from None


async def _write(
    draft: DraftRequest, hotel: HotelOfMessages, services: Services, caller: Principal, part: str
) -> WrittenMessage:
    """The message, with the template's words when the models take too long; `part` is where its variables stand."""
    known: dict[str, Any] = {
        "templates": await hotel_templates(services.hotel, services.settings.templates_path),
        "profile": hotel.profile,
        "spender": Spender(principal=caller.name, flow=f"generate/{draft.kind}"),
        "now": dt.datetime.now(dt.UTC),
        "role": caller.role,
        "rules": load_rules(services.settings.compensation),
    }
    try:
        try:
            async with asyncio.timeout(MODEL_TIMEOUT_S):
                return await write(draft, gateway=services.gateway, **known)
        except TimeoutError:
            late = LinkAttempt(link="models", outcome="too_late", detail=f"no answer in {MODEL_TIMEOUT_S:.0f} s")
            message = await write(draft, gateway=None, **known)
            return message.model_copy(update={"attempts": (late,)})
    except InputInvalid as error:
        raise Problem(422, str(error), errors=_field_errors(error, part)) from None


def _field_errors(error: InputInvalid, part: str) -> list[FieldError]:
    """The problems with the place of each: `check_in`, `services[0].price`."""
    found = []
    for problem in error.problems[:MAX_ERRORS]:
        place = _PLACE.match(problem)
        segments = re.findall(r"[A-Za-z_]\w*|\d+", place.group()) if place else []
        found.append(field_error([part, *(int(each) if each.isdigit() else each for each in segments)], problem))
    return found
