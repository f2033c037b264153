"""Ledger of model calls, budgets, what was spent of them, and the warnings that were given."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_AT = sa.DateTime(timezone=True)
_NANO_USD = sa.BigInteger
_INDEXES = (["at"], ["flow", "at"], ["principal", "at"], ["day"], ["flow_run_id"])


def upgrade() -> None:
    """Create the tables; constraint names follow `models.NAMING`."""
    _model_calls()
    _budgets()


def downgrade() -> None:
    """Drop the tables, the referring ones first."""
    for table in ("budget_alerts", "budget_spending", "budgets", "model_calls"):
        op.drop_table(table)


def _model_calls() -> None:
    op.create_table(
        "model_calls",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("principal", sa.String(200), nullable=False),
        sa.Column("flow", sa.String(200)),
        sa.Column("flow_run_id", sa.String(64)),
        sa.Column("property_id", sa.String(200)),
        sa.Column("capability", sa.String(20), nullable=False),
        sa.Column("provider", sa.String(60), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("prompt_fingerprint", sa.String(64)),
        sa.Column("reserved_usd", _NANO_USD),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("input_tokens", sa.BigInteger, nullable=False),
        sa.Column("cached_input_tokens", sa.BigInteger, nullable=False),
        sa.Column("cache_write_tokens", sa.BigInteger, nullable=False),
        sa.Column("output_tokens", sa.BigInteger, nullable=False),
        sa.Column("estimated", sa.Boolean, nullable=False),
        sa.Column("cost_usd", _NANO_USD),
        sa.Column("latency_ms", sa.Double),
        sa.Column("first_token_ms", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_model_calls"),
    )
    for columns in _INDEXES:
        op.create_index(f"ix_model_calls_{'_'.join(columns)}", "model_calls", columns)


def _budgets() -> None:
    op.create_table(
        "budgets",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("period", sa.String(10), nullable=False),
        sa.Column("soft_usd", _NANO_USD),
        sa.Column("hard_usd", _NANO_USD),
        sa.PrimaryKeyConstraint("id", name="pk_budgets"),
        sa.UniqueConstraint("scope", "name", "period", name="uq_budgets_scope_name_period"),
    )
    op.create_table(
        "budget_spending",
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("period_start", _AT, nullable=False),
        sa.Column("period_end", _AT, nullable=False),
        sa.Column("settled_usd", _NANO_USD, nullable=False),
        sa.Column("reserved_usd", _NANO_USD, nullable=False),
        sa.PrimaryKeyConstraint("scope", "name", "period_start", "period_end", name="pk_budget_spending"),
    )
    op.create_table(
        "budget_alerts",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("budget_id", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("period_start", _AT, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_budget_alerts"),
        sa.ForeignKeyConstraint(
            ["budget_id"], ["budgets.id"], name="fk_budget_alerts_budget_id_budgets", ondelete="CASCADE"
        ),
        sa.UniqueConstraint(
            "budget_id",
            "name",
            "period_start",
            "threshold",
            name="uq_budget_alerts_budget_id_name_period_start_threshold",
        ),
    )
