"""Templates that would take for ever, or are no text, are refused before they are made."""

from pathlib import Path
from time import perf_counter

import pytest

from innkeeper.schemas.errors import InputInvalid, NotConfigured
from innkeeper.schemas.message_templates import MAX_SOURCE_CHARS, normalised
from innkeeper.schemas.messages import MessageKind
from innkeeper.tasks.messages.template_checks import check_file
from innkeeper.tasks.messages.template_folder import read_folder
from innkeeper.tasks.messages.templates import template_problems
from innkeeper.templates.rendering import LANGUAGES, packaged_source

KIND = MessageKind.REQUEST_DONE
OWN = normalised(packaged_source(KIND, "en"))


def problems(body: str) -> str:
    """What is wrong when `body` stands in an otherwise good template."""
    return "; ".join(template_problems(OWN.replace("{% block body %}", "{% block body %}" + body, 1), KIND, "en"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MessageKind)
def test_every_packaged_template_can_be_saved_as_it_is(kind: MessageKind, language: str) -> None:
    chosen = next(each for each in LANGUAGES if each == language)
    assert template_problems(normalised(packaged_source(kind, chosen)), kind, chosen) == ()


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("{% for a in [1, 2, 3] %}x{% endfor %}", "a loop goes over a variable of the message"),
        ("{% for a in 'abcdefgh' %}x{% endfor %}", "a loop goes over a variable of the message"),
        ("{% set many = [1, 2] %}{% for a in many %}x{% endfor %}", "a loop goes over a variable of the message"),
        ("{% for a in hotel.name %}" * 3 + "{% endfor %}" * 3, "more than 2 loops are inside each other"),
        ("{% macro twice() %}{{ twice() }}{{ twice() }}{% endmacro %}{{ twice() }}", "the macro twice calls twice"),
        ("{% macro a() %}x{% endmacro %}{% macro b() %}{{ a() }}{{ a() }}{% endmacro %}", "the macro b calls a"),
        ("{% macro a() %}{% for x in hotel.name %}x{% endfor %}{% endmacro %}", "the macro a has a loop"),
        ("{% if tone %}" * 120 + "{% endif %}" * 120, "nested too deeply"),
        ("{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}", "nested too deeply"),
        ("x" * MAX_SOURCE_CHARS, f"{MAX_SOURCE_CHARS} at most"),
        ("a\x00b", "there is a control character"),
        ("{{ hotel.__class__.__mro__ }}", "hotel.__class__ is unknown"),
        ("{{ reqest }}", "variable reqest is unknown (did you mean request?)"),
    ],
)
def test_what_is_wrong_is_said_at_once(body: str, problem: str) -> None:
    started = perf_counter()
    assert problem in problems(body)
    assert perf_counter() - started < 5


def test_line_ends_and_accents_do_not_make_another_version() -> None:
    assert normalised("\ufeffQuy\u0301 kha\u0301ch\r\nDòng hai\r\n\r\n") == "Quý khách\nDòng hai\n"


def test_a_folder_tells_what_it_cannot_use(tmp_path: Path) -> None:
    for place, data in {
        "request_done/vi.md.j2": b"text\r\n",
        "request_don/vi.md.j2": b"text",
        "request_done/fr.md.j2": b"text",
        "apology/en.md.j2": b"\xff\xfe",
        "apology/notes.txt": b"not a template",
    }.items():
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_bytes(data)
    found = {file.place: (file.source, file.problems) for file in read_folder(tmp_path)}
    assert found == {
        "apology/en.md.j2": ("", ("it is not UTF-8 (byte 1)",)),
        "request_don/vi.md.j2": ("", ("there is no kind request_don (did you mean request_done?)",)),
        "request_done/fr.md.j2": ("", ("there is no language fr; there are en and vi",)),
        "request_done/vi.md.j2": ("text\n", ()),
    }
    with pytest.raises(NotConfigured, match=r"INNKEEPER_TEMPLATES_PATH: .* there is no such folder"):
        read_folder(tmp_path / "missing")


def test_a_file_is_checked_as_what_its_path_or_its_caller_says(tmp_path: Path) -> None:
    named, other = tmp_path / "request_done" / "en.md.j2", tmp_path / "draft.txt"
    named.parent.mkdir()
    named.write_text(OWN, encoding="utf-8")
    other.write_text(OWN, encoding="utf-8")
    assert check_file(named).problems == check_file(other, KIND, "en").problems == ()
    assert check_file(named, MessageKind.APOLOGY).problems  # its body shows no trouble
    with pytest.raises(InputInvalid, match="give --kind and --language"):
        check_file(other)
