"""Which of the hits a question rules out: "not at Tet", "the policy of 2025"."""

import re

from innkeeper.engine.reading.limits import edition_fit, named
from innkeeper.engine.reading.terms import body_of
from innkeeper.engine.search.index import Hit, SearchResult

_NOT = re.compile(
    r"(?:[,;(–-]\s*(?:but |nhưng |nhung )?(?:not|no|không phải|khong phai|không tính|khong tinh)"
    r"|\b(?:rather than|other than|instead of|excluding|chứ không phải|chu khong phai|ngoại trừ|ngoai tru))\s+"
    r"(?:(?:in|on|for|at|during|the|a|an|of|dịp|dip|vào|vao|ở|o|là|la|cho|trong)\s+)*"
    r"(?P<what>\w[\w’'-]*(?:\s\w[\w’'-]*){0,2})\s*\)?\s*[?.!]*$",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")


def without_excluded(question: str) -> tuple[str, str]:
    """The question without what it says it does not mean, and that; empty when it excludes nothing."""
    found = _NOT.search(question)
    if found is None or not question[: found.start()].strip():
        return question, ""
    return question[: found.start()].strip(" ,;("), found["what"]


def narrowed(result: SearchResult, question: str, excluded: str) -> SearchResult:
    """
    The hits without those that are headed by what is excluded, and without other editions than the year that is named.

    A filter that would leave nothing is not applied.
    """
    hits = [hit for hit in result.hits if not (excluded and _headed_by(hit, excluded))] or result.hits
    asked = named(question)
    if asked.years:
        fits = [edition_fit(asked, hit.chunk.document, hit.chunk.title) for hit in hits]
        meant = {_series(hit) for hit, fit in zip(hits, fits, strict=True) if fit > 0}
        hits = [hit for hit, fit in zip(hits, fits, strict=True) if fit >= 0 or _series(hit) not in meant]
    return result._replace(hits=hits)


def _headed_by(hit: Hit, excluded: str) -> bool:
    words = body_of(excluded)
    heads = body_of(" ".join((hit.chunk.title, *hit.chunk.heading_path)))
    return words.words <= heads.words or words.folded in heads.folded


def _series(hit: Hit) -> str:
    """What the editions of a document have in common."""
    return _DIGITS.sub("", hit.chunk.title or hit.chunk.document)
