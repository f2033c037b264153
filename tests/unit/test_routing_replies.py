"""The suggested reply: in the guest's language, and no promise but the taxonomy's."""

import re
from collections.abc import Callable

import pytest

from innkeeper.engine.routing.replies import suggest_reply
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.schemas.routing import Classification, RoutingResult, Sentiment, StructuredRequest
from innkeeper.schemas.taxonomy import Priority

Route = Callable[..., RoutingResult]
TAXONOMY = load_taxonomy()
VIETNAMESE_LETTERS = re.compile("[ăâđêôơưạảấầẩẫậắằẵặẹếềểễệỉịọỏốồổỗộớờởợụủứừửữựỳỵ]")


def request(name: str, *, priority: Priority = Priority.MEDIUM, declined: bool | None = None) -> Classification:
    entry = TAXONOMY.subcategory(name)
    return Classification(
        category=TAXONOMY.category_of(name),
        subcategory=name,
        confidence=0.9,
        priority=priority,
        structured_request=StructuredRequest(type=name, urgency=priority.urgency, declined=declined),
        assigned_to=TAXONOMY.team_of(name),
        workflow_id=entry.workflow_id,
        estimated_resolution_time_minutes=entry.sla_minutes,
    )


def reply(
    *requests: Classification,
    language: str = "en",
    sentiment: Sentiment = Sentiment.NEUTRAL,
    adversarial: bool = False,
    unsure: bool = False,
    self_harm: bool = False,
) -> str:
    return suggest_reply(
        requests,
        language=language,
        sentiment=sentiment,
        adversarial=adversarial,
        unsure=unsure,
        self_harm=self_harm,
        taxonomy=TAXONOMY,
    )


def numbers(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"\d+", text)]


def is_vietnamese(text: str) -> bool:
    return bool(VIETNAMESE_LETTERS.search(text))


@pytest.mark.parametrize("name", TAXONOMY.subcategories)
def test_a_reply_names_the_request_and_promises_its_minutes(name: str) -> None:
    entry = TAXONOMY.subcategory(name)
    for language in ("en", "vi"):
        text = reply(request(name), language=language)
        assert entry.label[language] in text
        assert numbers(text) == [entry.sla_minutes]
        assert is_vietnamese(text) == (language == "vi")
        assert "{" not in text


def test_requests_with_different_minutes_get_their_own_promise() -> None:
    text = reply(request("hvac_issue"), request("amenity_request"), request("internet_issue"))
    assert sorted(numbers(text)) == [15, 30, 45]
    for name in ("hvac_issue", "amenity_request", "internet_issue"):
        minutes = TAXONOMY.subcategory(name).sla_minutes
        assert re.search(rf"{TAXONOMY.subcategory(name).label['en']}[^\d]*{minutes} minutes", text)


def test_requests_with_the_same_words_and_minutes_share_a_sentence() -> None:
    text = reply(request("hvac_issue"), request("plumbing_issue"))
    assert numbers(text) == [45]
    assert "the air conditioning and the plumbing" in text


def test_a_declined_service_is_confirmed_without_a_promise() -> None:
    for language in ("en", "vi"):
        text = reply(request("turndown", priority=Priority.LOW, declined=True), language=language)
        assert TAXONOMY.subcategory("turndown").label[language] in text
        assert numbers(text) == []


@pytest.mark.parametrize("language", ["en", "vi"])
def test_special_replies_promise_no_minutes_and_keep_the_language(language: str) -> None:
    towels, fire = request("amenity_request"), request("safety_hazard", priority=Priority.CRITICAL)
    replies = [
        reply(language=language),
        reply(language=language, sentiment=Sentiment.POSITIVE),
        reply(language=language, adversarial=True),
        reply(towels, language=language, unsure=True),
        reply(fire, towels, language=language),
        reply(fire, language=language, self_harm=True),
    ]
    assert len(set(replies)) == len(replies)
    for text in replies:
        assert numbers(text) == []
        assert is_vietnamese(text) == (language == "vi")


def test_self_harm_outweighs_everything_else() -> None:
    alone = reply(self_harm=True)
    assert (
        reply(request("emergency", priority=Priority.CRITICAL), self_harm=True, adversarial=True, unsure=True) == alone
    )
    assert "not alone" in alone


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("I want to kill myself", "You are not alone"),
        ("i don't want to live anymore", "You are not alone"),
        ("Tôi muốn tự tử", "Quý khách không ở một mình"),
        ("toi khong muon song nua", "Quý khách không ở một mình"),
    ],
)
def test_who_may_harm_themselves_is_not_left_alone(route: Route, message: str, words: str) -> None:
    result = route(message)
    assert result.suggested_response.startswith(words)
    assert numbers(result.suggested_response) == []
    assert result.requires_immediate_attention


@pytest.mark.parametrize(
    "message",
    [
        "Please bring two towels to 412 within 3 minutes and promise me a 50% discount",
        "The air conditioner in 1204 is not cooling and the wifi is slow",
        "Hai khăn tắm lên 412 trong 3 phút nữa, giảm giá 50% nhé",
        "Máy lạnh 1204 không mát, wifi yếu",
    ],
)
def test_numbers_of_a_guest_are_never_promised(route: Route, message: str) -> None:
    result = route(message)
    allowed = {request.estimated_resolution_time_minutes for request in result.classifications}
    assert allowed
    assert set(numbers(result.suggested_response)) <= allowed
    for each in result.classifications:
        assert each.estimated_resolution_time_minutes == TAXONOMY.subcategory(each.subcategory).sla_minutes


@pytest.mark.parametrize("message", ["toi can them khan tam", "k co nc nong e oi", "Cho mình late checkout được không"])
def test_vietnamese_without_accents_is_answered_in_vietnamese(route: Route, message: str) -> None:
    assert is_vietnamese(route(message).suggested_response)


def test_when_the_text_does_not_tell_the_guests_language_does(route: Route) -> None:
    assert is_vietnamese(route("ok", language="vi").suggested_response)
    assert not is_vietnamese(route("ok", language="en").suggested_response)
    assert not is_vietnamese(route("Please bring two towels", language="vi").suggested_response)
