"""The archive answers: on every new case, in its notice, from day one, and in a dossier; only through the commands."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from tests.company import SPIKE, Company

from detect.db import outbox
from detect.db.tables import outbox as table
from detect.pipeline.precedents import earlier_of
from detect.pipeline.session import open_session
from detect.render.pdf import chromium

Detect = Callable[..., Any]
HEADING = (
    "first_day,department,category,description,description_zh,metric,segment,kind,actual,expected,cause,measures,worked,"
    "closed_on,lessons"
)
CAMPAIGN = (
    "2023-05-20,sales,financial,Sales doubled by a campaign,促銷使銷售倍增,revenue,,spike,2200,1000,"
    "business_change,Plan stock for campaigns; Tell the watch beforehand,yes,2023-06-01,Register campaigns"
)
LATE = "2023-07-02,supply,process,Half of the deliveries late,半數到貨延遲,late_share,,rate,0.85,0.06,supplier,Second source,no,2023-08-01,"
NOON = "2025-05-19T12:00+01:00"


@pytest.fixture(scope="module")
def harbour(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    """Harbour Tea with people of audit, for all tests of this file."""
    folder = tmp_path_factory.mktemp("archive") / "harbour"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    company.replace("config/company.yaml", "management_group: [olga]", "management_group: [olga], audit: [mina]")
    return company


@pytest.fixture
def detect(harbour: Company, command_line: Callable[[Company], Detect]) -> Detect:
    """Give the command line of the company that these tests share."""
    return command_line(harbour)


def history(folder: Path, *lines: str) -> Path:
    path = folder / "incidents.csv"
    path.write_text("\n".join([HEADING, *lines]), encoding="utf-8")
    return path


@pytest.fixture
def remembered(detect: Detect, tmp_path: Path) -> None:
    """Import the company's own history (again, where a test before this one did)."""
    detect("cases", "import", str(history(tmp_path, CAMPAIGN, LATE)), "--as", "mina", "--now", NOON)


def letters(company: Company, case: str) -> list[Any]:
    with company.store() as store, store._engines.reader.connect() as connection:
        notices = [outbox.unpack(row.notice) for row in connection.execute(table.select())]
    return [notice for notice in notices if case in notice.case_ids]


@pytest.mark.clause("P4.7")
def test_a_history_is_imported_once_and_starts_no_deadline(harbour: Company, detect: Detect, tmp_path: Path) -> None:
    """Two past cases become archived ones; the same file again, also as a spreadsheet, changes nothing, and nobody is reminded."""
    path = history(tmp_path, CAMPAIGN, LATE)
    first = detect("cases", "import", str(path), "--as", "mina", "--now", NOON)
    assert len(first["imported"]) == 2
    book = Workbook()
    for row in [HEADING, CAMPAIGN, LATE]:
        cells: list[Any] = row.split(",")
        book.worksheets[0].append([date.fromisoformat(c) if c[:2] == "20" and "-" in c else c for c in cells])
    book.save(path.with_suffix(".xlsx"))
    before = harbour.judgements()
    for again in (path, path.with_suffix(".xlsx")):
        assert detect("cases", "import", str(again), "--as", "mina") == {"imported": [], "known": 2}
    assert harbour.judgements() == before
    case = detect("cases", "show", next(i for i in first["imported"] if "revenue" in i))
    assert (case["status"], case["due"], case["next_step"]) == ("archived", None, None)
    assert not set(first["imported"]) & {case["id"] for case in detect("cases", "list")}
    events = detect("follow-up", "--now", "2025-08-01T09:00+01:00")["events"]
    assert not set(first["imported"]) & {name for cases in events.values() for name in cases}


