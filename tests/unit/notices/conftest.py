"""A small company with cases of every level, for the tests of wording and routing."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import pytest

from detect.model import (
    Case,
    Category,
    Change,
    Department,
    Kind,
    Level,
    NightSummary,
    Outcome,
    Person,
    Status,
    Text,
)
from detect.notices.draft import Draft, Watched
from detect.notices.routing import drafts
from detect.notices.settings import NoticeSettings

DAY = date(2011, 1, 18)
NOW = datetime(2011, 1, 19, 2, 30, tzinfo=ZoneInfo("Asia/Shanghai"))


def both(en: str, zh: str = "") -> Text:
    return Text(en=en, zh=zh or f"中文{en}")


class Company:
    """Sales (Ann, deputy Al), finance (Bo, zh), the monitoring department (Mo), Dana in the management group, Au in audit."""

    day, now = DAY, NOW
    people = (
        Person(id="ann", name=both("Ann"), email="ann@example.org", channels=("mail", "office"), deputy="al"),
        Person(id="al", name=both("Al"), email="al@example.org"),
        Person(id="bo", name=both("Bo"), email="bo@example.org", language="zh"),
        Person(id="mo", name=both("Mo"), email="mo@example.org"),
        Person(id="dana", name=both("Dana"), email="dana@example.org"),
        Person(id="au", name=both("Au"), email="au@example.org"),
    )
    departments = (
        Department(id="sales", name=both("Sales"), head="ann"),
        Department(id="finance", name=both("Finance"), head="bo"),
        Department(id="watch", name=both("Monitoring"), head="mo"),
    )
    settings = NoticeSettings(management_group=("dana",), monitoring_department="watch", audit=("au",))
    watched: ClassVar = {"revenue": Watched(both("Revenue"), "sales"), "debt": Watched(both("Debt"), "finance")}

    def case(self, name: str, level: int = 2, **changes: Any) -> Case:
        given: dict[str, Any] = {
            "id": name,
            "subject": "revenue",
            "segment": "",
            "category": Category.DATA,
            "kind": Kind.DIP,
            "description": both(f"{name} fell."),
            "detected_on": DAY,
            "first_day": DAY,
            "last_day": DAY,
            "level": Level(level),
            "status": Status.OPEN,
            "department": "sales",
            "owner": "ann",
            "opened_at": NOW,
            "updated_at": NOW,
            "seq": 1,
            "stake": 100.0,
            "impact": (both("Sales are lost."),),
            "measures": (both("Look at it."),),
        }
        return Case(**(given | changes))

    def summary(self, **changes: Any) -> NightSummary:
        given: dict[str, Any] = {
            "as_of": DAY,
            "run_id": "run",
            "state": "complete",
            "planned": 412,
            "outcomes": {Outcome.OK: 409, Outcome.FINDING: 3},
            "new": 3,
            "overdue": 1,
            "at_stake": 12340.4,
            "currency": "GBP",
            "data_until": DAY,
        }
        return NightSummary(**(given | changes))

    def drafts(self, *changes: Change, open_cases: tuple[Case, ...] = (), **options: Any) -> list[Draft]:
        summary = options.pop("summary", None) or self.summary()
        options = {"settings": self.settings, "now": NOW, "watched": self.watched} | options
        return drafts(summary, changes, open_cases, self.people, self.departments, **options)


@pytest.fixture
def company() -> Company:
    return Company()
