"""What a company may set about its databases: time limits and row limits."""

from __future__ import annotations

from pydantic import Field

from detect.model import Frozen

__all__ = ["DatabaseSettings"]


class DatabaseSettings(Frozen):
    """Limits of every connection; times in seconds. A statement that takes longer is cut and told, never waited for."""

    connect_timeout: int = Field(default=10, ge=1)
    lock_timeout: int = Field(default=30, ge=1)
    statement_timeout: int = Field(default=600, ge=1)
    idle_timeout: int = Field(default=60, ge=1)  # a client that vanished inside a transaction holds its locks no longer
    row_limit: int = Field(default=2_000_000, ge=1)  # rows of one aggregate: days x segments
    zone: str = "UTC"  # in which a timestamp with time zone becomes a day (PostgreSQL)
