"""`detect` as a process: what it answers, refuses, prints for machines, and with which code it leaves."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.company import BREACH, SPIKE, TWICE, Company, CopyCompany

from detect.pipeline.session import open_session

Detect = Callable[..., subprocess.CompletedProcess[str]]
HEAVY = (
    "numpy",
    "pandas",
    "great_expectations",
    "prefect",
    "matplotlib",
    "sklearn",
    "statsmodels",
    "sqlalchemy",
    "scipy",
)
MIGRATING = ("alembic", "httpx", "jinja2", "openpyxl", "pyarrow")
HELP = """
import contextlib, io, sys
import typer.main
from detect.cli import app
def names(command, path=()):
    yield path
    for name, sub in getattr(command, "commands", {}).items():
        yield from names(sub, (*path, name))
for path in list(names(typer.main.get_command(app.build()))):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = app.run([*path, "--help"])
    assert code == 0 and "Usage: detect" in said.getvalue(), (path, code)
print(*[name for name in sys.argv[1:] if name in sys.modules])
"""
LIGHT = """
import contextlib, io, sys
from detect.cli import app
config, case, heavy = sys.argv[1], sys.argv[2], sys.argv[3:]
for words in ("cases list", "cases list --all --json", f"cases similar {case}", "cases causes", "status", "verify --as-of 2025-05-24",
              "inbox ida", "audit verify", f"cases comment {case} --as ida --note seen"):
    with contextlib.redirect_stdout(io.StringIO()):
        code = app.run([*words.split(), "--config", config])
    assert code == 0, (words, code)
    print(*[f"{words}: {name}" for name in heavy if name in sys.modules], sep="\\n", end="")
