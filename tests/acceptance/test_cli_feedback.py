"""Feedback of customers through the commands: taken in, masked, sorted, counted; bursts and falls told by the night."""

from __future__ import annotations

import csv
import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tests.commands import Detect, bare_company, command_line
from tests.company import Company

FIRST, LAST = date(2025, 2, 1), date(2025, 5, 30)
BROKEN = date(2025, 5, 22)  # a batch of cups that crack: for four days three times as many say so
SLOW = date(2025, 5, 12)  # from here on the survey's scores are lower by a point
NOW = "2025-05-31T06:00+01:00"
SAID = {
    "delivery": ["My parcel has not arrived yet", "快遞晚了三天才來", "The courier came a day late"],
    "quality": ["The cup cracked when I poured tea", "杯子裂了", "Handle broke off at once"],
    "price": ["I was charged twice", "優惠券不能用"],
    "praise": ["Lovely tea, thank you so much", "非常喜歡，推薦給大家"],
}
TABLES = """
tables:
  - {id: sales, table: sales, day: sold_at, owner: watch}
  - {id: feedback, table: feedback, database: store, day: day, owner: sales, public: [day, channel, topic, score]}
"""
METRICS = """
defaults: {department: sales, source: feedback, category: customer, absent: zero, type: count, direction: up}
metrics:
  - {id: feedback_by_topic, name: {en: Feedback, zh: 客戶反饋}, value: count(), segments: [topic], total: false, unit: texts,
     detectors: [bursts], kinds: [topic_burst]}
  - {id: satisfaction, name: {en: Satisfaction, zh: 滿意度}, numerator: sum(score), denominator: count(), type: ratio,
     where: score is not None, where_denominator: score is not None, direction: down, unit: points, absent: missing,
     detectors: [satisfaction], kinds: [dip]}
"""
POLICY = """
bursts: [{id: bursts, metrics: [feedback_by_topic]}]
satisfaction: [{id: satisfaction, metrics: [satisfaction]}]
"""


def rows() -> list[dict[str, Any]]:
    """Make four months of feedback over three channels, the two troubles among it."""
    draw = random.Random(4)
    found = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        for topic, texts in SAID.items():
            times = 4 if topic == "quality" and BROKEN <= day < BROKEN + timedelta(days=4) else 1
            for n in range(times * max(0, round(draw.gauss(4, 1.5)))):
                text = f"{draw.choice(texts)}, {draw.choice(['number', '號碼'])} 0{draw.randint(7_000_000_000, 7_999_999_999)}"
                at = f"{day}T{9 + n % 8:02}:{draw.randint(0, 59):02}:{draw.randint(0, 59):02}"
                channel = "hotline" if n % 2 else "online"
                found.append(
                    {"channel": channel, "time": at, "text": text, "customer": f"C{draw.randint(1, 400)}", "score": ""}
                )
        for n in range(draw.randint(3, 9)):
            score = min(max(round(draw.gauss(3.4 if day >= SLOW else 4.4, 0.8)), 1), 5)
            found.append(
                {
                    "channel": "survey",
                    "time": f"{day}T20:{n:02}:00",
                    "text": "",
                    "customer": f"C{n}",
                    "score": str(score),
                }
            )
    return found


