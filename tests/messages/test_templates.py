"""Which template a message is made from: the database's, else the folder's, else the packaged one."""

import datetime as dt
import logging
from pathlib import Path

import pytest

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.templates import save_template
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.message_samples import SAMPLE_PROFILE, SAMPLES
from innkeeper.schemas.message_templates import TemplateOrigin, normalised
from innkeeper.schemas.messages import DraftRequest, MessageKind
from innkeeper.tasks.messages.hotel import packaged_templates
from innkeeper.tasks.messages.template_checks import check_all
from innkeeper.tasks.messages.templates import (
    hotel_templates,
    preview,
    roll_back,
    save_checked,
    template_in_use,
    templates_in_use,
)
from innkeeper.templates.rendering import packaged_source

KIND = MessageKind.REQUEST_DONE
SAMPLE = DraftRequest(kind=KIND, variables=dict(SAMPLES["vi"][KIND]), language="vi")
NOW = dt.datetime(2026, 3, 1, 9, tzinfo=dt.UTC)


def own(subject: str) -> str:
    """The packaged template with another subject."""
    source = packaged_source(KIND, "vi")
    start = source.index("{% block subject %}") + len("{% block subject %}")
    return normalised(source[:start] + subject + source[source.index("{% endblock %}", start) :])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own" / KIND).mkdir(parents=True)
    return tmp_path / "own"


def put(folder: Path, source: str) -> None:
    (folder / KIND / "vi.md.j2").write_text(source, encoding="utf-8")


async def subject(database: Database, folder: Path | None) -> str:
    templates = await hotel_templates(database, folder)
    return templates.render(SAMPLE, SAMPLE_PROFILE, now=NOW).subject


async def save(database: Database, source: str) -> None:
    await save_checked(database, KIND, "vi", source, comment="another subject", saved_by="cli:lan")


async def test_the_database_comes_before_the_folder_and_the_folder_before_the_package(
    database: Database, folder: Path
) -> None:
    packaged = packaged_templates().render(SAMPLE, SAMPLE_PROFILE, now=NOW).subject
    assert await hotel_templates(database, folder) is packaged_templates()
    put(folder, own("Của thư mục"))
    assert (await subject(database, folder), await subject(database, None)) == ("Của thư mục", packaged)
    await save(database, own("Của cơ sở dữ liệu"))
    assert await subject(database, folder) == "Của cơ sở dữ liệu"
    await roll_back(database, KIND, "vi", rolled_back_by="cli:lan")
    assert await subject(database, folder) == "Của thư mục"
    put(folder, own("Sửa lại"))
    assert await subject(database, folder) == "Sửa lại"


async def test_the_same_templates_are_compiled_once(database: Database, folder: Path) -> None:
    put(folder, own("Của thư mục"))
    assert await hotel_templates(database, folder) is await hotel_templates(database, folder)


async def test_a_template_with_a_mistake_is_left_aside_and_said_once(
    database: Database, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    put(folder, own("Xong {{ reqest }}"))
    packaged = packaged_templates().render(SAMPLE, SAMPLE_PROFILE, now=NOW).subject
    with caplog.at_level(logging.WARNING):
        assert [await subject(database, folder) for _ in range(3)] == [packaged] * 3
    said = [each.getMessage() for each in caplog.records if "left aside" in each.getMessage()]
    assert said == [
        "the template request_done/vi of the folder is left aside: variable reqest is unknown (did you mean request?)"
    ]
    found, source = await template_in_use(database, folder, KIND, "vi")
    assert (found.origin, source) == (TemplateOrigin.PACKAGE, packaged_source(KIND, "vi"))
    assert found.problems == ("folder: variable reqest is unknown (did you mean request?)",)


async def test_a_template_that_has_problems_cannot_be_saved(database: Database) -> None:
    with pytest.raises(InputInvalid, match="cannot be saved") as refused:
        await save(database, own("{{ request | safe }}"))
    assert "the filter safe is not allowed" in refused.value.problems[0]
    with pytest.raises(InputInvalid, match="the comment must say"):
        await save_checked(database, KIND, "vi", own("Xong"), comment=" \n", saved_by="cli:lan")
    assert {each.origin for each in await templates_in_use(database, None)} == {TemplateOrigin.PACKAGE}


async def test_one_of_the_database_that_no_longer_fits_gives_way_to_the_folder(
    database: Database, folder: Path
) -> None:
    async with database.writing() as session:  # as an earlier release, with other variables, let it be saved
        await save_template(session, KIND, "vi", own("{{ old_name }}"), comment="before", saved_by="cli:lan", now=NOW)
    put(folder, own("Của thư mục"))
    assert await subject(database, folder) == "Của thư mục"
    found, _source = await template_in_use(database, folder, KIND, "vi")
    assert found.problems == ("database: variable old_name is unknown",)


async def test_a_preview_shows_a_source_that_is_not_saved(database: Database) -> None:
    bare = DraftRequest(kind=KIND, variables={}, language="vi")
    made = await preview(database, None, bare, source=own("Thử xem"), timezone="Asia/Ho_Chi_Minh")
    assert made.subject == "Thử xem"
    assert "Thêm hai chiếc gối" in made.body  # the sample's request
    assert (await preview(database, None, bare, timezone="Asia/Ho_Chi_Minh")).subject != "Thử xem"
    wrong = bare.model_copy(update={"variables": {"guest_nam": "An"}})
    with pytest.raises(InputInvalid, match=r"guest_nam is unknown \(did you mean guest_name\?\)"):
        await preview(database, None, wrong, timezone="Asia/Ho_Chi_Minh")


async def test_a_look_at_all_says_what_is_wrong_and_what_was_forgotten(database: Database, folder: Path) -> None:
    put(folder, own("Của thư mục"))
    (folder / "apologies").mkdir()
    (folder / "apologies" / "vi.md.j2").write_text("x", encoding="utf-8")
    found = {each.place: each for each in await check_all(database, folder) if each.problems or each.notes}
    assert {place: (each.problems, each.notes) for place, each in found.items()} == {
        "folder apologies/vi.md.j2": (("there is no kind apologies (did you mean apology?)",), ()),
        "request_done/en": ((), ("is the packaged one, while vi is the hotel's own",)),
    }
