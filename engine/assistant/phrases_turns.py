"""What the assistant says when there is nothing to look up, or nothing to tell."""

from innkeeper.engine.assistant.formats import Language, clipped
from innkeeper.engine.assistant.phrases_sentences import whole
from innkeeper.engine.assistant.plan import Plan, Worded

UNSURE = 0.3  # a question back, or a refusal
_KNOWN_TOPIC, _UNKNOWN = 0.25, 0.15
_HOTEL_WORDS = 12
_CONTACT_WORDS = 20


def clarify(plan: Plan) -> Worded:
    """Ask back for what is needed before anything can be looked up."""
    return Worded(whole(plan.clarification or "nothing_asked", plan.language), UNSURE, handoff="unclear")


def courtesy(plan: Plan, hotel_name: str) -> Worded:
    """Answer a greeting, thanks, a goodbye, or "what can you do"."""
    hotel = clipped(hotel_name, _HOTEL_WORDS)
    return Worded(whole(plan.courtesy or "help", plan.language, hotel=hotel), 1.0)


def not_known(language: Language, contact: str, *, topic_known: bool) -> Worded:
    """
    Say that neither documents nor data tell it, and whom to ask.

    Args:
        language: Of the text.
        contact: As `contact_name` gives it.
        topic_known: The rest of the question is answered, or the documents speak of it without this detail.
    """
    key = "not_known_detail" if topic_known else "not_known"
    text = whole(key, language, contact=clipped(contact, _CONTACT_WORDS))
    return Worded(text, _KNOWN_TOPIC if topic_known else _UNKNOWN, handoff="not_known")


def refused(language: Language, what: str, contact: str) -> Worded:
    """
    Say that the asker's role may not see something, and whom to ask.

    Args:
        language: Of the text.
        what: A noun in that language: "the guest's phone number".
        contact: As `contact_name` gives it.
    """
    text = whole("may_not_see", language, what=clipped(what, 40), contact=clipped(contact, _CONTACT_WORDS))
    return Worded(text, UNSURE, handoff="not_allowed")
