"""Which cases a message tells of: the key to the delivery record of a case."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table and fill it from the messages that are there."""
    table = op.create_table(
        "notice_cases",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["outbox.key"], name=op.f("fk_notice_cases_key")),
        sa.PrimaryKeyConstraint("key", "case_id", name=op.f("pk_notice_cases")),
    )
    op.create_index(op.f("ix_notice_cases_case_id"), "notice_cases", ["case_id"])
    outbox = sa.table("outbox", sa.column("key", sa.Text), sa.column("notice", sa.Text))
    for key, notice in op.get_bind().execute(sa.select(outbox)).all():
        rows = [{"key": key, "case_id": case} for case in dict.fromkeys(json.loads(notice)["case_ids"])]
        op.bulk_insert(table, rows)