@pytest.fixture(scope="module")
def tea(fresh_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Give a copy of Harbour Tea that watches its feedback, with a file a channel in three formats."""
    files = {"config/tables.yaml": TABLES, "config/metrics/feedback.yaml": METRICS, "config/policy.yaml": POLICY}
    tea = bare_company(fresh_company, tmp_path_factory.mktemp("feedback") / "tea", files)
    by_channel = {c: [row for row in rows() if row["channel"] == c] for c in ("hotline", "online", "survey")}
    with (tea.folder / "hotline.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["channel", "time", "text", "customer", "score"])
        writer.writeheader()
        writer.writerows(by_channel["hotline"])
    lines = (
        json.dumps({k: v for k, v in row.items() if k != "channel"}, ensure_ascii=False) for row in by_channel["online"]
    )
    (tea.folder / "online.jsonl").write_text("\n".join(lines), encoding="utf-8")
    survey = pd.DataFrame(by_channel["survey"]).astype({"score": float}).rename(columns={"text": "comment"})
    survey.to_parquet(tea.folder / "survey.parquet")
    return tea


@pytest.fixture(scope="module")
def detect(tea: Company) -> Detect:
    """Give the command line of the company once the three files are taken in and the last three weeks are judged."""
    call = command_line(tea)
    for words in (
        ("hotline.csv",),
        ("online.jsonl", "--channel", "online"),
        ("survey.parquet", "--column", "text=comment"),
    ):
        done = call("feedback", "import", str(tea.folder / words[0]), *words[1:], "--now", NOW)
        assert done["new"] == done["rows"] > 0
        assert done["bad"] == []
    call("backfill", "--from", "2025-05-10", "--to", str(LAST))
    return call


@pytest.mark.clause("P3.3")
def test_feedback_is_counted_by_day_channel_and_topic_and_taken_in_once(detect: Detect, tea: Company) -> None:
    """Every row stands under its channel and topic; the same files again change nothing."""
    counted = detect("feedback", "count", "--from", str(FIRST), "--to", str(LAST))
    assert sum(row["texts"] for row in counted) == len(rows())
    assert {row["channel"] for row in counted} == {"hotline", "online", "survey"}
    assert {row["topic"] for row in counted} == {*SAID, "other"}  # answers without words are about nothing
    assert all((row["mean_score"] is not None) == (row["channel"] == "survey") for row in counted)
    again = detect("feedback", "import", str(tea.folder / "hotline.csv"), "--now", NOW)
    assert (again["new"], again["changed"]) == (0, 0)


@pytest.mark.clause("P3.3")
def test_a_burst_of_a_topic_is_told_with_what_was_said_and_other_topics_are_not(detect: Detect) -> None:
    """The night on which the cracked cups pile up opens one customer case of that topic, with examples and no telephone number."""
    cases = [c for c in detect("cases", "list", "--all") if c["kind"] == "topic_burst"]
    assert [(c["segment"], c["detected_on"], c["category"], c["department"]) for c in cases] == [
        ("quality", str(BROKEN), "customer", "sales")
    ]
    said = cases[0]["description"]
    assert "Product quality" in said
    assert "[phone]" in said
    assert any(text in said for text in SAID["quality"])
    assert not any(digits.isdigit() and len(digits) > 6 for digits in said.split())


@pytest.mark.clause("P2.3")
def test_a_fall_of_satisfaction_is_told_with_regard_to_the_answers_behind_it(detect: Detect) -> None:
    """Scores a point lower are told within days of the fall, and of nothing before it."""
    found = [c for c in detect("cases", "list", "--all") if c["subject"] == "satisfaction"]
    assert len(found) == 1
    assert str(SLOW) <= found[0]["detected_on"] <= str(SLOW + timedelta(days=4))
    assert found[0]["actual"] < found[0]["lower"] < found[0]["expected"]
    assert (found[0]["category"], found[0]["kind"]) == ("customer", "dip")


def test_nights_alone_find_what_they_found_in_the_range(detect: Detect, tea: Company) -> None:
    """The burst and the fall, judged again night by night, change no finding, no case and no event."""
    before = tea.judgements()
    (fall,) = [c["detected_on"] for c in detect("cases", "list", "--all") if c["subject"] == "satisfaction"]
    for night in (str(BROKEN), fall):
        assert detect("run", "--as-of", night, "--no-notify")["findings"] > 0
    assert tea.judgements() == before


def test_no_number_and_no_customer_stands_in_the_store(detect: Detect, tea: Company) -> None:
    """Neither a telephone number nor a customer's name is in any table; the key of the names lies in a file for its owner alone."""
    stored = "\n".join(repr(row) for row in tea.stored()["feedback"])
    first = next(row for row in rows() if row["text"])
    assert first["text"].split()[-1] not in stored
    assert f"'{first['customer']}'" not in stored
    assert "[phone]" in stored
    assert (tea.folder / "var" / "entity.key").stat().st_mode & 0o777 == 0o600


def test_every_row_that_cannot_be_read_is_named_and_nothing_else_is_taken_in(detect: Detect, tea: Company) -> None:
    """Rows with faults are named by row and column, all at once; with --skip-bad the others are taken in, and the run is incomplete."""
    bad = tea.folder / "bad.csv"
    bad.write_text(
        "channel,time,text,score\nhotline,2025-05-01T10:00,late parcel,\n,2025-05-01,x,\nhotline,yesterday,x,\n"
        "hotline,2025-05-01,,\nhotline,2025-05-01,x,five\nhotline,2030-01-01,x,\nhotline,2025-05-01\n",
        encoding="utf-8",
    )
    told = detect("feedback", "import", str(bad), "--now", NOW, code=2)
    for row, what in {3: "channel", 4: "yesterday", 5: "empty", 6: "five", 7: "2030", 8: "2 values"}.items():
        assert f"row {row}" in told
        assert what in told
    assert "6 rows" in told
    done = detect("feedback", "import", str(bad), "--skip-bad", "--now", NOW, code=3)
    assert (done["new"], len(done["bad"])) == (1, 6)
    (tea.folder / "odd.csv").write_text("kanal,time,text\nhotline,2025-05-01,x\n", encoding="utf-8")
    assert "no column channel; it has kanal" in detect("feedback", "import", str(tea.folder / "odd.csv"), code=2)


def test_words_go_when_their_time_is_over_and_topics_follow_the_configuration(detect: Detect, tea: Company) -> None:
    """A new word moves what it is found in; texts older than the company keeps them lose their words and stay counted."""
    own = "retention_days: 30\ntopics:\n  - {id: cups, name: {en: Cups, zh: 杯子}, words: [cup, 杯子]}\n"
    before = detect("feedback", "count", "--from", str(FIRST), "--to", str(LAST))
    (tea.folder / "config" / "feedback.yaml").write_text(own, encoding="utf-8")
    (tea.folder / "empty.csv").write_text("channel,time,text\n", encoding="utf-8")
    gone = detect("feedback", "import", str(tea.folder / "empty.csv"), "--now", NOW)["forgotten"]
    assert gone > 0
    sorted_anew = detect("feedback", "classify")
    assert sorted_anew["moved"] > 0
    after = detect("feedback", "count", "--from", str(FIRST), "--to", str(LAST))
    assert sum(r["texts"] for r in after) == sum(r["texts"] for r in before)
    assert "cups" in {r["topic"] for r in after if r["day"] > "2025-05-02"}
    assert "cups" not in {r["topic"] for r in after if r["day"] < "2025-05-01"}
