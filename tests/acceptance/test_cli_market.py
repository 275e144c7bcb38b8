"""The market through the commands: a register of events, what followed them, and breaks of structure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.commands import Detect, bare_company, command_line

OPENED = "2025-04-21"  # a rival shop opens, and half of the web shop's sales are gone from that day on
MARKET = """
defaults: {department: sales, source: sales, category: market, type: ratio, unit: share}
metrics:
  - {id: web_share, name: {en: Web share, zh: 網店佔比}, numerator: sum(amount if shop == 'Web' else 0), denominator: sum(amount),
     detectors: [breaks], kinds: [structural_break]}
  - {id: assam_share, name: {en: Share of Assam, zh: 阿薩姆佔比}, numerator: sum(amount if product == 'Assam' else 0),
     denominator: sum(amount), detectors: [breaks], kinds: [structural_break]}
"""
POLICY = "breaks: [{id: breaks, memory_weeks: 12, minimum_weeks: 8, least_weeks: 3, most_weeks: 5}]\n"


@pytest.fixture(scope="module")
def detect(fresh_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Detect:
    """Give the command line of a copy of Harbour Tea whose web shop loses half of its sales."""
    files = {"config/metrics/market.yaml": MARKET, "config/policy.yaml": POLICY}
    tea = bare_company(fresh_company, tmp_path_factory.mktemp("market") / "tea", files)
    lost = f"shop = 'Web' AND sold_at >= '{OPENED}' AND CAST(substr(sale, 6) AS INT) % 2 = 0"
    tea.warehouse(f"DELETE FROM sales WHERE {lost}")
    return command_line(tea)


@pytest.fixture(scope="module")
def judged(detect: Detect) -> Detect:
    """Give the command line once the rival is registered, three days late, and the nights since are judged."""
    detect(
        *("calendar", "add", "rival", "--name", "Leaf & Co opens a web shop", "--name-zh", "對手開設網店"),
        *("--from", OPENED, "--effect", "external", "--type", "competitor", "--source", "Trade press, 23 April 2025"),
        *("--metric", "web_share", "--as", "noor", "--now", "2025-04-24T09:00+01:00"),
    )
    detect("backfill", "--from", "2025-04-20", "--to", "2025-05-30")
    return detect


def cases(detect: Detect, kind: str) -> list[dict[str, Any]]:
    return [case for case in detect("cases", "list", "--all") if case["kind"] == kind]


@pytest.mark.clause("P2.4")
def test_a_competitor_s_move_is_registered_told_once_and_followed_by_its_effect(judged: Detect) -> None:
    """The night of the recording opens a case in the reviewer's department; the effect has an interval that chance does not explain."""
    (case,) = cases(judged, "external_event")
    assert (case["subject"], case["department"], case["category"]) == ("event:rival", "sales", "market")
    assert (case["detected_on"], case["first_day"]) == ("2025-04-24", OPENED)
    assert "Leaf & Co opens a web shop" in case["description"]
    assert "Trade press" in case["description"]
    asked = ("--metric", "web_share", "--metric", "assam_share", "--days", "14")
    found = {one["metric"]: one for one in judged("calendar", "effect", "rival", *asked)["effects"]}
    assert found["web_share"]["upper"] < 0
    assert found["web_share"]["lower"] < found["web_share"]["change"] < found["web_share"]["upper"]
    assert found["web_share"]["as_large"] == 0
    assert found["assam_share"]["lower"] < 0 < found["assam_share"]["upper"]


@pytest.mark.clause("P2.4")
def test_the_effect_stands_in_the_explanation_of_the_cases_it_touches(judged: Detect) -> None:
    """The break of the web shop's share is explained beside what followed the rival, with its interval; so is the event's own case."""
    for kind in ("structural_break", "external_event"):
        (case,) = cases(judged, kind)
        said = [line for s in judged("explain", case["id"])["sections"] for line in s["sentences"]]
        (line,) = [line for line in said if line.startswith("Leaf & Co opens a web shop (a competitor's move)")]
        assert f"from {OPENED} on; Web share: " in line
        assert "95% interval" in line
        assert "more than such a stretch moves by itself" in line
    (effect,) = judged("explain", cases(judged, "structural_break")[0]["id"])["effects"]
    assert (effect["event"], effect["metric"]) == ("rival", "web_share")
    assert effect["upper"] < 0
    quiet = judged("explain", "assam_share", "--date", "2025-05-20")
    assert quiet["effects"] == []  # the event is linked to another figure


@pytest.mark.clause("P2.4")
def test_a_share_that_breaks_is_told_once_and_a_steady_one_never(judged: Detect) -> None:
    """The web shop's share is told as a structural break within five weeks of the loss; the share of Assam, which stands, is not."""
    (case,) = cases(judged, "structural_break")
    assert (case["subject"], case["category"], case["department"]) == ("web_share", "market", "sales")
    assert OPENED < case["detected_on"] < "2025-05-26"
    assert case["actual"] < case["expected"]


def test_an_event_is_listed_and_never_changed(judged: Detect) -> None:
    """The same again is no change, other content is refused, and so is what is not complete or not known."""
    add = ("calendar", "add", "rival", "--from", OPENED, "--as", "noor", "--now", "2025-04-24T09:00+01:00")
    external = ("--effect", "external", "--type", "competitor", "--source", "elsewhere")
    assert "registered already" in judged(*add, "--name", "Other", *external, code=2)
    assert "--source" in judged(
        "calendar", "add", "law", "--name", "Law", "--from", OPENED, "--effect", "external", "--as", "noor", code=2
    )
    assert "web_shar" in judged(
        "calendar", "add", "law", "--name", "Law", "--from", OPENED, "--metric", "web_shar", "--as", "noor", code=2
    )
    assert "nobody" in judged("calendar", "add", "law", "--name", "Law", "--from", OPENED, "--as", "nobody", code=2)
    (event,) = judged("calendar", "list")
    assert (event["id"], event["type"], event["recorded_on"], event["reviewer"]) == (
        "rival",
        "competitor",
        "2025-04-24",
        "noor",
    )


def test_a_night_before_the_recording_does_not_know_the_event(judged: Detect) -> None:
    """A rerun of the day on which the rival opened says nothing of it: nobody knew."""
    before = judged("cases", "list", "--all")
    judged("run", "--as-of", OPENED, "--no-notify")
    assert judged("cases", "list", "--all") == before
