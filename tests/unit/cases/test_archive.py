"""An archive that answers."""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from detect.cases.archive import OVER, Archive
from detect.model import Category, Cause, Kind, Status, Text

TODAY = date(2026, 3, 2)


@pytest.fixture
def past(open_case):
    """Make past cases by name and changes."""

    def make(name, **changes):
        given = {
            "id": name,
            "status": Status.ARCHIVED,
            "detected_on": TODAY - timedelta(days=100),
            "cause": Cause.SUPPLIER,
            "milestones": {
                "resolved": "x",
                "verified": "x",
                "closed": (open_case.opened_at + timedelta(days=3)).isoformat(),
            },
            "evidence": {"handling": {"decided": [{"text": "Change carrier", "owner": "sam", "due": "2026-01-01"}]}},
        }
        return replace(open_case, **(given | changes))

    return make


@pytest.mark.clause("P4.7")
def test_the_nearest_case_comes_first_with_what_was_done(open_case, past):
    """Same metric, shape and segment beat another segment; a stranger is not shown; measures, cause and outcome are."""
    stranger = past(
        "stranger",
        subject="fees",
        category=Category.FINANCIAL,
        kind=Kind.SPIKE,
        actual=900.0,
        description=Text(en="Bank fees doubled", zh="銀行手續費倍增"),
    )
    found = Archive([past("uk", segment="UK"), stranger, past("same")]).like(open_case)
    assert [r.case.id for r in found.found] == ["same", "uk"]
    assert found.searched == 3
    best = found.found[0]
    assert (best.cause, best.measures, best.worked, best.days_to_close) == (
        Cause.SUPPLIER,
        ("Change carrier",),
        True,
        3.0,
    )
    assert {"metric", "kind", "segment", "size", "words"} <= set(best.alike_in)


@pytest.mark.clause("P4.7")
def test_nothing_like_it_before_is_said(open_case, past):
    """An archive without a kin says so, and how many it searched."""
    stranger = past(
        "stranger",
        subject="fees",
        kind=Kind.SPIKE,
        actual=900.0,
        segment="UK",
        description=Text(en="Bank fees doubled", zh="銀行手續費倍增"),
    )
    found = Archive([stranger]).like(open_case)
    assert found.nothing_like_it
    assert found.searched == 1


def test_words_tell_apart_what_figures_do_not(open_case, past):
    """Of two cases alike in everything, the one whose notes speak of the same thing comes first, in either language."""
    case = replace(open_case, description=Text(en="Delivery stopped by typhoon", zh="颱風停運"))
    one = past("a", description=Text(en="Deliveries stopped by strike", zh="罷工停運"))
    other = past("b", description=Text(en="Something", zh="其他"))
    found = Archive([one, other], {"b": "typhoon: delivery stopped, 颱風停運"}).like(case)
    assert [r.case.id for r in found.found] == ["b", "a"]


def test_open_later_and_restricted_cases_are_not_shown(open_case, past):
    """The archive answers with what was over then, and hides what the reader may not see."""
    hidden = past("audit", restricted=True)
    later = past("later", detected_on=TODAY + timedelta(days=1))
    running = past("running", status=Status.IN_MEASURES)
    assert Archive([hidden, later, running, open_case]).like(open_case).nothing_like_it
    assert [r.case.id for r in Archive([hidden]).like(open_case, may_see=lambda _: True).found] == ["audit"]


def test_what_relapsed_did_not_work(open_case, past):
    """A case that came back is shown as one whose measures failed."""
    relapsed = past("again", evidence={"handling": {"relapses": 1}})
    assert Archive([relapsed]).like(open_case).found[0].worked is False


def slowly(case, cases, notes):
    """Score every past case one by one, word by word, as the docstrings say it."""
    over = [one for one in cases if one.status in OVER]
    bags = {one.id: words_of(one, notes) for one in over}
    seen = Counter(word for bag in bags.values() for word in bag)

    def weighed(bag):
        raw = {w: n * (1 + math.log((1 + len(over)) / (1 + seen[w]))) for w, n in bag.items()}
        length = math.sqrt(math.fsum(x * x for x in raw.values())) or 1.0
        return {w: x / length for w, x in raw.items()}

    own = weighed(words_of(case, notes))
    changes = {
        one.id: (one.actual - one.expected) / abs(one.expected) for one in (*over, case) if one.actual is not None
    }
    found = []
    for one in over:
        if one.id == case.id or one.detected_on > case.detected_on or one.restricted:
            continue
        other, ratio = weighed(bags[one.id]), changes.get(case.id, 0) * changes.get(one.id, 0)
        parts = {
            "metric": 3 * (one.subject == case.subject),
            "kind": 2 * (one.kind is case.kind),
            "category": one.category is case.category,
            "segment": one.segment == case.segment,
            "size": math.exp(-abs(math.log(changes[case.id] / changes[one.id]))) if ratio > 0 else 0.0,
            "words": 2 * sum(own[w] * other.get(w, 0.0) for w in own),
        }
        score = round(sum(parts.values()) / 10, 9)
        if score >= 0.4:
            found.append((-score, -one.detected_on.toordinal(), one.id))
    return sorted(found)


def words_of(case, notes):
    text = " ".join(dict.fromkeys([case.description.en, case.description.zh, notes.get(case.id, "")])).lower()
    chinese = re.findall(r"[\u4e00-\u9fff]+", text)
    return Counter(
        re.findall(r"[a-z][a-z0-9_]+", text) + [run[i : i + 2] for run in chinese for i in range(max(len(run) - 1, 1))]
    )


def test_a_whole_archive_answers_as_one_case_after_another_would(open_case, past):
    """The fast scoring of all past cases at once gives the ids, the order and the scores of the obvious one."""
    chance = random.Random(7)
    said = ["late delivery", "price list wrong", "promotion of tea", "depot closed", "double entry"]
    said_zh = ["交期延誤", "價目錯誤", "茶葉促銷", "倉庫關閉", "重複入帳"]
    cases = []
    for number in range(300):
        word = chance.randrange(5)
        given = {
            "subject": chance.choice(["sales", "orders", "stock"]), "kind": chance.choice(list(Kind)[:4]),
            "category": chance.choice(list(Category)), "segment": chance.choice(["", "UK", "FR"]),
            "detected_on": TODAY - timedelta(days=chance.randrange(-20, 60)), "restricted": chance.random() < 0.1,
            "status": chance.choice([Status.ARCHIVED, Status.CLOSED, Status.OPEN]),
            "actual": chance.choice([None, 50.0, 150.0, 99.0]), "expected": 100.0,
            "description": Text(en=f"{said[word]} {number % 7}", zh=said_zh[word]),
        }  # fmt: skip
        cases.append(past(f"case-{number:03}", **given))
    notes = {f"case-{number:03}": chance.choice(said) for number in range(0, 300, 3)}
    archive = Archive(cases, notes)
    for case in cases[:40]:
        found = archive.like(case, limit=300).found
        got = [(-r.score, -r.case.detected_on.toordinal(), r.case.id) for r in found]
        assert got == [(pytest.approx(score, abs=2e-9), day, name) for score, day, name in slowly(case, cases, notes)]
    assert sum(len(archive.like(case, limit=300).found) for case in cases[:40]) > 400
