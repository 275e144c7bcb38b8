"""What an external event is: a competitor's move, a regulation, the economy, something else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003_event_types"
down_revision = "0002"


def upgrade() -> None:
    """Add the type to the register; events that stand there have none."""
    op.add_column("known_events", sa.Column("type", sa.Text(), nullable=False, server_default=""))
