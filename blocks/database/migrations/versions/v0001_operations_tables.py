"""Hotels, rooms, guests, bookings, rates, work orders, API keys, audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_AT = sa.DateTime(timezone=True)
_MONEY = sa.Numeric(14, 2)


def upgrade() -> None:
    """Create the tables; constraint names follow `models.NAMING`."""
    _hotels_and_rooms()
    _guests_and_bookings()
    _work_orders()
    _keys_and_audit()


def downgrade() -> None:
    """Drop the tables, the referring ones first."""
    for table in ("audit_log", "api_keys", "work_orders", "rates", "bookings", "guests", "rooms", "hotels"):
        op.drop_table(table)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _of_hotel(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["hotel_id"], ["hotels.id"], name=f"fk_{table}_hotel_id_hotels", ondelete="CASCADE")


def _hotels_and_rooms() -> None:
    op.create_table(
        "hotels",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("timezone", sa.String(64)),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("snapshot_date", sa.Date),
        sa.Column("profile", _JSON, nullable=False),
        sa.Column("imported_at", _AT, nullable=False),
        _key("hotels"),
        sa.UniqueConstraint("name", name="uq_hotels_name"),
    )
    op.create_table(
        "rooms",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("hotel_id", sa.Integer, nullable=False),
        sa.Column("number", sa.String(12), nullable=False),
        sa.Column("floor", sa.Integer),
        sa.Column("type", sa.String(60), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("ready_for_guest", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text),
        _key("rooms"),
        _of_hotel("rooms"),
        sa.UniqueConstraint("hotel_id", "number", name="uq_rooms_hotel_id_number"),
    )
    op.create_table(
        "rates",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("hotel_id", sa.Integer, nullable=False),
        sa.Column("room_type", sa.String(60), nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("price_vnd", _MONEY, nullable=False),
        _key("rates"),
        _of_hotel("rates"),
        sa.UniqueConstraint("hotel_id", "room_type", "date", name="uq_rates_hotel_id_room_type_date"),
    )


def _guests_and_bookings() -> None:
    op.create_table(
        "guests",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("hotel_id", sa.Integer, nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("phone", sa.String(40)),
        _key("guests"),
        _of_hotel("guests"),
        sa.UniqueConstraint("hotel_id", "identity", name="uq_guests_hotel_id_identity"),
    )
    op.create_table(
        "bookings",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("hotel_id", sa.Integer, nullable=False),
        sa.Column("booking_id", sa.String(64), nullable=False),
        sa.Column("guest_id", sa.Integer),
        sa.Column("room_id", sa.Integer),
        sa.Column("room_type", sa.String(60)),
        sa.Column("check_in_date", sa.Date, nullable=False),
        sa.Column("check_out_date", sa.Date, nullable=False),
        sa.Column("check_out_time", sa.Time),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("total_amount", _MONEY),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("special_requests", sa.Text),
        _key("bookings"),
        _of_hotel("bookings"),
        sa.ForeignKeyConstraint(["guest_id"], ["guests.id"], name="fk_bookings_guest_id_guests", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name="fk_bookings_room_id_rooms", ondelete="SET NULL"),
        sa.UniqueConstraint("hotel_id", "booking_id", name="uq_bookings_hotel_id_booking_id"),
        sa.CheckConstraint("check_out_date > check_in_date", name=op.f("ck_bookings_dates_in_order")),
    )
    op.create_index(
        "ix_bookings_hotel_id_check_in_date_check_out_date", "bookings", ["hotel_id", "check_in_date", "check_out_date"]
    )
    op.create_index("ix_bookings_guest_id", "bookings", ["guest_id"])
    op.create_index("ix_bookings_room_id", "bookings", ["room_id"])


def _work_orders() -> None:
    op.create_table(
        "work_orders",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("message_id", sa.String(200), nullable=False),
        sa.Column("subcategory", sa.String(60), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("team", sa.String(60), nullable=False),
        sa.Column("workflow_id", sa.String(60), nullable=False),
        sa.Column("priority", sa.String(20), nullable=False),
        sa.Column("room_number", sa.String(12)),
        sa.Column("guest_id", sa.String(200)),
        sa.Column("details", _JSON, nullable=False),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("needs_review", sa.Boolean, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("batch_id", sa.String(200)),
        sa.Column("due_at", _AT),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("assigned_at", _AT),
        _key("work_orders"),
        sa.UniqueConstraint("message_id", "subcategory", name="uq_work_orders_message_id_subcategory"),
    )
    op.create_index("ix_work_orders_team_batch_id_status", "work_orders", ["team", "batch_id", "status"])


def _keys_and_audit() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("last_used_at", _AT),
        sa.Column("revoked_at", _AT),
        _key("api_keys"),
        sa.UniqueConstraint("sha256", name="uq_api_keys_sha256"),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("details", _JSON, nullable=False),
        _key("audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
