"""`config/company.yaml`: who the company is, who answers for what, and where its data and messages go."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, field_validator

from detect.cases.clock import WorkingHours
from detect.channels import Channel
from detect.db.settings import DatabaseSettings
from detect.model import Department, Frozen, Person, Text
from detect.notices.settings import NoticeSettings
from detect.series.calendars import CalendarSettings

__all__ = ["Company"]


class Company(Frozen):
    """The company. One time zone decides what day it is, when people work, and how a timestamp becomes a business day.

    `warehouse` (read only) and `store` (ours) are SQLAlchemy URLs; a SQLite file with a relative name, and `output`, lie below the
    company's folder. Secrets in them are references, `${NAME}` or `file:/path`.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=40)
    name: Text
    language: Literal["en", "zh"] = "en"
    timezone: str
    currency: str = Field(min_length=1, max_length=8)  # as it stands before an amount: £, US$, ¥, CNY
    calendar: CalendarSettings
    working_hours: WorkingHours = WorkingHours()
    departments: tuple[Department, ...] = Field(min_length=1)
    people: tuple[Person, ...] = Field(min_length=1)
    notices: NoticeSettings
    channels: dict[str, Channel] = Field(min_length=1)
    warehouse: SecretStr
    store: SecretStr
    databases: DatabaseSettings = DatabaseSettings()
    output: Path = Path("var")  # reports and mails
    masking_key: SecretStr | None = Field(
        default=None, min_length=16
    )  # hashes values not declared public; none: shown as ***

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is no time zone; give an IANA name such as Europe/London") from error
        return name

    @property
    def country(self) -> str | None:
        """The country whose public holidays count."""
        return self.calendar.country

    @property
    def monitoring_department(self) -> str:
        """The department that publishes warnings and owns what has no owner (policy P3.5)."""
        return self.notices.monitoring_department

    @property
    def management_group(self) -> tuple[str, ...]:
        """The people who decide on measures (policy P4.3)."""
        return self.notices.management_group
