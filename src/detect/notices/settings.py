"""Who is told beside a department's own people, and how much one message may hold."""

from __future__ import annotations

from pydantic import Field, SecretStr

from detect.model import Frozen

__all__ = ["NoticeSettings"]


class NoticeSettings(Frozen):
    """Routing of warnings (policy P3.5); people and departments are named by their ids.

    `management_group` hears of every level 1. `monitoring_department` owns what has no owner and gets the alarms of the system
    about itself. `audit` alone hears of restricted cases. `link` is the address of the web page (`detect serve`), without a closing
    slash: naming it switches the page on, and with it the escalation of missed deadlines. `signing_key` signs the links; without one
    a key is made and kept in a file of the output folder.
    """

    management_group: tuple[str, ...] = ()
    monitoring_department: str
    audit: tuple[str, ...] = ()
    singly_at_most: int = Field(default=5, ge=0)
    detailed_at_most: int = Field(default=20, ge=1)
    link: str = Field(default="", pattern=r"^(https?://[^\s/]+(/[^\s]*)?)?$")
    link_days: int = Field(default=14, ge=1, le=90)
    signing_key: SecretStr | None = Field(default=None, min_length=32)
    fallback_after_minutes: int = Field(
        default=60, ge=5
    )  # a single warning not delivered until then goes to the publisher too
