"""What is known about a document: `manifest.yaml`, its front matter, and what its text states, in this order."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from innkeeper.engine.text import clean, fold
from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.knowledge import Block, DocumentMetadata

SECTIONS = ("sops", "policies", "faqs", "services")
_STAFF = (Role.HOUSEKEEPING, Role.RECEPTIONIST, Role.MANAGER)
_STAFF_WORDS = {"staff", "employee", "employees", "internal", "nhan vien", "noi bo"}
_MANIFEST = "manifest.yaml"
_MANIFEST_MAX_BYTES = 5_000_000
_SPELLINGS = {
    "effective": "effective_date", "effective_from": "effective_date", "valid_from": "effective_date",
    "review": "review_date", "review_by": "review_date", "next_review": "review_date",
    "replaces": "supersedes", "replaced_by": "superseded_by", "lang": "language", "roles": "audience",
    "category": "section",
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    r"(?P<iso>\d{4}-\d{1,2}-\d{1,2})|(?P<day>\d{1,2})\s?[/.-]\s?(?P<month>\d{1,2})\s?[/.-]\s?(?P<year>\d{4})"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<m2>{_MONTH})\.?,?\s(?P<y2>\d{{4}})"
    rf"|(?P<m3>{_MONTH})\.?\s(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y3>\d{{4}})"
    r"|(?P<d4>\d{1,2})\sthang\s(?P<m4>\d{1,2}),?\snam\s(?P<y4>\d{4})"
)
_EFFECTIVE = re.compile(
    r"\b(?:effective|in force|valid|applies|applicable|takes effect)(?: date)?(?: as)?(?: from| of| on| since)?\W{0,3}"
    r"|\b(?:(?:ngay |co )?hieu luc|(?:ngay )?ap dung)(?: thi hanh)?(?: (?:ke )?tu| vao)?\W{0,3}(?:ngay )?"
)
_REVIEW = re.compile(
    r"\b(?:next review|review(?:ed)?(?: date| due| by| again)?)(?: date)?(?: on| by| before)?\W{0,3}"
    r"|\b(?:ngay )?(?:ra soat|xem xet)(?: lai| tiep theo)?(?: vao| truoc)?\W{0,3}(?:ngay )?"
)
_SUPERSEDED_BY = re.compile(
    r"\b(?:has been |is |was )?(?:superseded|replaced) by(?: the)?:? (?P<what>[^.;\n]{3,120}(?:\.(?:md|pdf|docx)\b)?)"
    r"|\b(?:duoc|bi) thay the (?:boi|bang):? (?P<vi>[^.;\n]{3,120})"
)
_DOCUMENT = re.compile(
    r"\b(?:version|document|policy|rules|notice|sop|procedure|memo|v\d|ban|quy dinh|quy trinh|quy che|noi quy|thong bao"
    r"|chinh sach|so)\b|\.\w{2,4}\b"
)
_THIS = r"(?:this|it|(?:thong bao|quy dinh|van ban|chinh sach|quy trinh|tai lieu|ban) nay|hieu luc|ap dung)"
_SUPERSEDES = re.compile(
    rf"(?:\bsupersedes|\bthay the cho\b|(?:\b{_THIS}\b[^.\n]{{0,60}}?[ ,]|^|\n|[.;] )(?:replaces|thay the))"
    r"(?: cho)?(?: the)?:? (?P<what>[^.;\n]{3,120}(?:\.(?:md|pdf|docx)\b)?)"
)
_MAX_BLOCK_CHARS = 2_000


def document_metadata(
    relative: str, blocks: Iterable[Block], front_matter: Mapping[str, object], known: DocumentMetadata | None = None
) -> DocumentMetadata:
    """What the manifest says, else the front matter, else the text, else the folder."""
    merged: dict[str, Any] = {"section": _section(relative)}
    merged |= stated(block.text for block in blocks)
    merged |= from_mapping(front_matter)
    if known:
        merged |= known.model_dump(exclude_unset=True)
    if merged["section"] == "sops":  # guests have no use for them, and burglars have
        merged.setdefault("audience", _STAFF)
    return DocumentMetadata.model_validate(merged)


def read_manifest(root: Path) -> dict[str, DocumentMetadata]:
    """
    `manifest.yaml` of the documents folder, or of the folder above: metadata by relative path.

    Both `documents: {policies/pets.md: {effective_date: …}}` and a list of entries with `file` are read.

    Raises:
        InputInvalid: It cannot be read; `problems` lists the wrong entries.
    """
    file = next((each for each in (root / _MANIFEST, root.parent / _MANIFEST) if each.is_file()), None)
    if file is None:
        return {}
    import yaml

    if file.stat().st_size > _MANIFEST_MAX_BYTES:
        raise InputInvalid(f"{file.name} is too large.")
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputInvalid(f"{file.name} is not valid YAML: {error}") from error
    entries = content.get("documents", content) if isinstance(content, dict) else content
    if isinstance(entries, list):
        entries = {str(each.get("file") or each.get("path")): each for each in entries if isinstance(each, dict)}
    if not isinstance(entries, dict):
        raise InputInvalid(f"{file.name} must list documents by their path.")
    wrong = [
        str(path) for path, entry in entries.items() if PurePosixPath(str(path)).suffix and not isinstance(entry, dict)
    ]
    if wrong:
        raise InputInvalid(
            f"{file.name}: {len(wrong)} entries say nothing that can be read; write `path: {{audience: staff}}`.",
            problems=wrong,
        )
    return {
        PurePosixPath(str(path)).as_posix(): DocumentMetadata.model_validate(from_mapping(entry))
        for path, entry in entries.items()
        if isinstance(entry, dict)
    }


def from_mapping(given: Mapping[str, object]) -> dict[str, Any]:
    """The fields of `DocumentMetadata` that a mapping names, in its spellings, without values that make no sense."""
    found: dict[str, Any] = {}
    for key, value in given.items():
        name = _SPELLINGS.get(spelt := str(key).strip().lower().replace("-", "_").replace(" ", "_"), spelt)
        if name in {"effective_date", "review_date"}:
            value = _as_date(value)
        elif name == "audience":
            value = _roles(value)
        elif name in {"title", "language", "section", "supersedes", "superseded_by"}:
            value = clean(str(value)).strip()[:300] or None if isinstance(value, (str, int, float)) else None
        else:
            continue
        if value is not None:
            found[name] = value
    return found


def stated(texts: Iterable[str]) -> dict[str, Any]:
    """
    Dates and replaced documents that the text states; the first statement of each counts.

    "Effective from 1 March 2026", "Có hiệu lực từ ngày 01/03/2026", "Replaces: late check-out policy v2",
    "thay thế cho quy định cũ". Dates are day first.
    """
    found: dict[str, Any] = {}
    for text in texts:
        text = text[:_MAX_BLOCK_CHARS]
        folded = fold(text)
        for name, cue in (("effective_date", _EFFECTIVE), ("review_date", _REVIEW)):
            if name not in found and (date := _date_after(cue, folded)):
                found[name] = date
        if "superseded_by" not in found and (match := _SUPERSEDED_BY.search(folded)):
            found["superseded_by"] = _span(text, folded, match, "what" if match["what"] else "vi")
        elif "supersedes" not in found and (match := _SUPERSEDES.search(folded)) and _DOCUMENT.search(match["what"]):
            found["supersedes"] = _span(text, folded, match, "what")
    return found


def parse_date(text: str) -> dt.date | None:
    """The first full date in `text`, day first: "1 March 2026", "01/03/2026", "ngày 1 tháng 3 năm 2026"."""
    match = _DATE.search(fold(clean(text)))
    return _to_date(match) if match else None


def _date_after(cue: re.Pattern[str], folded: str) -> dt.date | None:
    for match in cue.finditer(folded):
        date = _DATE.match(folded, match.end())
        if date and (value := _to_date(date)):
            return value
    return None


def _to_date(match: re.Match[str]) -> dt.date | None:
    found = match.groupdict()
    try:
        if found["iso"]:
            year, month, day = (int(part) for part in found["iso"].split("-"))
            return dt.date(year, month, day)
        if found["day"]:
            return dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
        for index in "234":
            if found[f"d{index}"]:
                name = found[f"m{index}"]
                return dt.date(int(found[f"y{index}"]), _MONTHS.get(name) or int(name), int(found[f"d{index}"]))
    except ValueError:
        return None
    return None


def _span(text: str, folded: str, match: re.Match[str], group: str) -> str:
    source = text if len(text) == len(folded) else folded
    return source[match.start(group) : match.end(group)].strip(" :\"'“”()")


def _as_date(value: object) -> dt.date | None:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return parse_date(value[:100]) if isinstance(value, str) else None


def _roles(value: object) -> tuple[Role, ...] | None:
    """None where nothing is said; words that are not known mean managers only, since they were to keep somebody out."""
    names = value if isinstance(value, list) else value.split(",") if isinstance(value, str) else []
    wanted = {fold(name).strip().removesuffix(" only") for name in names if isinstance(name, str) and name.strip()}
    if wanted & _STAFF_WORDS:
        wanted |= {role.value for role in _STAFF}
    if wanted & {"all", "everyone", "public"}:
        return ()
    roles = {role for role in Role if role.value in wanted or f"{role.value}s" in wanted}
    if Role.GUEST in roles:  # what a guest may read, everyone may
        return ()
    return tuple(role for role in Role if role in roles or role is Role.MANAGER) if wanted else None


def _section(relative: str) -> str:
    folders = PurePosixPath(relative).parts[:-1]
    return next((each for each in folders if each.lower() in SECTIONS), folders[0] if folders else "").lower()
