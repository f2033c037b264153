"""What a document says about itself, and what the manifest says about it."""

import datetime as dt
from pathlib import Path

import pytest

from innkeeper.schemas.access import Role
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.knowledge import Block, DocumentMetadata
from innkeeper.tasks.parsing.metadata import document_metadata, parse_date, read_manifest, stated


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Effective from 1 March 2026.", dt.date(2026, 3, 1)),
        ("Effective date: March 1st, 2026", dt.date(2026, 3, 1)),
        ("This price list is valid from 01/03/2026", dt.date(2026, 3, 1)),
        ("Có hiệu lực từ ngày 01/03/2026", dt.date(2026, 3, 1)),
        ("ÁP DỤNG TỪ 15.4.2026", dt.date(2026, 4, 15)),
        ("Hiệu lực: ngày 1 tháng 3 năm 2026", dt.date(2026, 3, 1)),
        ("co hieu luc ke tu ngay 1-3-2026", dt.date(2026, 3, 1)),
        ("Effective as of 2026-03-01", dt.date(2026, 3, 1)),
        ("An effective way to clean. Written on 1 March 2026.", None),
        ("Effective from 45/13/2026", None),
    ],
)
def test_a_stated_effective_date_is_found(text: str, expected: dt.date | None) -> None:
    assert stated([text]).get("effective_date") == expected


def test_the_first_statement_counts_and_a_review_date_is_not_an_effective_date() -> None:
    found = stated(["Effective from 1 May 2026. Next review: 1 May 2027.", "Effective from 1 June 2026"])
    assert found == {"effective_date": dt.date(2026, 5, 1), "review_date": dt.date(2027, 5, 1)}


@pytest.mark.parametrize(
    ("text", "field", "expected"),
    [
        ("This policy replaces the late check-out policy v2.", "supersedes", "late check-out policy v2"),
        ("Replaces: SOP-12 version 3", "supersedes", "SOP-12 version 3"),
        ("Văn bản có hiệu lực ngay, thay thế cho Quy định 12/2024", "supersedes", "Quy định 12/2024"),
        ("This version has been superseded by policies/pets-2026.md.", "superseded_by", "policies/pets-2026.md"),
        ("Quy định này được thay thế bởi bản 2026", "superseded_by", "bản 2026"),
        ("Housekeeping replaces towels every day.", "supersedes", None),
        ("Nhân viên thay thế khăn tắm mỗi ngày.", "supersedes", None),
    ],
)
def test_a_replaced_document_is_found_and_replaced_towels_are_not(text: str, field: str, expected: str | None) -> None:
    assert stated([text]).get(field) == expected


def test_the_manifest_wins_over_front_matter_and_that_over_the_text() -> None:
    blocks = [Block(text="Effective from 1 March 2026. Next review 1 March 2027.")]
    matter: dict[str, object] = {"effective_date": dt.date(2026, 4, 1), "review-date": "2027-04-01", "title": "Mine"}
    known = DocumentMetadata(effective_date=dt.date(2026, 5, 1))
    found = document_metadata("policies/a.md", blocks, matter, known)
    assert (found.effective_date, found.review_date) == (dt.date(2026, 5, 1), dt.date(2027, 4, 1))
    assert (found.title, found.section) == ("Mine", "policies")


def test_procedures_are_for_staff_unless_they_say_otherwise() -> None:
    assert Role.GUEST not in document_metadata("sops/a.md", [], {}).audience
    assert document_metadata("sops/a.md", [], {}).audience
    assert document_metadata("sops/a.md", [], {"audience": "guest"}).audience == ()
    assert document_metadata("faqs/a.md", [], {}).audience == ()
    assert document_metadata("vi/sops/a.md", [], {}).section == "sops"


def test_a_manager_may_read_what_other_staff_may() -> None:
    assert document_metadata("a.md", [], {"audience": ["housekeeping"]}).audience == (Role.HOUSEKEEPING, Role.MANAGER)


def test_front_matter_with_nonsense_is_left_out() -> None:
    nonsense: dict[str, object] = {
        "effective_date": "soon",
        "audience": {"a": 1},
        "title": ["x"],
        "section": None,
        "x": 1,
    }
    assert document_metadata("policies/a.md", [], nonsense) == DocumentMetadata(section="policies")


def test_both_forms_of_the_manifest_are_read(tmp_path: Path) -> None:
    root = tmp_path / "documents"
    root.mkdir()
    (tmp_path / "manifest.yaml").write_text("documents:\n  policies/a.md: {effective_date: 2026-03-01}\n")
    assert read_manifest(root)["policies/a.md"].effective_date == dt.date(2026, 3, 1)
    (root / "manifest.yaml").write_text("- {file: policies/a.md, audience: [manager], superseded_by: policies/b.md}\n")
    assert read_manifest(root)["policies/a.md"].superseded_by == "policies/b.md"
    assert read_manifest(tmp_path / "none" / "documents") == {}


def test_a_manifest_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.yaml").write_text("documents: [")
    with pytest.raises(InputInvalid, match=r"manifest\.yaml is not valid YAML"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["31/02/2026", "no date", "2026", "3/2026"])
def test_what_is_no_full_date_is_none(text: str) -> None:
    assert parse_date(text) is None
