"""`innkeeper templates`, from the packaged template to the hotel's own and back."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call

WHERE = ("request_done", "--language", "vi")


@pytest.fixture
def file(call: Call, tmp_path: Path) -> Path:
    """A template of one's own: the packaged one with another greeting in its subject."""
    made = tmp_path / "own" / "request_done" / "vi.md.j2"
    made.parent.mkdir(parents=True)
    source = call("templates", "show", *WHERE).stdout
    made.write_text(source.replace("{% block subject %}\n", "{% block subject %}\nSen Hồng: ", 1), encoding="utf-8")
    return made


def test_a_hotel_changes_a_template_and_goes_back(call: Call, file: Path) -> None:
    assert call("templates", "check", str(file)).stdout == "No problems.\n"
    tried = call("templates", "preview", *WHERE, "--file", str(file)).stdout
    assert tried.startswith("Subject: Sen Hồng: ")
    assert "--- chat ---" in tried
    assert not call("templates", "preview", *WHERE).stdout.startswith("Subject: Sen Hồng")  # it is not saved

    saved = call("templates", "save", *WHERE, "--file", str(file), "--comment", "our name first")
    assert (saved.exit_code, saved.stdout.split(" (")[0]) == (0, "request_done/vi is at version 1")
    assert call("templates", "preview", *WHERE).stdout.startswith("Subject: Sen Hồng: ")
    lines = call("templates", "list").stdout.splitlines()
    assert len(lines) == 28
    assert [line.split()[3] for line in lines if line.startswith("request_done")] == ["package", "database"]
    assert ": our name first" in call("templates", "history", *WHERE).stdout

    assert call("templates", "rollback", *WHERE).stdout == (
        "request_done/vi: the folder's or the packaged template is in use again.\n"
    )
    assert call("templates", "show", *WHERE).stdout == call("templates", "show", *WHERE, "--packaged").stdout
    assert call("templates", "rollback", *WHERE, "--to", "1").stdout == "request_done/vi is at version 1 again.\n"
    shown = json.loads(call("templates", "show", *WHERE, "--version", "1", "--json").stdout)
    assert (shown["number"], shown["source"]) == (1, file.read_text(encoding="utf-8"))


def test_a_folder_is_used_without_saving(call: Call, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNKEEPER_TEMPLATES_PATH", str(file.parents[1]))
    html = call("templates", "preview", *WHERE, "--html").stdout
    assert "<title>Sen Hồng: " in html
    assert html.startswith("<!DOCTYPE html>")
    checked = call("templates", "check", "--all")
    assert (checked.exit_code, checked.stdout) == (
        0,
        "request_done/en: note: is the packaged one, while vi is the hotel's own\nNo problems.\n",
    )
    file.write_text("{% block body %}{{ reqest }}{% endblock %}", encoding="utf-8")
    checked = call("templates", "check", "--all")
    assert checked.exit_code == 1
    assert checked.stdout.splitlines()[-1] == "1 with problems."
    assert "left aside  folder: block subject is missing" in call("templates", "list").stdout
    monkeypatch.setenv("INNKEEPER_TEMPLATES_PATH", "/nowhere")
    assert "error: INNKEEPER_TEMPLATES_PATH: '/nowhere' cannot be used" in call("templates", "list").stderr


def test_a_preview_takes_variables_tone_and_channel(call: Call) -> None:
    given = json.dumps({"guest_name": "Trần An", "guest_title": "anh", "request": "Thêm khăn tắm", "done_at": "19:40"})
    chat = call("templates", "preview", *WHERE, "--tone", "formal", "--channel", "chat", "--vars", "-", stdin=given)
    assert "Thêm khăn tắm" in chat.stdout or "thêm khăn tắm" in chat.stdout
    assert "Subject:" not in chat.stdout
    made = json.loads(call("templates", "preview", *WHERE, "--vars", "-", "--json", stdin=given).stdout)
    assert made["template"] == "request_done_vi"
    assert "Anh Trần An" in made["body"] or "anh Trần An" in made["body"]


def test_what_has_problems_is_not_saved(call: Call, file: Path) -> None:
    file.write_text(file.read_text(encoding="utf-8").replace("{{ request }}", "{{ reqest }}"), encoding="utf-8")
    refused = call("templates", "save", *WHERE, "--file", str(file), "--comment", "oops")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "variable reqest is unknown (did you mean request?)" in refused.stderr
    assert call("templates", "history", *WHERE).stdout.startswith("No version has been saved")
    assert call("templates", "rollback", *WHERE).exit_code == 1
    assert call("templates", "check").exit_code == 1
    assert call("templates", "preview", "request_don", "--language", "vi").exit_code == 2


def test_the_variables_of_a_kind_are_listed_with_samples(call: Call) -> None:
    lines = call("templates", "variables", "request_done", "--language", "vi").stdout.splitlines()
    assert "* guest_name                       Đặng Thu Hiền" in lines
    assert "  done_at                          19:40" in lines
    assert "* hotel.name                       Lotus River Hotel" in lines
    listed = json.loads(call("templates", "variables", "payment_reminder", "--json").stdout)["variables"]
    assert {"name": "currency", "required": True, "sample": "USD"} in listed
