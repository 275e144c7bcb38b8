"""${message}."""

from __future__ import annotations

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Say what this step does to a store that is in use."""
    ${upgrades if upgrades else "raise NotImplementedError"}
