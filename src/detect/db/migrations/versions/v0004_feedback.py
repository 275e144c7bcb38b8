"""What customers said: one row a text, masked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from detect.db.column_types import Instant

revision = "0004_feedback"
down_revision = "0003_event_types"


def upgrade() -> None:
    """Make the table of feedback, empty."""
    op.create_table(
        "feedback",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("imported_on", sa.Date(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_feedback")),
    )
    op.create_index(op.f("ix_feedback_day"), "feedback", ["day"], unique=False)
