"""The block that flows load the database by."""

import pytest
from prefect.blocks.core import Block
from prefect.testing.standard_test_suites.blocks import BlockStandardTestSuite
from pydantic import SecretStr, ValidationError
from sqlalchemy import text

from innkeeper.blocks.hotel_database import HotelDatabase


class TestHotelDatabase(BlockStandardTestSuite):
    @pytest.fixture
    def block(self) -> type[Block]:
        return HotelDatabase

    def test_has_a_valid_image(self, block: type[Block]) -> None:
        assert block._logo_url is None  # it would be fetched from somebody else's server


def test_the_slug_never_changes() -> None:
    assert HotelDatabase.get_block_type_slug() == "hotel-database"


def test_a_wrong_address_is_refused_in_the_form_without_showing_the_password() -> None:
    with pytest.raises(ValidationError) as caught:
        HotelDatabase(url=SecretStr("mysql://u:hunter2@db/hotel"))
    assert "hunter2" not in str(caught.value)


async def test_the_block_gives_a_database_that_answers(url: str) -> None:
    async with HotelDatabase(url=SecretStr(url)).database() as database, database.reading() as session:
        assert (await session.execute(text("SELECT 1"))).scalar() == 1
