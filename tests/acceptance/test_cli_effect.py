"""What the nights say of a case: graded, grown worse, verified from the data, relapsed, re-based, learnt from; only through the commands.

One company lives through two weeks. Its web shop has a fourfold day that is put right; the company's revenue, called resolved with it, is
off again the day after; one supplier delivers three times as much again and again, which its head calls a false alarm, and the other twice
as much for good, which he accepts. The tests follow each other in time.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.company import BEFORE, LAST, SPIKE, Company

Detect = Callable[..., Any]
AGAIN = ("20", "22", "24", "26", "27", "28")
DISTURBED = (
    "DELETE FROM sales WHERE rowid NOT IN (SELECT min(rowid) FROM sales GROUP BY sale, product)",
    *(
        f"INSERT INTO deliveries SELECT delivery || 'x{n}', due, supplier, hours_late, cost FROM deliveries "
        f"WHERE supplier = 'Uji Gardens' AND substr(due, 1, 8) = '2025-05-' AND substr(due, 9) IN {AGAIN} AND delivery NOT LIKE '%x%'"
        for n in (1, 2)
    ),
    """INSERT INTO deliveries SELECT delivery || 'y', due, supplier, hours_late, cost FROM deliveries
       WHERE supplier = 'Assam Estates' AND due >= '2025-05-19'""",
    # Two days more than the data have, the second with a fourfold web shop: the trouble comes back.
    *(
        f"INSERT INTO sales SELECT '{new}z{n}' || sale, '2025-{new} 10:00:00', shop, customer, product, quantity, price FROM sales "
        f"WHERE sold_at LIKE '2025-05-{like}%' AND quantity < 100 AND {where}"
        for new, like, n, where in (
            ("05-31", "17", 0, "1 = 1"),
            ("06-01", "25", 0, "1 = 1"),
            *(("06-01", "25", n, "shop = 'Web'") for n in (1, 2, 3)),
        )
    ),
    *(
        f"INSERT INTO deliveries SELECT '{new}' || delivery, '2025-{new}', supplier, hours_late, cost FROM deliveries "
        "WHERE due = '2025-05-25'"
        for new in ("05-31", "06-01")
    ),
)
GRADING = """
grading:
  rules:
    - {id: huge, name: {en: A huge loss, zh: 巨大損失}, level: 1, stake_at_least: 13000}
    - {id: larger, name: {en: A larger loss, zh: 較大損失}, level: 2, stake_at_least: 3000}
"""
STEPS_ON = SPIKE + timedelta(days=3)  # the Friday on which people act


@pytest.fixture(scope="module")
def harbour(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Disturb the warehouse and judge the nights before people act."""
    folder = tmp_path_factory.mktemp("effect") / "harbour"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    company.warehouse(*DISTURBED)
    policy = folder / "config" / "policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8") + GRADING, encoding="utf-8")
    company.judge(BEFORE + timedelta(days=1), STEPS_ON - timedelta(days=1), notify=False)
    return company


@pytest.fixture
def detect(harbour: Company, command_line: Callable[[Company], Detect]) -> Detect:
    """Give the command line of the company."""
    return command_line(harbour)


def at(day: str, hour: int = 10, minute: int = 0) -> str:
    return f"2025-{day}T{hour:02}:{minute:02}:00+01:00"


def found(detect: Detect, metric: str, segment: str = "") -> Any:
    """Return the one case of a series."""
    (case,) = [c for c in detect("cases", "list", "--all") if (c["metric"], c["segment"]) == (metric, segment)]
    return case


def handled(detect: Detect, case: Any, day: str) -> None:
    """Lead a case through the chain up to its resolution."""
    owner, name = case["owner"], case["id"]
    chain: list[tuple[str, str, tuple[str, ...]]] = [
        ("ack", owner, ()),
        ("assess", owner, ("--level", "2")),
        ("refer", owner, ()),
        ("meet", "olga", ()),
        ("measure", "olga", ("--text", "Put it right", "--owner", owner, "--due", f"2025-{day}")),
        ("measure", owner, ("--done", "1")),
        ("resolve", owner, ()),
    ]
    for minute, (step, who, more) in enumerate(chain):
        detect("cases", step, name, *more, "--as", who, "--note", "done", "--now", at(day, 10, minute))


@pytest.mark.clause("P3.4")
def test_the_level_stands_with_its_rule_and_what_was_lacking_to_the_next(detect: Detect) -> None:
    """By the company's own table the web shop's day is a larger loss, short of a huge one by the money named; a slight one is 3."""
    web, slight = found(detect, "revenue", "Web"), found(detect, "deliveries", "Assam Estates")
    assert (web["level"], web["rule"]) == (2, "larger")
    assert web["one_level_higher"] == "Level 1 would have needed a stake of £13,000."
    assert web["stake"] == pytest.approx(web["actual"] - web["expected"], rel=1e-3)
    assert (slight["level"], slight["rule"]) == (3, "default")
    assert web["parent"] == found(detect, "revenue")["id"]  # one trouble: the shop's case stands under the company's


@pytest.mark.clause("P4.6")
def test_what_only_seemed_to_be_put_right_is_open_again_after_its_observation(
    harbour: Company, command_line: Callable[[Company], Detect], tmp_path: Path
) -> None:
    """Elsewhere the doubled deliveries are called resolved: no night tells them again, for the band follows; the observation does, once."""
    shutil.copytree(harbour.folder, tmp_path / "harbour")
    company = Company(tmp_path / "harbour")
    detect = command_line(company)
    handled(detect, found(detect, "deliveries", "Assam Estates"), "05-23")
    company.judge(STEPS_ON, LAST, notify=False)
    case = found(detect, "deliveries", "Assam Estates")
    assert (case["status"], case["last_day"]) == ("observing", "2025-05-22")
    refused = ("cases", "verify", case["id"], "--note", "looked", "--as", "olga", "--now", at("05-31", 8))
    assert "not seen back" in detect(*refused, code=2)
    assert case["id"] in detect("follow-up", "--now", at("05-31", 9, 15))["events"]["reopened"]
    assert "reopened" not in detect("follow-up", "--now", at("05-31", 9, 30))["events"]
    shown = detect("cases", "show", case["id"])
    assert (shown["status"], shown["next_step"]) == ("reopened", "acknowledge")
    assert "not back in its band" in shown["events"][-1]["note"]


