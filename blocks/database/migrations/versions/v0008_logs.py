"""Log sweeps, incidents, alerts and silences."""

import sqlalchemy as sa
from alembic import op

from innkeeper.blocks.database import (  # noqa: F401  their tables join `Base.metadata`, which is compared
    incident_models,
    sweep_models,
)

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NAME = sa.String(200)


def upgrade() -> None:
    """Create the tables; constraint names follow `models.NAMING`."""
    _create_sweeps()
    _create_incidents()
    _create_alerts()


def downgrade() -> None:
    """Drop them, with all that was learnt."""
    for table in (
        "silences",
        "alert_targets",
        "alert_deliveries",
        "alerts",
        "incident_numbers",
        "incidents",
        "sweep_leases",
        "sweeps",
        "log_baselines",
        "log_sources",
    ):
        op.drop_table(table)


def _create_sweeps() -> None:
    op.create_table(
        "log_sources",
        sa.Column("name", _NAME, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("cursor", sa.Text, nullable=True),
        sa.Column("miner", sa.LargeBinary, nullable=True),
        sa.Column("tally", sa.LargeBinary, nullable=True),
        sa.Column("profile", sa.LargeBinary, nullable=True),
        sa.Column("swept_at", _TIME, nullable=False),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_log_sources"),
    )
    op.create_table(
        "log_baselines",
        sa.Column("source", _NAME, nullable=False),
        sa.Column("service", _NAME, nullable=False),
        sa.Column("state", sa.LargeBinary, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", "service", name="pk_log_baselines"),
    )
    op.create_table(
        "sweeps",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("source", _NAME, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=False),
        sa.Column("lines", sa.BigInteger, nullable=False),
        sa.Column("findings", sa.Integer, nullable=False),
        sa.Column("from_cursor", sa.String(64), nullable=False),
        sa.Column("problem", sa.String(300), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sweeps"),
    )
    op.create_index("ix_sweeps_source_finished_at", "sweeps", ["source", "finished_at"])
    op.create_table(
        "sweep_leases",
        sa.Column("source", _NAME, nullable=False),
        sa.Column("run_id", _NAME, nullable=False),
        sa.Column("run_name", _NAME, nullable=False),
        sa.Column("host", _NAME, nullable=False),
        sa.Column("process", sa.Integer, nullable=False),
        sa.Column("taken_at", _TIME, nullable=False),
        sa.Column("renewed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_sweep_leases"),
    )


def _create_incidents() -> None:
    op.create_table(
        "incidents",
        sa.Column("key", sa.Integer, nullable=False),
        sa.Column("id", sa.String(40), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("active_fingerprint", sa.String(64), nullable=True),
        sa.Column("service", _NAME, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("severity", sa.String(20), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("opened_at", _TIME, nullable=True),
        sa.Column("last_seen_at", _TIME, nullable=False),
        sa.Column("resolved_at", _TIME, nullable=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_incidents"),
        sa.UniqueConstraint("id", name="uq_incidents_id"),
        sa.UniqueConstraint("active_fingerprint", name="uq_incidents_active_fingerprint"),
    )
    op.create_index("ix_incidents_status_last_seen_at", "incidents", ["status", "last_seen_at"])
    op.create_index("ix_incidents_service_last_seen_at", "incidents", ["service", "last_seen_at"])
    op.create_table(
        "incident_numbers",
        sa.Column("series", sa.String(20), nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("series", name="pk_incident_numbers"),
    )
    op.create_table(
        "silences",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("service", sa.Text, nullable=True),
        sa.Column("kind", sa.String(40), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.Column("starts_at", _TIME, nullable=False),
        sa.Column("ends_at", _TIME, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("created_by", _NAME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_silences"),
    )
    op.create_index("ix_silences_ends_at", "silences", ["ends_at"])


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("incident_id", sa.String(40), nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("occurred_at", _TIME, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_alerts"),
        sa.UniqueConstraint("id", name="uq_alerts_id"),
    )
    op.create_index("ix_alerts_incident_id", "alerts", ["incident_id"])
    op.create_table(
        "alert_deliveries",
        sa.Column("alert_number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("target", _NAME, nullable=False),
        sa.Column("incident_id", sa.String(40), nullable=False),
        sa.Column("event", sa.String(20), nullable=False),
        sa.Column("urgency", sa.Integer, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", _TIME, nullable=False),
        sa.Column("claimed_by", sa.String(40), nullable=True),
        sa.Column("claimed_until", _TIME, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("sent_at", _TIME, nullable=True),
        sa.Column("receipt", sa.String(300), nullable=True),
        sa.Column("problem", sa.String(300), nullable=True),
        sa.PrimaryKeyConstraint("alert_number", "target", name="pk_alert_deliveries"),
    )
    op.create_index(
        "ix_alert_deliveries_target_status_next_attempt_at",
        "alert_deliveries",
        ["target", "status", "next_attempt_at"],
    )
    op.create_index("ix_alert_deliveries_incident_id_target", "alert_deliveries", ["incident_id", "target"])
    op.create_table(
        "alert_targets",
        sa.Column("name", _NAME, nullable=False),
        sa.Column("paused_until", _TIME, nullable=True),
        sa.Column("window_started_at", _TIME, nullable=False),
        sa.Column("sent_in_window", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_alert_targets"),
    )
