"""Messages from templates: one source gives subject, text, HTML and chat, with every value exactly as it was given."""

import datetime as dt
import hashlib
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.hotel_profile import HotelProfile
from innkeeper.schemas.message_contexts import MessageContext
from innkeeper.schemas.message_variables import read_context
from innkeeper.schemas.messages import DraftRequest, MessageKind, MessageLanguage, Tone
from innkeeper.templates.checking import check_template
from innkeeper.templates.environment import Filters, blocks_of, compiled, environment
from innkeeper.templates.locks import CLOSE, NAMED, OPEN, TOKEN, Locks, filled, filled_html
from innkeeper.templates.markdown import Layout, layout, page, template_layout
from innkeeper.templates.sources import letter_source, packaged_source

if TYPE_CHECKING:
    from jinja2 import Environment, Template

__all__ = ["Rendered", "TemplateSet", "check_template", "load_templates", "packaged_source"]

LANGUAGES: tuple[MessageLanguage, ...] = get_args(MessageLanguage)
VERSION_DIGITS = 12
LocalFilters = Mapping[MessageLanguage, Filters]


@dataclass(frozen=True)
class Rendered:
    """
    A message made from its template.

    Attributes:
        tone: The one that was asked for, or the kind's own.
        subject: One line without control characters: safe as a header.
        body: Plain text.
        html_body: A whole document, well-formed, without external resources.
        chat: A few lines of plain text.
        template: `booking_confirmation_vi`.
        template_version: First 12 hex digits of the template's SHA-256.
        markdown: The body as a model may rephrase it: facts stand in it as `[[name]]`.
        locked: Each token's name and text, as in `[[name]]`.
    """

    kind: MessageKind
    language: MessageLanguage
    tone: Tone
    subject: str = field(repr=False)  # guests' data stays out of logs
    body: str = field(repr=False)
    html_body: str = field(repr=False)
    chat: str = field(repr=False)
    template: str
    template_version: str
    markdown: str
    locked: Mapping[str, tuple[str, str]] = field(repr=False)

    def with_markdown(self, markdown: str) -> "Rendered":
        """
        The same message with another body, whose facts stand as `[[name]]`.

        Raises:
            InputInvalid: It has a name that this message has not.
        """
        tokens = {name: token for token, (name, _) in self.locked.items()}
        unknown = sorted(set(NAMED.findall(markdown)) - set(tokens))
        if unknown:
            raise InputInvalid(f"The text has placeholders that {self.template} has not: {', '.join(unknown)}")
        plain = markdown.replace(OPEN, "").replace(CLOSE, "")
        made = layout(NAMED.sub(lambda match: tokens[match[1]], plain))
        texts = [text for _, text in self.locked.values()]
        body, html_body = _filled(made, texts, self.subject, self.language)
        return replace(self, body=body, html_body=html_body, markdown=markdown)


class TemplateSet:
    """
    The templates of a hotel: the packaged ones, some replaced by its own.

    Args:
        sources: By kind and language.
        filters: By language: how values are written.
    """

    def __init__(self, sources: Mapping[tuple[str, str], str], filters: LocalFilters) -> None:
        self.sources = sources
        self._filters = filters
        self._environments: dict[str, Environment] = {}
        self._templates: dict[tuple[str, str], Template] = {}
        self._versions: dict[tuple[str, str], str] = {}

    def render(self, request: DraftRequest, profile: HotelProfile, *, now: dt.datetime) -> Rendered:
        """
        Write a message.

        Args:
            request: What is to be written.
            profile: The hotel; a sentence whose field it lacks is left out.
            now: With a zone; which day it is in the hotel's.

        Raises:
            InputInvalid: Variables are missing, unknown or wrong; `problems` names each.
        """
        context = read_context(request.kind, request.variables)
        tone = request.tone or context.default_tone
        variables = self._variables(context, profile, request.language, tone)
        variables["today"] = _day(now, profile)
        locks = Locks()
        blocks = blocks_of(self._template(request.kind, request.language), variables, locks)
        subject = " ".join(filled(blocks["subject"], locks.texts).split())
        body, html_body = _filled(template_layout(blocks["body"]), locks.texts, subject, request.language)
        return Rendered(
            kind=request.kind,
            language=request.language,
            tone=tone,
            subject=subject,
            body=body,
            html_body=html_body,
            chat=filled(_lines(blocks["chat"]), locks.texts),
            template=f"{request.kind}_{request.language}",
            template_version=self.version(request.kind, request.language),
            markdown=TOKEN.sub(lambda match: f"[[{locks.names[int(match[1])]}]]", _tidy(blocks["body"])),
            locked=locks.by_token(),
        )

    def version(self, kind: str, language: str) -> str:
        """First 12 hex digits of the SHA-256 of a template's source."""
        key = (str(kind), language)
        if key not in self._versions:
            self._versions[key] = hashlib.sha256(self.sources[key].encode()).hexdigest()[:VERSION_DIGITS]
        return self._versions[key]

    def _variables(
        self, context: MessageContext, profile: HotelProfile, language: MessageLanguage, tone: Tone
    ) -> dict[str, Any]:
        fields = {name: getattr(context, name) for name in type(context).model_fields}
        second_person = self._filters[language]["you"](context.guest_title, tone)
        return {**fields, "hotel": profile.in_language(language), "tone": tone, "you": second_person}

    def _template(self, kind: str, language: MessageLanguage) -> "Template":
        key = (str(kind), language)
        if key not in self._templates:
            if language not in self._environments:
                self._environments[language] = environment(self._filters[language])
            name = f"{kind}/{language}.md.j2"
            letter = letter_source(language)
            self._templates[key] = compiled(self._environments[language], self.sources[key], letter, name)
        return self._templates[key]


def load_templates(overrides: Mapping[tuple[str, str], str] | None = None, *, filters: LocalFilters) -> TemplateSet:
    """
    The packaged templates, with a hotel's own in the place of some.

    Args:
        overrides: Sources by kind and language; each replaces a whole file.
        filters: `engine.locale.FILTERS`.

    Raises:
        InputInvalid: An override is of no known kind or language, or `check_template` finds problems in it.
    """
    known = {(str(kind), language): (kind, language) for kind in MessageKind for language in LANGUAGES}
    own = {(str(kind), language): source for (kind, language), source in (overrides or {}).items()}
    problems = []
    for key, source in own.items():
        found = check_template(source, *known[key], filters=filters) if key in known else ["there is no such template"]
        problems += [f"{'/'.join(key)}: {problem}" for problem in found]
    if problems:
        raise InputInvalid(f"Templates of the hotel cannot be used: {'; '.join(problems)}", problems=problems)
    return TemplateSet({key: packaged_source(*key) for key in known} | own, filters)


def _filled(made: Layout, texts: list[str], subject: str, language: str) -> tuple[str, str]:
    return filled(made.text, texts), page(filled_html(made.html, texts), subject, language)


def _lines(text: str) -> str:
    return "\n".join(filter(None, map(str.strip, text.splitlines())))


def _tidy(markdown: str) -> str:
    """Without the runs of blank lines that conditions leave."""
    kept: list[str] = []
    for line in map(str.rstrip, markdown.strip().splitlines()):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept)


def _day(now: dt.datetime, profile: HotelProfile) -> dt.date:
    return (now.astimezone(zoneinfo.ZoneInfo(profile.timezone)) if profile.timezone else now).date()
