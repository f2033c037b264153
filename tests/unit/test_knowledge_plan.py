"""Which files of the folder are documents, and what a run does with them."""

from pathlib import Path

import pytest

from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.knowledge_index import Change, DocumentRecord
from innkeeper.tasks.embedding import NamedEmbedder
from innkeeper.tasks.knowledge_plan import compare, documents_folder, scan

EMBEDDER = NamedEmbedder("local", None, "", 0)


def test_hidden_files_and_those_that_describe_the_folder_are_no_documents(tmp_path: Path) -> None:
    for name in ("README.md", "manifest.yaml", ".hidden.md", "~$open.docx", "Thumbs.db", "a.md"):
        (tmp_path / name).write_text("text")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.txt").write_text("text")
    (tmp_path / "faqs").mkdir()
    (tmp_path / "faqs" / "README.md").write_text("# A document")
    assert [found.path for found in scan(tmp_path)] == ["a.md", "faqs/README.md"]


def test_a_link_out_of_the_folder_is_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text("secret")
    root = tmp_path / "documents"
    root.mkdir()
    (root / "file.md").symlink_to(tmp_path / "outside" / "secret.md")
    (root / "folder").symlink_to(tmp_path / "outside")
    found = list(scan(root))
    assert [(each.path, each.problem, each.sha256) for each in found] == [
        ("file.md", "unsafe", ""),
        ("folder", "unsafe", ""),
    ]


@pytest.mark.parametrize("name", ["line\nbreak.md", "bell\a.md", "bad\udcff.md"])
def test_a_name_with_control_characters_is_refused_and_shown_escaped(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("text")
    (found,) = scan(tmp_path)
    assert found.problem == "unsafe"
    assert found.path.isprintable()


def test_formats_that_are_not_read_are_refused_unread(tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(b"PNG")
    (found,) = scan(tmp_path)
    assert (found.problem, found.sha256) == ("unsupported", "")


def test_a_plan_tells_what_changed(tmp_path: Path) -> None:
    for name in ("new.md", "same.md", "other.md"):
        (tmp_path / name).write_text(name)
    first = compare(tmp_path, None, [], EMBEDDER, prune=True)
    assert first.has_changes
    records = [
        DocumentRecord(path=path, sha256="0" if path == "other.md" else found.sha256, fingerprint="0")
        for path, found in first.files.items()
        if path != "new.md"
    ]
    plan = compare(tmp_path, None, [*records, DocumentRecord(path="gone.md")], EMBEDDER, prune=True)
    assert {each.path: each.change for each in plan.documents} == {
        "new.md": Change.ADDED,
        "other.md": Change.CHANGED,
        "same.md": Change.CHANGED,  # its fingerprint
        "gone.md": Change.REMOVED,
    }
    assert [each.path for each in plan.of(Change.ADDED)] == ["new.md"]


def test_the_sample_hotel_is_the_default_folder(tmp_path: Path) -> None:
    assert (documents_folder(None, None) / "policies").is_dir()
    assert documents_folder(None, tmp_path) == tmp_path
    with pytest.raises(InputInvalid, match="INNKEEPER_KNOWLEDGE_PATH"):
        documents_folder(None, tmp_path / "missing")
