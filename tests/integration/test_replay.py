"""`detect replay`: what a metric would have told, against what people know of the same days."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.company import BEFORE, LATE, Company

from detect.cases.commands import GiveVerdict
from detect.cli.app import run
from detect.config.changing import changed, settable
from detect.errors import UsageError
from detect.model import Verdict
from detect.pipeline.matching import Known
from detect.pipeline.order import night_after
from detect.pipeline.record import record
from detect.pipeline.replaying import replay
from detect.pipeline.session import Session, open_session

pytestmark = pytest.mark.filterwarnings("default")
FROM = BEFORE - timedelta(days=9)  # the nights that the shared store holds
RUSH = """
  - {id: rush, name: {en: Share of rush orders, zh: 急單比率}, value: count(), where: hours_late > 4, type: count, unit: deliveries,
     direction: up, minimum: 5, absent: zero}
"""


@pytest.fixture(scope="module")
def tea(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Give the company as judged up to `BEFORE`, with a verdict on its one late day; for reading."""
    folder = tmp_path_factory.mktemp("replay") / "tea"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    path = folder / "config" / "metrics" / "supply.yaml"
    path.write_text(path.read_text(encoding="utf-8").rstrip() + RUSH, encoding="utf-8")
    with open_session(company.book) as session:
        (late,) = [c for c in session.store.cases() if c.metric == "late_share" and c.first_day <= LATE <= c.last_day]
        said = GiveVerdict(verdict=Verdict.TRUE, note="the ship was late")
        record(session, late.id, said, "karl", night_after(company.book, BEFORE))
    return company


@pytest.fixture(scope="module")
def session(tea: Company) -> Iterator[Session]:
    """Give that company's databases, open."""
    with open_session(tea.book) as opened:
        yield opened


def test_the_same_settings_tell_what_the_nights_told_and_write_nothing(tea: Company, session: Session):
    """Replayed over its own nights a metric opens the case that the nights opened, which people held true; no row is written."""
    before = tea.stored()
    found = replay(session, "late_share", FROM, BEFORE)
    assert [one.known for one in found.told] == [Known.TRUE]
    (there,) = [c for c in session.store.cases() if c.id == found.told[0].by]
    case = found.told[0].case
    assert (case.id, case.kind, case.first_day, case.actual, case.level) == (
        there.id,
        there.kind,
        there.first_day,
        there.actual,
        there.level,
    )
    assert found.missed == ()
    assert found.sentences()[0].en == "It would have told 1: 1 match cases held true, missed 0."
    assert found.judged == (BEFORE - FROM).days + 1
    assert tea.stored() == before


def test_a_setting_that_silences_a_true_case_is_said_to_miss_it(session: Session):
    """With a minimum beyond the departure nothing is told, and the sentence says that one case held true was missed."""
    found = replay(session, "late_share", FROM, BEFORE, ["minimum=0.99", "kinds=[spike]"])
    assert (found.told, [one.known for one in found.missed]) == ((), [Known.TRUE])
    assert found.sentences()[0].en == "It would have told 0: missed 1."
    assert "漏報 1 件" in found.sentences()[0].zh


def test_a_limit_that_tells_too_much_shows_its_unexplained_cases(session: Session):
    """A limit within ordinary days opens cases that nothing known explains, and no verdict hides them."""
    found = replay(session, "largest_sale", FROM, BEFORE, ["limits=[{level: 3, above: 105}]"])
    assert len(found.told) > 0
    assert {one.known for one in found.told} == {Known.UNEXPLAINED}
    assert all(one.case.kind == "limit" for one in found.told)


def test_a_metric_that_no_night_knows_yet_is_replayed_from_the_warehouse(tea: Company, session: Session):
    """Before it is switched on a new metric is judged over days the store has no figures of; a related true case explains it."""
    assert session.store.observed_until(["rush"]) == {}
    found = replay(session, "rush", FROM, BEFORE)
    assert [(one.known, one.case.first_day) for one in found.told] == [(Known.RELATED, LATE)]
    assert session.store.observed_until(["rush"]) == {}


def test_a_stretch_without_enough_history_is_counted_as_not_judged(session: Session):
    """In the first days there is nothing to compare with: that is said, and is no clean bill."""
    found = replay(session, "revenue", date(2025, 1, 1), date(2025, 1, 10))
    assert (found.told, found.judged) == ((), 0)
    assert sum(found.not_judged.values()) > 0
    assert "too little history" in found.sentences()[-1].en
    assert "歷史資料不足" in found.sentences()[-1].zh


def test_every_fault_of_the_settings_is_told_at_once_with_what_is_allowed(session: Session):
    """A misspelt key, a wrong value, what makes another figure, an unknown detector, no equals sign: nearest name, allowed values."""
    wrong = [
        "minimun=3",
        "direction=sideways",
        "where=x > 1",
        "detectors=[stll]",
        "quiet",
        "related=[orderz]",
        "budget=-1",
    ]
    with pytest.raises(UsageError) as told:
        replay(session, "revenue", FROM, BEFORE, wrong)
    for said in ("'minimum'", "direction: found 'sideways'", "where: it says what the figure is made of", "'stl'"):
        assert said in str(told.value)
    for said in ("'quiet' has no =", "Did you mean 'orders'", "budget: found -1"):
        assert said in str(told.value)
    with pytest.raises(UsageError, match="There is no metric 'revenu'"):
        replay(session, "revenu", FROM, BEFORE)
    with pytest.raises(UsageError, match="is empty"):
        replay(session, "revenue", BEFORE, FROM)


def test_every_setting_offered_is_taken(session: Session):
    """Each key named as allowed can be set to the value it has, and changes nothing."""
    own, policy = settable()
    assert {"limits", "direction", "minimum", "kinds", "detectors"} <= set(own)
    assert {"budget", "min_history_provisional", "structural.shares.point", "stl.share"} <= set(policy)
    book = session.book
    data = book.metrics["revenue"].model_dump(mode="json")
    same = changed(book, "revenue", [f"{key}={json.dumps(data[key])}" for key in own])
    assert same.metrics["revenue"] == book.metrics["revenue"]
    assert changed(book, "revenue", ["detection.budget=7", "stl.share=0.2"]).policy.detection.budget == 7


def test_the_command_prints_the_sentence_and_a_document(tea: Company, capsys: pytest.CaptureFixture[str]):
    """People read the sentence and the cases in either language; machines get the counts."""
    words = ["replay", "--metric", "late_share", "--from", str(FROM), "--to", str(BEFORE), "--config", str(tea.folder)]
    assert run([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["told"], found["matches"], found["missed"]) == (1, {"true": 1}, 0)
    assert found["cases"][0]["known"] == "true"
    assert run([*words, "--language", "zh"]) == 0
    assert "1 件與認定屬實的案件相符" in capsys.readouterr().out
    assert run([*words, "--set", "minimun=3"]) == 2
    assert "error: --set unknown key 'minimun'. Did you mean 'minimum'?" in capsys.readouterr().err