"""
CASE_FIELDS = {
    "id",
    "subject",
    "metric",
    "segment",
    "category",
    "kind",
    "description",
    "detected_on",
    "first_day",
    "last_day",
    "level",
    "status",
    "verdict",
    "department",
    "owner",
    "expected",
    "lower",
    "upper",
    "actual",
    "unit",
    "rule",
    "one_level_higher",
    "impact",
    "measures",
    "next_step",
    "due",
    "parent",
    "restricted",
}


@pytest.fixture(scope="module")
def told(judged_company: Path, tmp_path_factory: pytest.TempPathFactory, detect: Detect) -> Company:
    """Give a company whose night with the breach was judged and told by `detect run`; for reading only."""
    folder = tmp_path_factory.mktemp("told") / "tea"
    shutil.copytree(judged_company, folder)
    company = Company(folder)
    done = detect("run", "--as-of", str(BREACH), "--notify", company=company)
    assert done.returncode == 0, done.stderr
    return company


@pytest.fixture
def cases(told: Company, tmp_path: Path, detect: Detect) -> tuple[Company, str]:
    """Give a copy of that company, and the id of its level 1 case."""
    shutil.copytree(told.folder, tmp_path / "tea")
    company = Company(tmp_path / "tea")
    with company.store() as store:
        (case,) = [case for case in store.cases(detected_on=BREACH) if case.subject == "largest_sale"]
    return company, case.id


def no_traceback(done: subprocess.CompletedProcess[str]) -> bool:
    return "Traceback" not in done.stdout + done.stderr


def test_help_of_every_command_loads_nothing_heavy():
    """Help is answered at once, because no command loads a library before it runs."""
    done = subprocess.run([sys.executable, "-c", HELP, *HEAVY], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []


def test_a_command_that_shows_or_keeps_something_loads_no_library_of_the_night(cases: tuple[Company, str]):
    """Lists, states, checks of a night and steps of a case answer without what judging, drawing and migrating need."""
    company, case = cases
    words = [
        sys.executable,
        "-c",
        LIGHT,
        str(company.folder),
        case,
        *(set(HEAVY) - {"numpy", "sqlalchemy"}),
        *MIGRATING,
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


def test_every_fault_of_the_configuration_is_told_at_once_before_anything_is_pulled(tea: Company, detect: Detect):
    """A misspelt key, an unknown department, a name given twice, a secret in clear, a key given twice: file, line, what is allowed."""
    tea.replace("config/policy.yaml", "detection: {budget: 2.0}", "detection: {bugdet: 2.0}")
    tea.replace("config/metrics/supply.yaml", "defaults: {department: supply", "defaults: {department: suply")
    tea.replace("config/metrics/supply.yaml", "- {id: late_share,", "- {id: revenue,")
    tea.replace(
        "config/company.yaml", "warehouse: sqlite:///var/warehouse.db", "warehouse: postgresql+psycopg://r:hunter2@db/x"
    )
    tea.replace("expectations/deliveries.yaml", "source: deliveries\n", "source: deliveries\nsource: sales\n")
    before = {path: path.read_bytes() for path in (tea.folder / "var").iterdir()}
    for command in (("validate",), ("run", "--as-of", str(BREACH))):
        done = detect(*command, company=tea)
        assert (done.returncode, done.stdout) == (2, "")
        assert no_traceback(done)
        assert "hunter2" not in done.stderr
        lines = done.stderr.splitlines()
        for file, key, allowed in (
            ("config/policy.yaml", "bugdet", "budget"),
            ("config/metrics/supply.yaml", "suply", "supply"),
            ("config/metrics/supply.yaml", "revenue", ""),
            ("config/company.yaml", "warehouse", "${"),
            ("expectations/deliveries.yaml", "source", ""),
        ):
            said = [line for line in lines if f"{file}:" in line and key in line and allowed in line]
            assert said, (file, key, done.stderr)
            assert said[0].strip().split(":")[1].isdigit()
    assert {path: path.read_bytes() for path in (tea.folder / "var").iterdir()} == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--as-of", "2025-02-30"), ("--as-of", "2025-02-30", "2026-03-31")),
        (("run", "--as-of", "yesterday"), ("--as-of", "yesterday")),
        (("run", "--as-of", str(BREACH), "--metric", "revenu"), ("revenu", "revenue")),
        (("backfill", "--from", "2025-05-20", "--to", "2025-05-01"), ("2025-05-20", "empty")),
        (("run", "--as-of", str(BREACH), "--now", "2025-05-25T01:00"), ("time zone",)),
        (("cases", "ack", "nothing-like-it", "--as", "ida"), ("nothing-like-it",)),
        (("dance",), ("dance",)),
    ],
)
def test_a_command_that_cannot_be_is_refused_with_what_to_do(
    tea: Company, detect: Detect, words: tuple[str, ...], said: tuple[str, ...]
):
    """One sentence on stderr that begins with `error:`, exit 2, no traceback, and no row changed."""
    before = tea.stored()
    done = detect(*words, company=tea)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert no_traceback(done)
    assert all(word in done.stderr for word in said), done.stderr
    assert tea.stored() == before


def test_documents_for_machines_have_the_promised_fields(told: Company, detect: Detect):
    """`--json` prints one document each, with the fields that scripts build on."""
    listed = json.loads(detect("cases", "list", "--json", company=told).stdout)
    assert listed
    assert all(set(case) >= CASE_FIELDS for case in listed)
    (case,) = [case for case in listed if case["subject"] == "largest_sale"]
    assert (case["level"], case["status"], case["actual"], case["owner"]) == (1, "open", 9000.0, "ida")
    status = json.loads(detect("status", "--json", company=told).stdout)
    assert all(set(run) >= {"as_of", "state", "planned", "outcomes"} for run in status["runs"])
    assert status["runs"][0]["as_of"] == str(BREACH)
    assert status["outbox"]["sent"] > 0
    shown = json.loads(detect("cases", "show", case["id"], "--json", company=told).stdout)
    assert shown["events"][0]["type"] == "opened"
    assert json.loads(detect("verify", "--as-of", str(BREACH), "--json", company=told).stdout)["state"] == "complete"


def test_the_same_run_again_prints_that_nothing_was_written(told: Company, detect: Detect):
    """The second `detect run` for one date changes no row of any table and sends no message."""
    before = told.stored()
    done = detect("run", "--as-of", str(BREACH), "--notify", "--json", company=told)
    night = json.loads(done.stdout)
    assert (done.returncode, night["rows_written"], night["delivered"]) == (0, 0, 0)
    assert told.stored() == before


def test_fail_on_leaves_with_one_when_a_new_case_is_as_grave(company_copy: CopyCompany, detect: Detect):
    """`--fail-on 1` answers for level 1 alone; a quiet night leaves with 0."""
    breach, quiet = company_copy("breach"), company_copy("quiet")
    assert detect("run", "--as-of", str(BREACH), "--fail-on", "1", company=breach).returncode == 1
    assert detect("run", "--as-of", str(SPIKE - timedelta(days=1)), "--fail-on", "1", company=quiet).returncode == 0


def test_an_incomplete_night_leaves_with_three_and_so_does_verify(tea: Company, detect: Detect):
    """A missing table is said on stdout, in the ledger and by the exit code; no date without a run verifies either."""
    tea.warehouse("DROP TABLE deliveries")
    assert detect("run", "--as-of", str(BREACH), company=tea).returncode == 3
    assert detect("verify", "--as-of", str(BREACH), company=tea).returncode == 3
    assert detect("verify", "--as-of", str(BREACH + timedelta(days=1)), company=tea).returncode == 3
    (run, *_) = json.loads(detect("status", "--json", company=tea).stdout)["runs"]
    assert run["state"] == "incomplete"
    assert {lost["subject"] for lost in run["not_judged"]} >= {"late_share", "deliveries"}


def test_a_run_beside_another_leaves_with_seventy_five(tea: Company, detect: Detect):
    """It names who holds the store, and judges nothing."""
    with open_session(tea.book) as session, session.store.lease("the night shift", timedelta(minutes=5)):
        done = detect("run", "--as-of", str(BREACH), company=tea)
    assert done.returncode == 75
    assert "the night shift" in done.stderr
    assert no_traceback(done)


def test_a_case_is_followed_step_by_step_and_wrong_steps_are_refused(cases: tuple[Company, str], detect: Detect):
    """The owner acknowledges and assesses; strangers, unnamed people and steps out of turn change nothing."""
    company, case = cases
    at = ("--now", "2025-05-26T09:00+01:00")
    refused = [
        detect("cases", "ack", case, *at, company=company),  # nobody acts
        detect("cases", "ack", case, *at, "--as", "karl", company=company),  # head of another department
        detect("cases", "close", case, *at, "--as", "ida", "--note", "done", company=company),  # out of turn
    ]
    assert [done.returncode for done in refused] == [2, refused[1].returncode, refused[2].returncode]
    assert all(done.returncode != 0 and done.stderr.startswith("error: ") and no_traceback(done) for done in refused)
    with company.store() as store:
        assert [event.type for event in store.events(case)] == ["opened"]
    assert detect("cases", "ack", case, *at, "--as", "ida", company=company).returncode == 0
    done = detect("cases", "assess", case, *at, "--as", "ida", "--note", "an entry error", "--json", company=company)
    after = json.loads(done.stdout)
    assert after["status"] == "assessed"
    assert [event["actor"] for event in after["events"]][-2:] == ["ida", "ida"]
    assert detect("audit", "verify", company=company).returncode == 0


def test_audit_finds_a_row_that_was_tampered_with(cases: tuple[Company, str], detect: Detect):
    """An event changed behind the program's back is named, and the exit code says so."""
    company, case = cases
    with closing(sqlite3.connect(company.folder / "var" / "store.db")) as store, store:
        for (trigger,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            store.execute(f'DROP TRIGGER "{trigger}"')
        changed = store.execute("UPDATE case_events SET actor = 'olga' WHERE case_id = ? AND seq = 1", (case,))
        assert changed.rowcount == 1
    done = detect("audit", "verify", "--json", company=company)
    assert done.returncode == 1
    assert any(case in fault for fault in json.loads(done.stdout)["faults"])


def test_the_report_is_written_and_reaches_no_other_host(cases: tuple[Company, str], detect: Detect):
    """`detect report` prints the path of one HTML file that names the exception and loads nothing from elsewhere."""
    company, _ = cases
    done = detect("report", "--as-of", str(BREACH), "--json", company=company)
    (path,) = json.loads(done.stdout)["files"]
    page = Path(path).read_text(encoding="utf-8")
    assert "Largest line" in page
    assert 'src="http' not in page
    assert "<link" not in page


def test_a_case_of_data_that_were_put_right_is_withdrawn_with_its_history(detect, tea):
    """The second load is taken out and the night run again: its case is withdrawn, what happened stands, and no step is taken on it."""
    night = ("run", "--as-of", f"{TWICE}", "--no-notify")
    assert detect(*night, company=tea).returncode in {0, 3}
    listed = ("cases", "list", "--all", "--json")
    of_the_load = [c for c in json.loads(detect(*listed, company=tea).stdout) if c["kind"] == "double_load"]
    assert of_the_load
    tea.warehouse(
        f"DELETE FROM sales WHERE sold_at LIKE '{TWICE}%' AND rowid NOT IN "
        f"(SELECT min(rowid) FROM sales WHERE sold_at LIKE '{TWICE}%' GROUP BY sale, product)"
    )
    assert detect(*night, company=tea).returncode in {0, 3}
    after = {c["id"]: c for c in json.loads(detect(*listed, company=tea).stdout)}
    assert {after[c["id"]]["status"] for c in of_the_load} == {"withdrawn"}
    name = of_the_load[0]["id"]
    shown = json.loads(detect("cases", "show", name, "--json", company=tea).stdout)
    assert shown["events"][0]["type"] == "opened"
    refused = detect("cases", "ack", name, "--as", of_the_load[0]["owner"], company=tea)
    assert refused.returncode == 2
    assert "withdrawn" in refused.stderr
