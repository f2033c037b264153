"""Writes a message: facts by code and template, free words by a model where there is one, and nothing unchecked."""

import datetime as dt
from time import perf_counter
from typing import TYPE_CHECKING

from innkeeper.engine.compensation import CompensationRules
from innkeeper.engine.message_facts import MessageFacts
from innkeeper.engine.rephrasing import free_lines, rephrasing_problems, with_lines
from innkeeper.prompts.messages import MAX_LINES, RephrasedLines, rephrase_prompt
from innkeeper.schemas.access import Role
from innkeeper.schemas.hotel_profile import HotelProfile
from innkeeper.schemas.message_variables import read_context
from innkeeper.schemas.messages import DraftRequest, MessageChannel, WrittenMessage
from innkeeper.schemas.models import LinkAttempt, Spender
from innkeeper.tasks.messages.asking import Help, Helper, asked
from innkeeper.tasks.messages.offers import approval_reason
from innkeeper.tasks.messages.translating import with_translations
from innkeeper.templates.rendering import Rendered, TemplateSet

if TYPE_CHECKING:  # Prefect: a second that only a chain with models spends
    from innkeeper.tasks.gateway import ModelGateway

TEMPLATE_ALONE = "template"


async def write(
    request: DraftRequest,
    *,
    templates: TemplateSet,
    profile: HotelProfile,
    gateway: "ModelGateway | None",
    spender: Spender,
    now: dt.datetime,
    role: Role = Role.SERVICE,
    rules: CompensationRules | None = None,
) -> WrittenMessage:
    """
    Write a message.

    Args:
        request: What is to be written.
        templates: The hotel's.
        profile: What messages may say about the hotel.
        gateway: The way to models; without one, or with a chain of the engine alone, the template is the message.
        spender: Who pays for models.
        now: With a zone.
        role: Whose message it is; what it offers above this role's limits sets `needs_approval`.
        rules: Of compensation; the packaged ones when absent.

    Returns:
        The message; `model` and `attempts` say whose words it has, and whose were not used.

    Raises:
        InputInvalid: Variables are missing, unknown or wrong; `problems` names each.
        NotConfigured: The chain names a model whose key, address or block is missing.
    """
    started = perf_counter()
    helper = Helper(gateway, spender) if gateway is not None else None
    context = read_context(request.kind, request.variables)
    context, translated, untranslated = await with_translations(context, request.language, helper)
    rendered = templates.render(request.model_copy(update={"variables": dict(context)}), profile, now=now)
    worded, helped = rendered, Help()
    if helper is not None and request.channel is MessageChannel.EMAIL:  # a chat message is short, and all facts
        worded, helped = await _reworded(rendered, helper)
    whole = translated + helped
    return WrittenMessage(
        kind=worded.kind,
        language=worded.language,
        tone=worded.tone,
        subject=worded.subject,
        body=worded.body,
        html_body=worded.html_body,
        chat=worded.chat,
        template=worded.template,
        template_version=worded.template_version,
        model=helped.link or TEMPLATE_ALONE,
        tokens_used=whole.tokens,
        cost_usd=whole.cost_usd,
        generation_time_ms=round((perf_counter() - started) * 1000, 2),
        needs_approval=approval_reason(context, role, rules),
        warnings=tuple(f"{field} is in another language and stands as it was given" for field in untranslated),
        attempts=whole.attempts,
        written_at=now,
    )


async def _reworded(rendered: Rendered, helper: Helper) -> tuple[Rendered, Help]:
    """The message in a model's words, or as it was when these cannot be used."""
    values = dict(rendered.locked.values())
    places = free_lines(rendered.markdown, values)[:MAX_LINES]
    if not places:
        return rendered, Help()
    all_lines = rendered.markdown.split("\n")
    own = [all_lines[place].strip() for place in places]

    def problems(answer: RephrasedLines) -> list[str]:
        return rephrasing_problems(own, answer.lines, message=rendered.body, language=rendered.language)

    prompt = rephrase_prompt(rendered.kind, rendered.tone, rendered.language, own)
    answer, helped = await asked(helper, prompt, RephrasedLines, problems)
    if answer is None:
        return rendered, helped
    worded = rendered.with_markdown(with_lines(rendered.markdown, places, answer.lines))
    wrong = MessageFacts(rendered.body, values.values()).problems(worded.body)
    if wrong:  # the lines were right, the whole is not: two of them say something together
        late = LinkAttempt(link=helped.link or "", outcome="invalid", detail="; ".join(wrong))
        return rendered, Help(None, helped.tokens, helped.cost_usd, (*helped.attempts, late))
    return worded, helped
