"""Every template in every tone, word for word; run as a script, this file writes them anew."""

import datetime as dt
import re
import unicodedata
from pathlib import Path

import pytest

from innkeeper.engine.locale import FILTERS
from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES
from innkeeper.schemas.messages import DraftRequest, MessageKind, MessageLanguage, Tone
from innkeeper.templates.rendering import LANGUAGES, Rendered, load_templates

GOLDEN = Path(__file__).parents[1] / "golden" / "messages"
NOW = dt.datetime(2025, 1, 20, 9, tzinfo=dt.UTC)
CASES = [(kind, language) for kind in MessageKind for language in LANGUAGES]
OLD_TONE_MARKS = re.compile(r"\b\w*(?:o[àáảãạèéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])\b", re.IGNORECASE)  # "hoà" is "hòa" here


def rendered(kind: MessageKind, language: MessageLanguage, tone: Tone | None) -> Rendered:
    request = DraftRequest(kind=kind, variables=dict(SAMPLES[language][kind]), language=language, tone=tone)
    return load_templates(filters=FILTERS).render(request, SAMPLE_PROFILE, now=NOW)


def golden_text(kind: MessageKind, language: MessageLanguage) -> str:
    """Subject, body and chat in each tone, one below the other."""
    parts = []
    for tone in Tone:
        message = rendered(kind, language, tone)
        parts.append(f"######## {tone}\n{message.subject}\n\n{message.body}\n\n-------- chat\n{message.chat}\n")
    return "\n".join(parts)


@pytest.mark.parametrize(("kind", "language"), CASES)
def test_a_message_is_as_it_was_reviewed(kind: MessageKind, language: MessageLanguage) -> None:
    assert golden_text(kind, language) == (GOLDEN / f"{kind}_{language}.txt").read_text(encoding="utf-8")
    page = (GOLDEN / f"{kind}_{language}.html").read_text(encoding="utf-8")
    assert rendered(kind, language, None).html_body == page


@pytest.mark.parametrize("kind", MessageKind)
def test_vietnamese_keeps_to_the_checklist(kind: MessageKind) -> None:
    text = golden_text(kind, "vi")
    assert unicodedata.is_normalized("NFC", text)
    assert OLD_TONE_MARKS.findall(text) == []
    assert re.findall(r"[ \t]+[,.;:!?]", text) == []
    assert re.findall(r" {2,}|[ \t]$", text, re.MULTILINE) == []
    assert re.findall(r"\d,\d{3}\b|\b[AP]M\b|\d{4}-\d{2}-\d{2}", text) == []
    formal = text.split("######## formal")[1].split("######## ")[0]
    assert "của Chị" not in formal
    assert "Dear" not in text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MessageKind)
def test_tones_differ_and_each_has_greeting_and_signature(kind: MessageKind, language: MessageLanguage) -> None:
    bodies = [rendered(kind, language, tone).body for tone in Tone]
    assert len(set(bodies)) == len(Tone)
    for body in bodies:
        assert body.splitlines()[0].endswith(("Larsen,", "Hiền,"))
        assert SAMPLE_PROFILE.name in body.split("\n\n")[-1] + body.split("\n\n")[-2]


def write() -> None:
    """Write all golden files anew; read the difference before it is kept."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for kind, language in CASES:
        (GOLDEN / f"{kind}_{language}.txt").write_text(golden_text(kind, language), encoding="utf-8")
        page = rendered(kind, language, None).html_body
        (GOLDEN / f"{kind}_{language}.html").write_text(page, encoding="utf-8")


if __name__ == "__main__":
    write()
