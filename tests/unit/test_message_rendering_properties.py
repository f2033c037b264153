"""Whatever the variables hold: every fact is there in the right form, no other one is, and nothing becomes mark-up."""

import datetime as dt
import unicodedata
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.unit.message_contexts import contexts, derived, expected, likely_contexts, shown

from innkeeper.engine.fact_guard import Evidence, facts_of, unsupported
from innkeeper.engine.locale import FILTERS
from innkeeper.engine.locale.formats import sentence
from innkeeper.schemas.hotel_profile import HotelProfile
from innkeeper.schemas.message_contexts import MessageContext
from innkeeper.schemas.message_samples import SAMPLE_PROFILE
from innkeeper.schemas.message_variables import read_context
from innkeeper.schemas.messages import DraftRequest, MessageKind, MessageLanguage, Tone
from innkeeper.templates.locks import NAMED
from innkeeper.templates.rendering import Rendered, load_templates

CONTEXTS_PER_KIND = 360  # 14 kinds: 5,040 contexts, each in both languages
GUARDED_PER_KIND = 20
NOW = dt.datetime(2025, 1, 20, 9, tzinfo=dt.UTC)
BARE = HotelProfile(name="Hotel Paradise")
TAGS = {"html", "head", "meta", "title", "body", "div", "p", "ul", "li", "strong", "br", "bdi"}
TEMPLATES = load_templates(filters=FILTERS)


def words(text: str) -> list[str]:
    return [word for word in text.split() if word != "-"]


def html_words(root: ElementTree.Element) -> list[str]:
    """Words of the body; blocks and line breaks are apart."""
    body = root.find("body")
    assert body is not None
    for element in body.iter():
        if element.tag in {"p", "li", "br"}:
            element.tail = f" {element.tail or ''}"
            element.text = f" {element.text or ''}" if element.tag != "br" else None
    return words("".join(body.itertext()))


@lru_cache(maxsize=10_000)
def own_facts(words_of_the_template: str) -> tuple[str, ...]:
    return tuple(mention.text for mention in facts_of(words_of_the_template))


def check_facts(message: Rendered, context: MessageContext, profile: HotelProfile) -> None:
    for name, text in expected(context, message.language):
        assert text in message.body or sentence(text) in message.body, name
    name_shown = FILTERS[message.language]["addressed"](context.guest_name, context.guest_title, message.tone)
    assert f" {name_shown}," in message.body.splitlines()[0]
    assert name_shown in context.guest_name
    for line in message.markdown.splitlines():
        assert own_facts(NAMED.sub("…", line)) in ((), ("Complimentary",), ("miễn phí",)), line
    given = set(known_texts(context, profile, message.language))
    for name, text in message.locked.values():
        assert text in given or name in {"expected_minutes", "floor", "payment_methods", "guest_name"}, name


def known_texts(context: MessageContext, profile: HotelProfile, language: str) -> list[str]:
    texts = [text for _, text in expected(context, language)]
    own = profile.in_language(language)
    texts += [shown(value, language) for value in own.values() if value is not None]
    texts += [", ".join(own["address"])] if own["address"] else []
    return [*texts, *map(sentence, texts)]


def check_form(message: Rendered) -> None:
    everything = message.subject + message.body + message.html_body + message.chat
    assert unicodedata.is_normalized("NFC", everything)
    assert not any(unicodedata.category(char) in {"Co", "Cs"} for char in everything)
    assert not any(unicodedata.category(char) == "Cc" and char != "\n" for char in everything)
    root = ElementTree.fromstring(message.html_body.removeprefix("<!DOCTYPE html>\n"))
    assert {element.tag for element in root.iter()} <= TAGS
    assert {name for element in root.iter() for name in element.attrib} <= {"style", "lang", "charset"}
    assert html_words(root) == words(message.body)
    assert root.findtext("head/title") == message.subject


def check_headers(message: Rendered) -> None:
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = message.subject
    letter.set_content(message.body)
    letter.add_alternative(message.html_body, subtype="html")
    assert letter["Subject"] == message.subject
    assert set(letter) == {"Subject", "MIME-Version", "Content-Type"}


@pytest.mark.parametrize("kind", MessageKind)
def test_every_fact_and_no_other_in_well_formed_letters(kind: MessageKind) -> None:
    @settings(
        max_examples=CONTEXTS_PER_KIND,
        deadline=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(contexts(kind), st.sampled_from(Tone), st.sampled_from([BARE, SAMPLE_PROFILE]))
    def check(variables: dict[str, Any], tone: Tone, profile: HotelProfile) -> None:
        context = read_context(kind, variables)
        for language in ("en", "vi"):
            request = DraftRequest(kind=kind, variables=variables, language=language, tone=tone)
            message = TEMPLATES.render(request, profile, now=NOW)
            check_facts(message, context, profile)
            check_form(message)
            check_headers(message)

    check()


@pytest.mark.parametrize("kind", MessageKind)
def test_the_fact_guard_finds_nothing_to_object_to(kind: MessageKind) -> None:
    @settings(max_examples=GUARDED_PER_KIND, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(likely_contexts(kind), st.sampled_from(Tone), st.sampled_from(["en", "vi"]))
    def check(variables: dict[str, Any], tone: Tone, language: MessageLanguage) -> None:
        request = DraftRequest(kind=kind, variables=variables, language=language, tone=tone)
        message = TEMPLATES.render(request, SAMPLE_PROFILE, now=NOW)
        evidence = Evidence(currency=variables.get("currency", "VND"))
        evidence.add_result(read_context(kind, variables))
        evidence.add_result(SAMPLE_PROFILE)
        for text in derived(variables):
            evidence.add_text(text)
        for text in (message.subject, message.body, message.chat):
            assert [mention.text for mention in unsupported(text, evidence)] == []

    check()
