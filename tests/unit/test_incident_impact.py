"""Impact: what the service map and the hotel's figures say, and nothing else."""

import pytest
from tests.unit.incident_cases import finding, opened

from innkeeper.engine.incidents.impact import HotelFigures, affected_services, impact_of
from innkeeper.engine.incidents.services import load_services

SERVICES = load_services()
FIGURES = HotelFigures(staff_on_shift=15, guests_in_house=120, arrivals_today=30)


def test_the_specifications_camera_incident_has_its_impact() -> None:
    impact = impact_of(opened(finding()), SERVICES, FIGURES)
    assert impact.affected_users == "Staff unable to clock in/out. Places: lobby."
    assert impact.business_impact == "High - attendance tracking disrupted"
    assert impact.estimated_affected_count == 15
    told = impact_of(opened(finding()), SERVICES, FIGURES, "vi")
    assert told.affected_users == "Nhân viên không chấm công được. Khu vực: sảnh."
    assert told.business_impact == "Cao - gián đoạn chấm công"


def test_of_a_service_that_is_in_no_map_nothing_is_claimed() -> None:
    impact = impact_of(opened(finding(service="ts-order-service")), SERVICES, FIGURES)
    assert impact.affected_users == "Not known: ts-order-service is not in the service map"
    assert impact.estimated_affected_count is None


@pytest.mark.parametrize("figures", [None, HotelFigures(), HotelFigures(staff_on_shift=15)])
def test_nobody_is_counted_without_every_figure_that_it_needs(figures: HotelFigures | None) -> None:
    assert impact_of(opened(finding(service="pms")), SERVICES, figures).estimated_affected_count is None


def test_each_figure_counts_once() -> None:
    assert impact_of(opened(finding(service="pms")), SERVICES, FIGURES).estimated_affected_count == 45


def test_whoever_depends_on_it_is_named_directly_or_not() -> None:
    hit = affected_services(opened(finding(service="PMS_service")), SERVICES)
    assert {"door-locks", "channel-manager", "website", "pos"} == set(hit)
    assert "pms" in affected_services(opened(finding(service="postgres")), SERVICES)
    assert affected_services(opened(finding(service="nobody")), SERVICES) == ()


@pytest.mark.parametrize(
    ("logged", "key"), [("CV", "cv"), ("cv-service", "cv"), ("Payment_Gateway", "payments"), ("cvx", None), ("", None)]
)
def test_a_service_is_known_however_logs_spell_it(logged: str, key: str | None) -> None:
    assert SERVICES.key(logged) == key


def test_a_map_with_a_circle_is_walked_once() -> None:
    names = {"en": "x", "vi": "x"}
    circle = type(SERVICES).model_validate(
        {"services": {"a": {"name": names, "depends_on": ["b"]}, "b": {"name": names, "depends_on": ["a"]}}}
    )
    assert circle.needs("a") == {"b"}
    assert circle.dependents("a") == ("b",)


def test_related_services_are_known_by_the_names_that_logs_use() -> None:
    related = SERVICES.related({"cv-service", "postgres", "other"})
    assert "postgres" in related["cv-service"]
    assert related["other"] == frozenset()
