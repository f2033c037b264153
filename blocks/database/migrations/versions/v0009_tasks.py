"""Tasks in plain words, their steps, timed actions; and to whom a work order was given."""

import sqlalchemy as sa
from alembic import op

from innkeeper.blocks.database import task_models  # noqa: F401  its tables join `Base.metadata`, which is compared
from innkeeper.blocks.database.types import Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_NAME = sa.String(200)


def upgrade() -> None:
    """Create the tables; constraint names follow `models.NAMING`."""
    _create_tasks()
    _create_steps()
    _create_timed_actions()
    op.add_column("work_orders", sa.Column("assignee", _NAME, nullable=True))


def downgrade() -> None:
    """Drop them, with all tasks."""
    with op.batch_alter_table("work_orders") as table:
        table.drop_column("assignee")
    for table_name in ("timed_actions", "task_steps", "tasks"):
        op.drop_table(table_name)


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("owner", _NAME, nullable=False),
        sa.Column("principal", Json, nullable=False),
        sa.Column("instruction", Json, nullable=False),
        sa.Column("plan", Json, nullable=False),
        sa.Column("checks", Json, nullable=False),
        sa.Column("status", sa.String(30), nullable=False),
        sa.Column("ending", sa.String(30), nullable=True),
        sa.Column("reason", sa.Text, nullable=True),
        sa.Column("clarification", Json, nullable=True),
        sa.Column("is_dry_run", sa.Boolean, nullable=False),
        sa.Column("is_cancelled", sa.Boolean, nullable=False),
        sa.Column("idempotency_key", _NAME, nullable=True),
        sa.Column("request_hash", sa.String(64), nullable=False),
        sa.Column("approval_id", sa.Integer, nullable=True),
        sa.Column("flow_run_id", sa.String(64), nullable=True),
        sa.Column("holder", _NAME, nullable=True),
        sa.Column("held_until", _TIME, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tasks"),
        sa.UniqueConstraint("owner", "idempotency_key", name="uq_tasks_owner_idempotency_key"),
    )
    op.create_index("ix_tasks_status_created_at", "tasks", ["status", "created_at"])
    op.create_index("ix_tasks_owner_created_at", "tasks", ["owner", "created_at"])


def _create_steps() -> None:
    op.create_table(
        "task_steps",
        sa.Column("task_id", sa.String(40), nullable=False),
        sa.Column("step", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("action", sa.String(60), nullable=False),
        sa.Column("arguments", Json, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("started_at", _TIME, nullable=True),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.Column("duration_ms", sa.Double, nullable=True),
        sa.Column("result", Json, nullable=False),
        sa.Column("kept", Json, nullable=False),
        sa.Column("problem", sa.Text, nullable=True),
        sa.Column("told", sa.String(60), nullable=True),
        sa.Column("compensation", sa.String(80), nullable=True),
        sa.PrimaryKeyConstraint("task_id", "step", name="pk_task_steps"),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_task_steps_task_id_tasks", ondelete="CASCADE"),
    )


def _create_timed_actions() -> None:
    op.create_table(
        "timed_actions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("key", _NAME, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("room_number", sa.String(12), nullable=True),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("requested_by", _NAME, nullable=False),
        sa.Column("flow_run_id", sa.String(64), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("finished_at", _TIME, nullable=True),
        sa.Column("problem", sa.String(300), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_timed_actions"),
        sa.UniqueConstraint("key", name="uq_timed_actions_key"),
    )
    op.create_index("ix_timed_actions_status_due_at", "timed_actions", ["status", "due_at"])
