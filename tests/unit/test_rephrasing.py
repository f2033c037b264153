"""What a model may word anew in a message, and what is noticed when it says something else."""

import datetime as dt
import itertools

import pytest

from innkeeper.engine.commitments import commitments, topics
from innkeeper.engine.locale import FILTERS
from innkeeper.engine.message_facts import PROMISES, MessageFacts
from innkeeper.engine.rephrasing import free_lines, rephrasing_problems, with_lines
from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES
from innkeeper.schemas.messages import DraftRequest, MessageKind, MessageLanguage, Tone
from innkeeper.templates.rendering import LANGUAGES, Rendered, load_templates

TEMPLATES = load_templates(filters=FILTERS)
BODY = """Dear John Doe,

We are unable to grant your late check-out.
- Date: March 17, 2025
- Check-out by: 12:00 PM
- Total: 300,000 VND

Sincerely,
Lotus River Hotel"""
VALUES = ("John Doe", "March 17, 2025", "12:00 PM", "300,000 VND", "Lotus River Hotel")
PROMISED = (
    "Dinner tonight is on the house.", "Your next night is on us.", "We'll cover the cost of your meal.",
    "We are moving you to a suite at our expense.", "Laundry costs you nothing this week.",
    "The deposit has been waived.",
    "Everything is included in your rate.", "This will never happen again.", "We have credited your account.",
    "Xin tặng Quý khách một chai rượu vang.", "Khách sạn xin mời Quý khách dùng bữa tối.", "Chúng tôi sẽ hoàn tiền.",
    "Quý khách được chuyển lên phòng hạng cao hơn.", "Chúng tôi xin bù cho Quý khách một bữa sáng.",
    "Hóa đơn của Quý khách được trừ một nửa.", "Sự việc sẽ không lặp lại.", "Quý khách được hưởng ưu đãi đặc biệt.",
)  # fmt: skip


def message(kind: MessageKind, language: MessageLanguage, tone: Tone) -> Rendered:
    request = DraftRequest(kind=kind, variables=dict(SAMPLES[language][kind]), language=language, tone=tone)
    return TEMPLATES.render(request, SAMPLE_PROFILE, now=dt.datetime(2025, 1, 20, tzinfo=dt.UTC))


@pytest.mark.parametrize(("kind", "language"), list(itertools.product(MessageKind, LANGUAGES)))
def test_the_templates_own_words_pass_every_check(kind: MessageKind, language: MessageLanguage) -> None:
    for tone in Tone:
        made = message(kind, language, tone)
        places = free_lines(made.markdown, dict(made.locked.values()))
        own = [made.markdown.split("\n")[place].strip() for place in places]
        assert own, tone
        assert rephrasing_problems(own, own, message=made.body, language=language) == []
        assert made.with_markdown(with_lines(made.markdown, places, own)).body == made.body
        assert MessageFacts(made.body, (text for _, text in made.locked.values())).problems(made.body) == []


def test_lists_headings_addresses_and_instructions_are_not_free() -> None:
    markdown = "\n".join((
        "Dear Mr. [[guest_name]],", "- Check-in: [[check_in]] from three in the afternoon.",
        "**What to bring with you:**", "[[special_requests]]",
        "Call us at the desk on [[hotel_phone_2]] and [[time]] or so.",
        "Please reply with the word STOP to unsubscribe.", "You can pay for it here: [[url]].", "Warm regards,",
        "We look forward to welcoming you.",
    ))  # fmt: skip
    values = {"hotel_phone_2": "+84 2", "time": "12:00", "url": "https://example.com", "guest_name": "Doe"}
    assert free_lines(markdown, values) == [8]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("We can grant your late check-out at [[hotel_name]].", "negation"),
        ("If you wish, we cannot grant your late check-out at [[hotel_name]].", "condition"),
        ("We cannot grant your late check-out.", "[[name]]"),
        ("We cannot grant your late check-out at [[hotel_name]] in room 12.", "room"),
        ("We cannot grant your late check-out at [[hotel_name]], Mr. Doe.", "address"),
        ("We cannot grant your late check-out at [[hotel_name]], but our pool is yours.", "service"),
        ("We cannot grant your late check-out at [[hotel_name]] but will call you.", "promise"),
        ("We cannot grant your late check-out at [[hotel_name]]:", "end as it did"),
        ("Rất tiếc, [[hotel_name]] chưa thể đáp ứng yêu cầu trả phòng muộn.", "language"),
        ("We cannot grant your <b>late</b> check-out at [[hotel_name]].", "mark-up"),
    ],
)
def test_other_words_with_another_meaning_are_refused(told: str, problem: str) -> None:
    own = "We are unable to grant your late check-out at [[hotel_name]]."
    problems = rephrasing_problems([own], [told], message=BODY, language="en")
    assert any(problem in each for each in problems), problems


def test_other_words_with_the_same_meaning_are_taken() -> None:
    own = "We are unable to grant your late check-out at [[hotel_name]]."
    told = "We are very sorry that [[hotel_name]] cannot grant your late check-out."
    assert rephrasing_problems([own], [told], message=BODY, language="en") == []


def test_a_text_that_is_far_too_long_is_refused() -> None:
    own = "Thank you very much for your understanding."
    told = "Thank you very much indeed for your kind understanding and for all of your patience with us here."
    (problem,) = rephrasing_problems([own], [told], message=BODY, language="en")
    assert "times as long" in problem


@pytest.mark.parametrize(
    ("old", "new"),
    [("300,000", "800,000"), ("March 17", "March 18"), ("12:00 PM", "11:00 PM"), ("John Doe", "Jane Roe"),
     ("VND", "USD"), ("Lotus River Hotel", "Lotus Hotel"), ("- Total: 300,000 VND\n", ""),
     ("12:00 PM\n", "12:00 PM\nRoom 12 is yours.\n")],
)  # fmt: skip
def test_a_changed_fact_of_a_finished_message_is_noticed(old: str, new: str) -> None:
    facts = MessageFacts(BODY, VALUES)
    assert facts.problems(BODY) == []
    assert facts.problems(BODY.replace(old, new, 1))


def test_problems_of_a_changed_message_repeat_no_value() -> None:
    found = " ".join(MessageFacts(BODY, VALUES).problems(BODY.replace("John Doe", "Jane Roe").replace("300", "800")))
    assert not any(value in found for value in ("John", "Jane", "300", "800"))


@pytest.mark.parametrize("sentence", PROMISED)
def test_an_added_promise_is_noticed(sentence: str) -> None:
    assert commitments(sentence) & PROMISES
    assert MessageFacts(BODY, VALUES).problems(f"{BODY}\n{sentence}")


def test_a_line_worded_anew_may_keep_its_promise() -> None:
    body = "- Complimentary parking\nWe look forward to welcoming you."
    assert (
        MessageFacts(body, ()).problems(body.replace("- Complimentary parking", "- Your parking is complimentary"))
        == []
    )


def test_topics_are_found_in_both_languages() -> None:
    assert topics("Hồ bơi và spa") == topics("our pool and the spa") == {"pool", "spa"}
