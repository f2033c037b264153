"""Templates of a hotel's own: what is wrong with one is said before any guest gets a message from it."""

import datetime as dt

import pytest

from innkeeper.engine.locale import FILTERS
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES
from innkeeper.schemas.messages import DraftRequest, MessageKind
from innkeeper.templates.rendering import LANGUAGES, check_template, load_templates, packaged_source

KIND = MessageKind.REQUEST_DONE
NOW = dt.datetime(2025, 1, 20, 9, tzinfo=dt.UTC)
OWN = """{# ours #}
{% block subject %}Done - {{ hotel.name }}{% endblock %}
{% block body %}
{{ opening() }}

## Your *request*
1. {{ request }}
2. {{ done_at | time if done_at else "now" }}

{{ closing() }}
{% endblock %}
{% block chat %}Done: {{ request }}{% endblock %}
"""


def problems(old: str = "", new: str = "", kind: MessageKind = KIND) -> list[str]:
    assert old in OWN
    return check_template(OWN.replace(old, new, 1) if old else OWN, kind, "en", filters=FILTERS)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MessageKind)
def test_every_packaged_template_is_good(kind: MessageKind, language: str) -> None:
    chosen = next(each for each in LANGUAGES if each == language)
    assert check_template(packaged_source(kind, chosen), kind, chosen, filters=FILTERS) == []


def test_a_template_of_the_hotel_takes_the_place_of_the_packaged_one() -> None:
    assert problems() == []
    templates = load_templates({("request_done", "en"): OWN}, filters=FILTERS)
    request = DraftRequest(kind=KIND, variables=dict(SAMPLES["en"][KIND]), language="en")
    message = templates.render(request, SAMPLE_PROFILE, now=NOW)
    assert message.body.startswith("Dear Ms. Larsen,\n\nYour request\n1. Two more pillows\n2. 7:40 PM\n\nWarm regards,")
    assert "<h2 " in message.html_body
    assert "<ol " in message.html_body
    assert message.template_version != load_templates(filters=FILTERS).version("request_done", "en")
    vietnamese = request.model_copy(update={"language": "vi"})
    assert templates.render(vietnamese, SAMPLE_PROFILE, now=NOW).subject.startswith("Yêu cầu đã hoàn tất")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{{ request }}", "{{ reqest }}", "variable reqest is unknown (did you mean request?)"),
        ("hotel.name", "hotel.nam", "variable hotel.nam is unknown (did you mean name?)"),
        ("1. {{ request }}", "1. it", "variable request is missing: the body does not show it"),
        ("{{ opening() }}", "Hello", "variable guest_name is missing: the body does not show it"),
        ("{{ request }}", "{{ request | safe }}", "line 7: the filter safe is not allowed"),
        ("done_at | time if", "done_at | tme if", "line 8: the filter tme is not allowed (did you mean time?)"),
        ("{% block chat %}", "{% block chatt %}", "block chatt is unknown (did you mean chat?)"),
        ("{% block chat %}", "{% block chatt %}", "block chat is missing"),
        ("{# ours #}", "Outside", "line 1: text stands outside of the blocks subject, body, chat"),
        ("{# ours #}", '{% include "x" %}', "line 1: the tag include is not allowed"),
        ("{# ours #}", '{% import "x" as x %}', "line 1: the tag import is not allowed"),
        ("{{ request }}", '{{ "a" ~ request }}', "line 7: values are shown, not computed or joined"),
        ("{{ request }}", "[[x]] {{ request }}", "the source has [[: it stands for values"),
        ("{{ request }}", "\ue000 {{ request }}", "the source has characters of the private use area: type them anew"),
        ("{% block body %}", "{% block body %}{% if x %}", "line 11: Encountered unknown tag 'endblock'"),
    ],
)  # fmt: skip
def test_a_problem_is_named(old: str, new: str, problem: str) -> None:
    assert any(each.startswith(problem) for each in problems(old, new)), problems(old, new)


@pytest.mark.parametrize(
    "attack",
    [
        "{{ request.__class__ }}",
        "{{ hotel.name.upper() }}",
        "{{ ''.__class__.__mro__ }}",
        "{% for x in request.__class__.__subclasses__() %}{% endfor %}",
        "{{ self._TemplateReference__context }}",
        "{% set request = cycler %}",
    ],
)
def test_a_template_reaches_nothing_but_its_variables(attack: str) -> None:
    assert problems("1. {{ request }}", "1. {{ request }} " + attack) != []


@pytest.mark.parametrize(
    ("kind", "old", "new", "problem"),
    [
        (MessageKind.REQUEST_DONE, "done_at | time if done_at", "done_at if done_at", "write {{ done_at | time }}"),
        (MessageKind.REQUEST_DONE, 'done_at | time if done_at else "now"', "done_at | time", "cannot be used"),
    ],
)
def test_a_value_without_its_form_is_found_with_sample_messages(
    kind: MessageKind, old: str, new: str, problem: str
) -> None:
    assert any(problem in each for each in problems(old, new, kind))


def test_an_override_that_is_not_good_is_refused() -> None:
    with pytest.raises(InputInvalid) as caught:
        load_templates({("request_done", "en"): OWN.replace("opening", "opning"), ("x", "vi"): ""}, filters=FILTERS)
    assert "x/vi: there is no such template" in caught.value.problems
    assert "request_done/en: variable opning is unknown" in " ".join(caught.value.problems)
