"""The hotel's database as a Prefect block, for flows that take names."""

from prefect.blocks.core import Block
from pydantic import Field, HttpUrl, SecretStr, field_validator

from innkeeper.blocks.database.engine import Database
from innkeeper.blocks.database.urls import async_url


class HotelDatabase(Block):
    """
    Address of the database with rooms, bookings, rates and work orders.

    Attributes:
        url: Where the database is.

    Example:
        Load the block and count the open work orders:
        ```python
        from innkeeper.blocks.database.work_orders import open_orders
        from innkeeper.blocks.hotel_database import HotelDatabase

        block = HotelDatabase.load("BLOCK_NAME")
        async with block.database() as database, database.reading() as session:
            print(len(await open_orders(session)))
        ```
    """

    _block_type_name = "Hotel Database"
    _block_type_slug = "hotel-database"
    _documentation_url = HttpUrl("https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls")

    url: SecretStr = Field(
        description="A postgresql:// or sqlite:/// address, with user and password where there are any."
    )

    @field_validator("url")
    @classmethod
    def _known_kind(cls, url: SecretStr) -> SecretStr:
        async_url(url.get_secret_value())  # a wrong address shows in the form, not in the night's run
        return url

    def database(self) -> Database:
        """Sessions on the database; nothing is connected yet."""
        return Database(self.url.get_secret_value())