def test_people_act_between_the_nights(harbour: Company, detect: Detect) -> None:
    """Two cases are resolved, one alarm is called false, one new level accepted by its head alone; then the nights go on."""
    for segment in ("Web", ""):
        handled(detect, found(detect, "revenue", segment), "05-23")
    false, new = (found(detect, "deliveries", supplier) for supplier in ("Uji Gardens", "Assam Estates"))
    detect("cases", "verdict", "false", false["id"], "--as", "karl", "--now", at("05-23"))
    accept = ("cases", "verdict", "new_normal", new["id"], "--note", "a second customer", "--now", at("05-23"))
    assert "is not for ida" in detect(*accept, "--as", "ida", code=2)
    detect("cases", "ack", new["id"], "--as", "karl", "--now", at("05-23"))
    detect(*accept, "--as", "karl")
    detect("cases", "resolve", new["id"], "--note", "agreed", "--as", "karl", "--now", at("05-23", 11))
    assert "who handled it" in detect("cases", "verify", new["id"], "--as", "karl", "--now", at("05-23", 12), code=2)
    early = ("cases", "verify", found(detect, "revenue", "Web")["id"], "--note", "looked", "--as", "olga")
    assert "not seen back" in detect(*early, "--now", at("05-23", 12), code=2)
    for step in ("verify", "close"):
        detect("cases", step, new["id"], "--note", "agreed", "--as", "olga", "--now", at("05-23", 13))
    harbour.judge(STEPS_ON, LAST, notify=False)


@pytest.mark.clause("P4.6")
def test_an_accepted_new_normal_is_the_baseline_of_the_nights_after(detect: Detect) -> None:
    """From the next night on the doubled deliveries are what is expected, and the closed case stays closed."""
    case = found(detect, "deliveries", "Assam Estates")
    assert (case["status"], case["last_day"]) == ("closed", "2025-05-22")
    asked = ("explain", "deliveries", "--segment", "Assam Estates", "--date")
    before, after = detect(*asked, "2025-05-20"), detect(*asked, "2025-05-24")
    assert before["expected"] < 20
    assert 28 < after["expected"] < 40
    assert after["reason"] == "inside_the_band"


@pytest.mark.clause("P1.3d")
def test_a_like_departure_is_not_told_again_once_called_a_false_alarm(detect: Detect) -> None:
    """The supplier delivers as much again on five days after the verdict, and nobody hears of it; what was not called false goes on."""
    assert found(detect, "deliveries", "Uji Gardens")["last_day"] == "2025-05-22"
    assert found(detect, "deliveries")["last_day"] > "2025-05-22"


@pytest.mark.clause("P4.6")
def test_a_metric_that_is_not_back_is_not_signed_off(detect: Detect) -> None:
    """Revenue was off again after the resolution: the case is open once more, and no sign-off is possible."""
    case = found(detect, "revenue")
    assert (case["status"], case["next_step"]) == ("reopened", "acknowledge")
    assert "not possible now" in detect("cases", "verify", case["id"], "--as", "olga", "--now", at("05-31"), code=2)


@pytest.mark.clause("P3.4")
def test_a_case_that_worsens_rises_a_level(detect: Detect) -> None:
    """Neither day's money is a huge loss, both together are: the case is level 1 now, by the rule named; the web shop's stays at 2."""
    case = found(detect, "revenue")
    assert (case["level"], case["rule"]) == (1, "huge")
    assert 13_000 < case["stake"] < 14_000
    assert found(detect, "revenue", "Web")["level"] == 2


@pytest.mark.clause("P4.6")
def test_the_data_say_whether_the_measures_worked(detect: Detect) -> None:
    """Watched for its days and back in its band, once, the case is signed off by another than the doer, and only then closed."""
    case = found(detect, "revenue", "Web")["id"]
    detect("follow-up", "--now", at("05-31", 9))
    told = [event["type"] for event in detect("cases", "show", case)["events"]]
    assert told.count("recovered") == 1
    assert case not in detect("follow-up", "--now", at("05-31", 9, 15))["events"].get("recovered", ())
    close = ("cases", "close", case, "--note", "learnt", "--as", "olga", "--now", at("05-31", 11))
    assert "not possible now" in detect(*close, code=2)
    verify = ("cases", "verify", case, "--note", "looked", "--now", at("05-31"))
    assert "who handled it" in detect(*verify, "--as", "ida", code=2)
    detect(*verify, "--as", "olga")
    assert detect(*close)["status"] == "closed"


@pytest.mark.clause("P4.6")
@pytest.mark.clause("P4.7")
def test_a_relapse_reopens_the_same_case(harbour: Company, detect: Detect) -> None:
    """Two days after closing the web shop is fourfold again: no second case, but the first open once more with a running clock."""
    case = found(detect, "revenue", "Web")["id"]
    harbour.judge(LAST + timedelta(days=1), LAST + timedelta(days=2))
    again = found(detect, "revenue", "Web")
    assert (again["id"], again["status"]) == (case, "reopened")
    assert again["due"] is not None
    assert detect("cases", "show", case)["events"][-1]["type"] == "reopened"
