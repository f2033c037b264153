"""What the documents answer: the question they are asked, with what a follow-up leaves out put in."""

import re

from innkeeper.engine.assistant import asked_calls as calls
from innkeeper.engine.assistant.asked_calls import Step
from innkeeper.engine.assistant.asked_follow_ups import bare_detail, depends, leads_in, says_something, self_contained
from innkeeper.engine.assistant.asked_offers import ROOM_TOOLS
from innkeeper.engine.assistant.asked_parts import Part
from innkeeper.engine.assistant.asked_text import Asked
from innkeeper.engine.assistant.plan import Fact, Focus, PlannedCall

_SHORT = 8
_TOPIC_NOISE = re.compile(
    r"^(?:about|for|when|if|of|with|regarding|on|to|the|khi|nếu|về|vụ|việc|thì|là|được|ạ|cần|muốn|"
    r"vậy)\b\s*",
    re.IGNORECASE,
)


def contact(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    """Whom to call, about what the question names or was spoken of before."""
    cue = next((cue for cue in part.cues if cue.label == "contact"), None)
    if cue is None or (part.guests and Fact.PHONE in part.facts):
        return None
    text = part.asked.text
    about = max(text[cue.end :], text[: cue.start], key=len).strip(" ,.?!")
    while (shorter := _TOPIC_NOISE.sub("", about).strip(" ,.?!")) != about:
        about = shorter
    question = own_question(part)
    if topic.question and (not about or depends(part, topic)):
        about = topic.question  # "ai phụ trách?"
        question = f"{question.strip(' ?.')}: {about}"
    call = PlannedCall("who_to_contact", {"topic": (about or text)[:200]}, (Fact.CONTACT,))
    return Step((call,), question, focus=document_focus(part, question))


def checkout_rules(part: Part, topic: Focus, is_same_message: bool) -> Step | None:
    """The rules of leaving, of no guest in particular."""
    if "policy" not in part.labels and not calls.asks_late(part):
        return None
    if part.has_subject or "bulk" in part.labels:
        return None
    call = PlannedCall("get_checkout_policy", {}, (Fact.POLICY,))
    question = self_contained(part, topic.question) if topic.question and depends(part, topic) else own_question(part)
    return Step((call,), question, focus=document_focus(part, question))


def document(part: Part, topic: Focus) -> Step:
    """What no tool answers, self-contained."""
    if topic.tool in ROOM_TOOLS and leads_in(part) and part.words <= 4 and "service" in part.labels:
        price = "giá" if part.asked.language == "vi" else "price of"
        question = f"{price} {bare_detail(part.asked)}"
    elif depends(part, topic) and topic.question:
        question = self_contained(part, topic.question)
    elif topic.tool in ROOM_TOOLS and topic.room_type and _continues_type(part):
        question = f"{topic.room_type}: {bare_detail(part.asked)}?"
    else:
        question = own_question(part)
    whole = Part(Asked(question, part.asked.language), part.hotel, part.today)
    if question != own_question(part) and "policy" in whole.labels:
        call = PlannedCall("get_checkout_policy", {}, (Fact.POLICY,))
        return Step((call,), question, focus=document_focus(part, question))
    keeps = topic.tool is not None and topic.question is None and not says_something(part)
    return Step(document=question, focus=topic if keeps else document_focus(part, question))


def _continues_type(part: Part) -> bool:
    """ "Does it have a balcony?" after a room type and its price."""
    if part.has_subject or part.types or part.words > _SHORT:
        return False
    return bool(part.labels & {"include", "there", "room_pronoun"}) or leads_in(part)


def own_question(part: Part) -> str:
    """The question as it was typed."""
    return part.asked.text.strip()


def document_focus(part: Part, question: str) -> Focus:
    """What is spoken of after a question to the documents."""
    subject = calls.subject_of(part)
    return Focus(
        room_number=subject.rooms[-1] if subject.rooms else None,
        booking_id=subject.booking_ids[-1] if subject.booking_ids else None,
        guest_name=subject.guests[-1] if subject.guests else None,
        tool="search_knowledge_base",
        question=question,
    )
