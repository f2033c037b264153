"""Notes in a message's variables that are in the other language: translated, with the original kept beside them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from innkeeper.engine.request_translation import translate_compensation, translate_wishes
from innkeeper.engine.translation_check import is_foreign, may_be_foreign, translation_problems
from innkeeper.prompts.messages import TranslatedTexts, translate_prompt
from innkeeper.schemas.message_contexts import Apology, BookingConfirmation, MessageContext
from innkeeper.schemas.messages import MessageLanguage
from innkeeper.tasks.messages.asking import Help, Helper, asked

_Translate = Callable[[str, MessageLanguage], str | None]


class _Note(NamedTuple):
    field: str  # "compensation_offered.value"
    text: str
    engine: _Translate | None


async def with_translations(
    context: MessageContext, language: MessageLanguage, helper: Helper | None
) -> tuple[MessageContext, Help, tuple[str, ...]]:
    """
    The context with `…_translated` where a note is in the other language and nobody translated it yet.

    The engine's lexicon comes first: what it knows it knows well, and for nothing. A model translates the rest; without
    one, or when its translation says something else, the original stands alone.

    Args:
        context: The variables of a message.
        language: Of the message.
        helper: Models; none: the engine alone.

    Returns:
        The context; what models did; and the fields whose original stands alone.
    """
    notes = [note for note in _notes(context) if may_be_foreign(note.text, language)]
    done = {note.field: said for note in notes if note.engine and (said := note.engine(note.text, language))}
    left = [note for note in notes if note.field not in done and is_foreign(note.text, language)]
    helped = Help()
    if left and helper is not None:
        told, helped = await _by_model([note.text for note in left], language, helper)
        done |= {note.field: text.strip() for note, text in zip(left, told, strict=False)}
    untranslated = tuple(note.field for note in left if note.field not in done)
    return _with(context, done), helped, untranslated


async def _by_model(texts: Sequence[str], language: MessageLanguage, helper: Helper) -> tuple[Sequence[str], Help]:
    def problems(answer: TranslatedTexts) -> list[str]:
        return translation_problems(texts, answer.translations, language)

    answer, helped = await asked(helper, translate_prompt(language, texts), TranslatedTexts, problems)
    return (answer.translations if answer else ()), helped


def _notes(context: MessageContext) -> list[_Note]:
    """Notes that have a place for a translation, and none in it."""
    if (
        isinstance(context, BookingConfirmation)
        and context.special_requests
        and not context.special_requests_translated
    ):
        return [_Note("special_requests", context.special_requests, translate_wishes)]
    notes = []
    if isinstance(context, Apology):
        if not context.description_translated:
            notes.append(_Note("description", context.description, None))
        offered = context.compensation_offered
        if offered is not None and not offered.value_translated:
            notes.append(_Note("compensation_offered.value", offered.value, translate_compensation))
    return notes


def _with(context: MessageContext, done: dict[str, str]) -> MessageContext:
    changes: dict[str, object] = {f"{field}_translated": text for field, text in done.items() if "." not in field}
    if isinstance(context, Apology) and context.compensation_offered and "compensation_offered.value" in done:
        translated = {"value_translated": done["compensation_offered.value"]}
        changes["compensation_offered"] = context.compensation_offered.model_copy(update=translated)
    return type(context).model_validate({**dict(context), **changes}) if changes else context