@pytest.mark.clause("P4.7")
def test_every_bad_row_of_a_history_is_named_and_nothing_is_taken(
    harbour: Company, detect: Detect, tmp_path: Path
) -> None:
    """Wrong days, departments, codes and twins are told with row and column; the good rows wait; not everybody may import."""
    bad = (
        "2023-13-01,sales,customer,a,,,,,,,,,,,",
        "2023-01-01,salez,customer,b,,,,,,,,,,,",
        "2023-01-01,sales,customer,c,,,,,,,bad_luck,,maybe,2022-01-01,",
        "2023-01-01,sales,customer,good,,,,,,,,,,,",
        "2023-01-01,sales,data,good,,,,,,,,,,,",
    )
    before = harbour.judgements()
    said = detect("cases", "import", str(history(tmp_path, *bad)), "--as", "mina", code=2)
    for place in (
        "row 2, column first_day: found '2023-13-01'",
        "row 3, column department: found 'salez'; allowed: sales, supply, watch",
        "row 4, column cause: found 'bad_luck'",
        "row 4, column worked: found 'maybe'",
        "row 6: the same case as row 5",
    ):
        assert place in said
    unknown = tmp_path / "other.csv"
    unknown.write_text("when,what\n1,2\n", encoding="utf-8")
    assert "no column is called 'when'" in detect("cases", "import", str(unknown), "--as", "mina", code=2)
    assert "is not for noor" in detect("cases", "import", str(history(tmp_path, LATE)), "--as", "noor", code=2)
    assert harbour.judgements() == before


@pytest.mark.clause("P4.7")
@pytest.mark.usefixtures("remembered")
def test_a_new_case_and_its_notice_show_the_nearest_earlier_one(harbour: Company, detect: Detect) -> None:
    """The night's doubled revenue comes with the campaign of two years before, what was done and that it worked, in both languages."""
    detect("run", "--as-of", f"{SPIKE}", "--notify", code=0)
    case = next(c for c in detect("cases", "list") if (c["metric"], c["parent"]) == ("revenue", None))["id"]
    (nearest, *_) = detect("cases", "similar", case)["similar"]
    assert nearest["description"] == "Sales doubled by a campaign"
    assert (nearest["cause"], nearest["worked"], nearest["lessons"]) == ("business_change", True, "Register campaigns")
    assert nearest["measures"] == ["Plan stock for campaigns", "Tell the watch beforehand"]
    assert {"metric", "kind", "segment", "size"} <= set(nearest["alike_in"])
    assert "It worked." in detect("cases", "show", case)["earlier"][0]
    told = letters(harbour, case)
    assert told
    assert all("Sales doubled by a campaign" in n.text + n.html or n.language == "zh" for n in told)
    report = (harbour.book.output / "reports" / f"{SPIKE}.zh.html").read_text(encoding="utf-8")
    assert "促銷使銷售倍增" in report
    assert "措施有效" in report


@pytest.mark.clause("P4.7")
@pytest.mark.usefixtures("remembered")
def test_nothing_like_it_before_is_said_too(harbour: Company, detect: Detect) -> None:
    """A report without any kin in the archive says so, on the case and in its notice."""
    case = detect(
        "raise", "--text", "A regulator asks about labels", "--category", "market", "--department", "sales",
        "--day", "2025-05-18", "--as", "noor", "--now", NOON,
    )  # fmt: skip
    assert case["earlier"] == ["Nothing like it before, among 2 cases that are over."]
    assert detect("cases", "similar", case["id"]) == {"id": case["id"], "searched": 2, "similar": []}
    assert any("Nothing like it before" in notice.text for notice in letters(harbour, case["id"]))


@pytest.mark.clause("P4.7")
@pytest.mark.usefixtures("remembered")
def test_the_dossier_tells_the_whole_case_to_those_who_may_see_it(detect: Detect) -> None:
    """Description, containment, cause, measures, effect and lessons stand in it, in either language; a restricted one is refused."""
    case = detect(
        "raise", "--text", "Doubtful <b>invoices</b>", "--category", "financial", "--department", "supply", "--restricted",
        "--day", "2025-05-18", "--as", "noor", "--now", NOON,
    )  # fmt: skip
    assert case == {"id": case["id"], "status": "open", "restricted": True, "owner": "mina"}
    name = case["id"]
    detect("cases", "ack", name, "--as", "mina", "--now", "2025-05-19T12:10+01:00")
    detect(
        "cases", "cause", name, "fraud_sign", "--note", "twice paid", "--as", "mina", "--now", "2025-05-19T12:20+01:00"
    )
    for reader in ((), ("--as", "karl"), ("--as", "noor")):
        assert "is restricted" in detect("cases", "dossier", name, *reader, code=2)
        assert "is restricted" in detect("cases", "show", name, *reader, code=2)
        assert "is restricted" in detect("notify", "--record", name, *reader, code=2)
        assert "is restricted" in detect("notify", "--preview", name, "--no-open", *reader, code=2)
        assert "is restricted" in detect("explain", name, *reader, code=2)
    english, chinese = (
        Path(detect("cases", "dossier", name, "--language", language, "--as", "mina")["files"][0]).read_text("utf-8")
        for language in ("en", "zh")
    )
    for said in (
        "Restricted",
        "Doubtful &lt;b&gt;invoices&lt;/b&gt;",
        "sign of fraud",
        "twice paid",
        "Hand over to audit",
    ):
        assert said in english
    for said in ("受限", "舞弊跡象", "移交審計", "處理經過", "經驗教訓"):
        assert said in chinese


@pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")
@pytest.mark.usefixtures("remembered")
def test_the_dossier_is_printed_where_chromium_is(detect: Detect) -> None:
    """`--pdf` writes a PDF beside the page."""
    case = next(c for c in detect("cases", "list", "--all") if c["status"] == "archived")
    html, pdf = detect("cases", "dossier", case["id"], "--pdf")["files"]
    assert Path(pdf).read_bytes().startswith(b"%PDF-")
    assert Path(pdf).stem == Path(html).stem


@pytest.mark.usefixtures("remembered")
def test_the_dossier_of_a_metric_shows_its_chart(detect: Detect) -> None:
    """What was and what was expected stands in it as a picture; a case without a series has none."""
    listed = detect("cases", "list", "--all")
    seen = next(case for case in listed if case["metric"] and case["rule"] != "import")
    (page,) = detect("cases", "dossier", seen["id"])["files"]
    assert Path(page).read_text("utf-8").count('<img src="data:image/png;base64,iVBORw0KGgo') == 1
    told = detect("raise", "--text", "Kettle broken", "--category", "process", "--department", "supply",
                  "--day", "2025-05-18", "--as", "noor", "--now", NOON)  # fmt: skip
    (page,) = detect("cases", "dossier", told["id"])["files"]
    assert "<img" not in Path(page).read_text("utf-8")


@pytest.mark.usefixtures("remembered")
def test_an_open_page_asks_the_archive_as_the_history_stands(harbour: Company, detect: Detect) -> None:
    """The archive is made once for all looks, and anew as soon as anything happened to any case."""
    with open_session(harbour.book) as session:
        case, *_ = session.store.cases(open_only=True)
        said, made = earlier_of(session, [case]), [*session.archives.values()]
        assert earlier_of(session, [case]) == said
        assert [*session.archives.values()] == made
        detect("cases", "comment", case.id, "--note", "it goes on", "--as", "mina", "--now", NOON)
        earlier_of(session, [case])
        assert len(session.archives) == 1
        assert [*session.archives.values()] != made


@pytest.mark.clause("P4.7")
def test_a_closed_case_is_archived_once_when_it_can_relapse_no_more(detect: Detect) -> None:
    """Thirty days after its closing, not before, and for good; from its closing on it is what a like report is shown."""
    words = ("raise", "--text", "Forklift hit the cold store", "--category", "process", "--department", "supply")
    name = detect(*words, "--day", "2025-05-18", "--as", "karl", "--now", NOON)["id"]
    steps = (("ack", "karl"), ("verdict", "karl"), ("resolve", "karl"), ("verify", "olga"), ("close", "olga"))
    for minute, (step, who) in enumerate(steps):
        about = ("false", name) if step == "verdict" else (name,)
        detect("cases", step, *about, "--note", "a drill", "--as", who, "--now", f"2025-05-20T10:{minute:02}+01:00")

    def archived(day: str) -> bool:
        return name in detect("follow-up", "--now", f"2025-06-{day}T12:00+01:00")["events"].get("archived", ())

    assert not archived("18")
    again = detect(*words, "--day", "2025-06-17", "--as", "noor", "--now", "2025-06-18T13:00+01:00")
    assert "Forklift hit the cold store" in again["earlier"][0]
    assert archived("20")
    assert not archived("21")
    reopened = ("cases", "reopen", name, "--note", "again", "--as", "olga", "--now", "2025-06-22T09:00+01:00")
    assert "is archived" in detect(*reopened, code=2)
