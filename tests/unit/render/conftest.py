"""A night of a small company, ready to be drawn: cases with histories, drafts, and hostile names where a test wants them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from detect.model import (
    Case,
    Category,
    Change,
    Check,
    Department,
    Finding,
    History,
    Kind,
    Level,
    NightSummary,
    Notice,
    Outcome,
    Person,
    Status,
    Text,
)
from detect.notices.draft import Draft, Watched
from detect.notices.recipients import Directory
from detect.notices.routing import drafts
from detect.notices.settings import NoticeSettings
from detect.notices.wording import describe
from detect.render import mail, report

DAY = date(2011, 1, 18)
NOW = datetime(2011, 1, 19, 2, 30, tzinfo=ZoneInfo("Europe/London"))


def both(en: str, zh: str = "") -> Text:
    return Text(en=en, zh=zh or f"中文{en}")


def history(days: int = 120, *, unit: str = "GBP", missing: tuple[int, ...] = ()) -> History:
    random = np.random.default_rng(7)
    when = np.datetime64(DAY) - np.arange(days)[::-1]
    expected = 30_000 * (1 + 0.3 * np.sin(np.arange(days) * 2 * np.pi / 7))
    actual = expected * (1 + 0.05 * random.standard_normal(days))
    flagged = np.zeros(days, bool)
    if days:
        actual[-1], flagged[-1] = expected[-1] * 3, True
    for place in missing:
        actual[place], flagged[place] = np.nan, True
    return History(when, actual, expected, expected * 0.8, expected * 1.2, flagged, {date(2011, 1, 1): "元旦"}, unit)


class Night:
    """One night: `text` replaces every name that a warehouse or a person may have given."""

    day, now, both, history = DAY, NOW, staticmethod(both), staticmethod(history)
    settings = NoticeSettings(
        management_group=("dana",), monitoring_department="watch", link="https://yujing.example.org"
    )
    people: ClassVar = (
        Person(id="ann", name=both("Ann Lee", "李安"), email="ann@example.org"),
        Person(id="bo", name=both("Bo Chan", "陳波"), email="bo@example.org", language="zh"),
        Person(id="mo", name=both("Mo Tor", "莫多"), email="mo@example.org"),
        Person(id="dana", name=both("Dana Wu", "吳丹"), email="dana@example.org", language="zh"),
    )
    departments: ClassVar = (
        Department(id="sales", name=both("Sales", "銷售部"), head="ann"),
        Department(id="watch", name=both("Anomaly monitoring", "業務異常監測部"), head="mo"),
    )

    @property
    def directory(self) -> Directory:
        return Directory(self.settings, {p.id: p for p in self.people}, {d.id: d for d in self.departments})

    def case(self, name: str = "2011-01-18-revenue-UK", level: int = 2, text: str = "", **changes: Any) -> Case:
        finding = Finding(
            as_of=DAY, day=DAY, first_day=DAY, subject="revenue", segment=text or "UK", channel="point",
            category=Category.DATA, kind=Kind.SPIKE, department="sales", metric="revenue", actual=115340.2,
            expected=38000.0, lower=30100.0, upper=46500.0, unit="GBP",
        )  # fmt: skip
        base: dict[str, Any] = {
            "id": name,
            "description": describe(finding, both(text, text) if text else both("Revenue", "營業額")),
            "detected_on": DAY,
            "last_day": DAY,
            "level": Level(level),
            "status": Status.OPEN,
            "owner": "ann",
            "opened_at": NOW,
            "updated_at": NOW,
            "seq": 1,
            "stake": 77340.0,
            "rule": text or "money: more than £50,000",
            "one_level_higher": both("Level 1 after three days running.", "連續三天則為一級。"),
            "impact": (both(text or "Stock is bound.", text or "庫存被佔用。"), both("At stake: £77,340.")),
            "measures": (
                both(text or "Check the ten largest lines.", text or "核對最大的十筆。"),
                both("Correct them."),
            ),
            "evidence": {"contributions": [{"segment": text or "Paris", "share": 0.82}]},
        }
        for field in ("subject", "segment", "category", "kind", "first_day", "department", "metric", "expected", "lower",
                      "upper", "actual", "unit"):  # fmt: skip
            base.setdefault(field, getattr(finding, field))
        return Case(**(base | changes))

    def summary(self, **changes: Any) -> NightSummary:
        base: dict[str, Any] = {
            "as_of": DAY,
            "run_id": "run-1",
            "state": "complete",
            "planned": 412,
            "outcomes": {Outcome.OK: 409, Outcome.FINDING: 3},
            "new": 3,
            "overdue": 1,
            "at_stake": 12340.0,
            "currency": "GBP",
            "data_until": DAY,
        }
        return NightSummary(**(base | changes))

    def drafts(self, *cases: Case, summary: NightSummary | None = None, text: str = "", **options: Any) -> list[Draft]:
        lost = (("revenue", text or "Eire", Outcome.ERROR, text or "column is missing"),)
        summary = summary or self.summary(state="incomplete", not_judged=lost)
        options = {
            "settings": self.settings,
            "now": NOW,
            "deadlines": {case.id: NOW + timedelta(hours=4) for case in cases},
            "watched": {"revenue": Watched(both(text or "Revenue", text or "營業額"), "sales")},
        } | options
        changes = [Change(case, "opened", 1) for case in cases]
        return drafts(summary, changes, cases, self.people, self.departments, **options)

    def notices(self, *cases: Case, histories: Mapping[str, History] | None = None, **options: Any) -> list[Notice]:
        pictures = {case.id: history() for case in cases} if histories is None else histories
        return [mail.build(draft, pictures) for draft in self.drafts(*cases, **options)]

    def report(self, *cases: Case, language: str = "en", text: str = "", **options: Any) -> str:
        checks = (
            Check("revenue", "stl", 412, {Outcome.OK: 409, Outcome.FINDING: 3}),
            Check(f"{text or 'lines'}:price", "expectation", 1, {Outcome.FINDING: 1},
                  notable=(("", Outcome.FINDING, text or "12 of 3112 rows break the rule"),)),
        )  # fmt: skip
        lost = (("revenue", text or "Eire", Outcome.ERROR, text or "column is missing"),)
        options = {
            "directory": self.directory,
            "now": NOW,
            "company": both(text or "Gift Retail Ltd", text or "禮品零售公司"),
            "language": language,
            "checks": checks,
            "changes": [Change(case, "opened", 1) for case in cases],
            "promised": [report.Promise(both("Sales", "銷售部"), 1.0, 0.5, 12)],
        } | options
        histories = options.pop("histories", {case.id: history() for case in cases})
        return report.build(self.summary(not_judged=lost), cases, histories, **options)


@pytest.fixture
def night() -> Night:
    return Night()
