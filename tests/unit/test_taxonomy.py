"""The taxonomy: the packaged one is sound, a hotel's own is read strictly and decides teams and minutes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from innkeeper.engine.routing.router import Router
from innkeeper.engine.routing.taxonomy import load_taxonomy
from innkeeper.schemas.errors import InputInvalid
from innkeeper.schemas.routing import GuestMessage

PACKAGED = Path(__file__).parents[2] / "engine" / "routing" / "taxonomy.yaml"
Write = Callable[[Any], Path]


@pytest.fixture
def entries() -> dict[str, Any]:
    """The packaged taxonomy, to be changed."""
    found: dict[str, Any] = yaml.safe_load(PACKAGED.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: Any) -> Path:
        path = tmp_path / "hotel.yaml"
        path.write_text(
            content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True, sort_keys=False),
            encoding="utf-8",
        )
        return path

    return to_file


def test_the_packaged_taxonomy_has_six_departments_and_a_team_for_everything() -> None:
    taxonomy = load_taxonomy()
    assert list(taxonomy.categories) == [
        "housekeeping",
        "maintenance",
        "concierge",
        "room_service",
        "front_desk",
        "complaints",
    ]
    assert len(taxonomy.subcategories) == 49
    assert {taxonomy.team_of(name) for name in taxonomy.subcategories} == set(taxonomy.teams)
    assert taxonomy.team_of("internet_issue") == "it_team"
    assert taxonomy.team_of("emergency") == "security_team"


def test_every_subcategory_can_be_named_to_a_guest_in_both_languages() -> None:
    taxonomy = load_taxonomy()
    assert [name for name in taxonomy.subcategories if set(taxonomy.subcategory(name).label) != {"en", "vi"}] == []


def test_danger_is_answered_first_and_fastest() -> None:
    taxonomy = load_taxonomy()
    for name in ("emergency", "safety_hazard"):
        assert taxonomy.subcategory(name).default_priority == "critical"
        assert taxonomy.subcategory(name).sla_minutes == min(
            taxonomy.subcategory(each).sla_minutes for each in taxonomy.subcategories
        )


def test_an_unknown_subcategory_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="pool_party"):
        load_taxonomy().subcategory("pool_party")


def test_a_hotels_own_minutes_team_and_words_reach_the_answer(entries: dict[str, Any], write: Write) -> None:
    entries["categories"]["maintenance"]["subcategories"]["hvac_issue"] |= {
        "sla_minutes": 7, "team": "chillers", "workflow_id": "WF_COLD_001",
        "label": {"en": "the cool breeze", "vi": "làn gió mát"},
    }  # fmt: skip
    router = Router(load_taxonomy(write(entries)), "Asia/Ho_Chi_Minh")
    english = router.route(GuestMessage(message="The air conditioner is not cooling at all"))
    vietnamese = router.route(GuestMessage(message="Máy lạnh phòng em không mát gì hết"))
    for result in (english, vietnamese):
        (request,) = result.classifications
        assert (request.assigned_to, request.workflow_id) == ("chillers", "WF_COLD_001")
        assert request.estimated_resolution_time_minutes == 7
    assert "the cool breeze" in english.suggested_response
    assert "7 minutes" in english.suggested_response
    assert "làn gió mát" in vietnamese.suggested_response
    assert "7 phút" in vietnamese.suggested_response


def test_a_hotel_may_move_a_subcategory_to_another_department(entries: dict[str, Any], write: Write) -> None:
    laundry = entries["categories"]["housekeeping"]["subcategories"].pop("laundry")
    entries["categories"]["laundry_house"] = {"team": "laundry_team", "subcategories": {"laundry": laundry}}
    router = Router(load_taxonomy(write(entries)), "Asia/Ho_Chi_Minh")
    (request,) = router.route(GuestMessage(message="Please take my two suits for dry cleaning")).classifications
    assert (request.category, request.assigned_to) == ("laundry_house", "laundry_team")


def test_a_subcategory_that_the_router_knows_and_the_hotel_left_out_is_named(
    entries: dict[str, Any], write: Write
) -> None:
    del entries["categories"]["housekeeping"]["subcategories"]["turndown"]
    with pytest.raises(InputInvalid, match="turndown") as raised:
        Router(load_taxonomy(write(entries)), "Asia/Ho_Chi_Minh")
    assert raised.value.problems == ["turndown"]


def test_a_subcategory_of_the_hotels_own_is_no_hindrance(entries: dict[str, Any], write: Write) -> None:
    entries["categories"]["concierge"]["subcategories"]["camel_ride"] = {
        "workflow_id": "WF_CAMEL_001", "sla_minutes": 90, "label": {"en": "your camel", "vi": "con lạc đà"},
    }  # fmt: skip
    assert (
        Router(load_taxonomy(write(entries)), "Asia/Ho_Chi_Minh")
        .route(GuestMessage(message="Two towels please"))
        .classifications
    )


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"sla_minutes": 0}, "turndown.sla_minutes"),
        ({"sla_minutes": "soon"}, "turndown.sla_minutes"),
        ({"default_priority": "urgent"}, "turndown.default_priority"),
        ({"workflow_id": "evening"}, "turndown.workflow_id"),
        ({"colour": "blue"}, "turndown.colour"),
        ({"team": "Evening Team"}, "turndown.team"),
        ({"workflow_id": "WF_HOUSEKEEPING_001"}, "WF_HOUSEKEEPING_001"),
        ({"label": {"vi": "chuẩn bị giường"}}, "turndown"),
    ],
)
def test_a_wrong_entry_is_named_by_its_place(
    entries: dict[str, Any], write: Write, change: dict[str, Any], named: str
) -> None:
    entries["categories"]["housekeeping"]["subcategories"]["turndown"] |= change
    with pytest.raises(InputInvalid, match=r"hotel\.yaml") as raised:
        load_taxonomy(write(entries))
    assert named in str(raised.value)
    assert len(raised.value.problems) == 1


def test_one_name_under_two_departments_is_refused(entries: dict[str, Any], write: Write) -> None:
    entries["categories"]["concierge"]["subcategories"]["laundry"] = {
        "workflow_id": "WF_OTHER_001", "sla_minutes": 5, "label": {"en": "x", "vi": "x"},
    }  # fmt: skip
    with pytest.raises(InputInvalid, match=r"'laundry' stands under 'housekeeping' and 'concierge'"):
        load_taxonomy(write(entries))


@pytest.mark.parametrize(
    "content", ["", "[]", "just words", "version: '1'", "a: [1", "!!python/object/apply:os.getcwd []"]
)
def test_what_is_no_taxonomy_is_refused(write: Write, content: str) -> None:
    with pytest.raises(InputInvalid, match=r"hotel\.yaml"):
        load_taxonomy(write(content))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match=r"nowhere\.yaml"):
        load_taxonomy(tmp_path / "nowhere.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("version: 'é'".encode("latin-1"))
    with pytest.raises(InputInvalid, match=r"latin\.yaml"):
        load_taxonomy(latin)
    with pytest.raises(InputInvalid, match="cannot be read"):
        load_taxonomy(tmp_path)
