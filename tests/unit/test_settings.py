"""Settings: defaults that work, and messages that say which variable to mend."""

from pathlib import Path

import pytest

from innkeeper.blocks.database.urls import async_url
from innkeeper.blocks.settings import Settings, UnknownSetting, settings, unknown_settings
from innkeeper.schemas.errors import NotConfigured


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the machine, and no settings read before, reach a test."""
    import os

    for name in [name for name in os.environ if name.upper().startswith("INNKEEPER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    settings.cache_clear()


@pytest.fixture(autouse=True, scope="module")
def _forget() -> object:
    yield
    settings.cache_clear()


def _problem(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    monkeypatch.setenv(name, value)
    with pytest.raises(NotConfigured) as caught:
        settings()
    return str(caught.value)


def test_with_nothing_set_the_database_is_a_file_under_the_working_folder(tmp_path: Path) -> None:
    assert settings().home == tmp_path / ".innkeeper"
    assert settings().database_url == f"sqlite+aiosqlite:///{tmp_path}/.innkeeper/innkeeper.db"
    assert (settings().model_chain, settings().hotel_timezone) == ("engine", "Asia/Ho_Chi_Minh")
    assert not (tmp_path / ".innkeeper").exists()


def test_the_home_moves_the_database_also_to_odd_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from sqlalchemy import make_url

    monkeypatch.setenv("INNKEEPER_HOME", str(tmp_path / "khách sạn 50%?"))
    assert make_url(settings().database_url).database == str(tmp_path / "khách sạn 50%?" / "innkeeper.db")


def test_a_later_change_of_folder_does_not_move_the_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = settings().database_url
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert settings().database_url == before


def test_settings_are_read_once_until_they_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings().model_chain == "engine"
    monkeypatch.setenv("INNKEEPER_MODEL_CHAIN", "engine,hotel-openai")
    assert settings().model_chain == "engine"
    settings.cache_clear()
    assert settings().model_chain == "engine,hotel-openai"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNKEEPER_DATABASE_URL", "")
    monkeypatch.setenv("INNKEEPER_HOTEL_TIMEZONE", "")
    assert settings().database_url.startswith("sqlite+aiosqlite:///")
    assert settings().zone.key == "Asia/Ho_Chi_Minh"


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgresql://u:p@db:5432/hotel", "postgresql+asyncpg://u:p@db:5432/hotel"),
        ("postgres://u:p@db/hotel?sslmode=require", "postgresql+asyncpg://u:p@db/hotel?ssl=require"),
        ("postgresql:///hotel?host=/var/run/postgresql", "postgresql+asyncpg:///hotel?host=%2Fvar%2Frun%2Fpostgresql"),
        ("postgresql+asyncpg://u:p%40ss@db/hotel", "postgresql+asyncpg://u:p%40ss@db/hotel"),
        ("sqlite:///hotel.db", "sqlite+aiosqlite:///hotel.db"),
        ("sqlite:////var/lib/hotel.db", "sqlite+aiosqlite:////var/lib/hotel.db"),
    ],
)
def test_an_address_gets_its_async_driver(given: str, used: str) -> None:
    assert async_url(given) == used
    assert async_url(used) == used


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@db/hotel",
        "hotel.db",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://",
        "sqlite+pysqlite:///x",
    ],
)
def test_a_wrong_address_names_the_variable_and_hides_the_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    problem = _problem(monkeypatch, "INNKEEPER_DATABASE_URL", url)
    assert problem.startswith("INNKEEPER_DATABASE_URL: the ")
    assert "hunter2" not in problem


@pytest.mark.parametrize("zone", ["Asia/Hochiminh", "GMT+7 Hanoi", "../../etc/passwd", "/etc/localtime", "Asia"])
def test_a_zone_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    problem = _problem(monkeypatch, "INNKEEPER_HOTEL_TIMEZONE", zone)
    assert problem.startswith("INNKEEPER_HOTEL_TIMEZONE: ")
    assert "Asia/Ho_Chi_Minh" in problem


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNKEEPER_REDIS_URL", "localhost:6379")
    monkeypatch.setenv("INNKEEPER_CHROMA_URL", "localhost")
    problem = _problem(monkeypatch, "INNKEEPER_TAXONOMY", "/nowhere/taxonomy.yaml")
    for name in ("INNKEEPER_REDIS_URL", "INNKEEPER_CHROMA_URL", "INNKEEPER_TAXONOMY"):
        assert name in problem


def test_a_password_is_not_in_the_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNKEEPER_DATABASE_URL", "postgresql://u:hunter2@db/hotel")
    monkeypatch.setenv("INNKEEPER_REDIS_URL", "redis://:hunter2@cache/0")
    assert "hunter2" not in repr(settings())


def test_a_misspelt_variable_is_no_error_and_is_listed_with_what_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INNKEEPER_DATABSE_URL", "sqlite:///x.db")
    monkeypatch.setenv("INNKEEPER_FAVOURITE_COLOUR", "blue")
    monkeypatch.setenv("innkeeper_model_chain", "engine")
    assert isinstance(settings(), Settings)
    assert unknown_settings() == [
        UnknownSetting("INNKEEPER_DATABSE_URL", "INNKEEPER_DATABASE_URL"),
        UnknownSetting("INNKEEPER_FAVOURITE_COLOUR", None),
    ]
