"""`check` and `expect` as a person meets them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from tests.company import BEFORE, DELIVERIES, LAST, SALES, TWICE, Company, sales

from detect.cli.app import run


def asked(capsys: pytest.CaptureFixture[str], company: Company, *words: str) -> tuple[int, Any]:
    capsys.readouterr()
    code = run([*words, "--config", str(company.folder), "--json"])
    text = capsys.readouterr().out
    return code, json.loads(text) if text else None


def test_check_runs_expectations_alone_and_writes_nothing(tea: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """A day loaded twice fails one rule, with count, keys and query; --fail-on decides the exit; the store stays as it was."""
    before = tea.stored()
    code, found = asked(capsys, tea, "check", "--as-of", str(TWICE))
    assert code == 0
    failed = [rule for rule in found if rule["outcome"] == "finding"]
    assert [(rule["subject"], rule["level"]) for rule in failed] == [("sales:stands_once", 1)]
    assert failed[0]["unexpected"] * 2 == failed[0]["checked"]
    assert failed[0]["keys"][0].startswith("sale=0522")
    assert failed[0]["query"].startswith("SELECT")
    assert len(found) == 6
    assert asked(capsys, tea, "check", "--as-of", str(TWICE), "--fail-on", "1")[0] == 1
    assert asked(capsys, tea, "check", "--as-of", str(TWICE), "--table", "deliveries", "--fail-on", "3")[0] == 0
    assert tea.stored() == before


def test_failed_errored_and_not_checked_are_three_things(tea: Company, capsys: pytest.CaptureFixture[str]) -> None:
    """A lost column is an error of its rule and makes the check incomplete (3); an unknown table is a usage error that names the tables."""
    tea.warehouse("ALTER TABLE deliveries DROP COLUMN supplier")
    code, found = asked(capsys, tea, "check", "--as-of", str(BEFORE))
    assert code == 3
    outcomes = {rule["subject"]: rule["outcome"] for rule in found}
    assert outcomes["deliveries:supplier_is_given"] == "error"
    assert outcomes["deliveries:arrived"] == outcomes["sales:columns"] == "ok"
    tea.warehouse("DROP TABLE sales")
    found = asked(capsys, tea, "check", "--as-of", str(BEFORE), "--table", "sales")[1]
    assert {rule["outcome"] for rule in found} == {"error"}
    assert run(["check", "--table", "nothing", "--config", str(tea.folder)]) == 2
    assert "deliveries, sales" in capsys.readouterr().err


def test_a_drafted_suite_is_valid_and_holds_on_what_it_was_drafted_from(
    tea: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    """`expect` writes a commented suite that `validate` takes unedited, and that the table's own days keep."""
    drafted = tea.folder / "expectations" / "sales.yaml"
    drafted.unlink()
    words = ("--as-of", str(date(2025, 5, 15)), "--config", str(tea.folder))
    assert run(["expect", "sales", *words, "--out", str(drafted)]) == 0
    text = drafted.read_text(encoding="utf-8")
    assert "# Seen: no gap in " in text
    assert "Quay" in text
    assert "customer is given as often as usual" in text
    assert run(["validate", "--config", str(tea.folder)]) == 0
    for day in (date(2025, 5, 12), date(2025, 5, 15)):
        code, found = asked(capsys, tea, "check", "--table", "sales", "--as-of", str(day))
        assert code == 0
        assert {rule["outcome"] for rule in found} == {"ok"}, found
    twice = asked(capsys, tea, "check", "--table", "sales", "--as-of", str(TWICE))[1]
    assert {r["expectation"] for r in twice if r["outcome"] == "finding"} >= {"stands_once"}
    assert run(["expect", "sales", *words, "--out", str(drafted)]) == 2
    assert drafted.read_text(encoding="utf-8") == text


def test_a_draft_survives_hostile_names_and_claims_nothing_of_few_rows(
    tea: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    """Names and values that could be read as YAML or as orders to a terminal are quoted or left out; three rows are no evidence."""
    tea.warehouse(
        'CREATE TABLE odd (day TEXT, "a: b # c" TEXT, "no" TEXT)',
        f"INSERT INTO odd VALUES ('{LAST}', '! x', 'yes'), ('{LAST}', '&a', 'no'), ('{LAST}', char(27) || '[2J', 'no')",
    )
    tables = tea.folder / "config" / "tables.yaml"
    tables.write_text(tables.read_text() + "  - {id: odd, table: odd, day: day, owner: watch}\n")
    capsys.readouterr()
    assert run(["expect", "odd", "--as-of", str(LAST), "--days", "30", "--config", str(tea.folder)]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "not_be_null" not in text
    (tea.folder / "expectations" / "odd.yaml").write_text(text, encoding="utf-8")
    assert run(["validate", "--config", str(tea.folder)]) == 0


def test_a_warehouse_that_the_library_cannot_ask_is_checked_on_frames(
    tea: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On DuckDB the same rules fail with the same counts as on SQLite, counted on the rows fetched."""
    pytest.importorskip("duckdb_sqlalchemy", reason="the extra duckdb is not installed")
    import duckdb  # noqa: PLC0415

    with duckdb.connect(str(tea.folder / "var" / "warehouse.duckdb")) as connection:
        connection.execute(SALES)
        connection.execute(DELIVERIES)
        connection.executemany(
            "INSERT INTO sales VALUES (?, ?, ?, ?, ?, ?, ?)", [r for r in sales() if r[1] >= "2025-05"]
        )
    by_sqlite = asked(capsys, tea, "check", "--table", "sales", "--as-of", str(TWICE))[1]
    monkeypatch.setenv("DETECT_WAREHOUSE", f"duckdb:///{tea.folder / 'var' / 'warehouse.duckdb'}")
    by_frame = asked(capsys, tea, "check", "--table", "sales", "--as-of", str(TWICE))[1]
    for one, other in zip(by_sqlite, by_frame, strict=True):
        assert [one[k] for k in ("subject", "outcome", "unexpected", "checked")] == [
            other[k] for k in ("subject", "outcome", "unexpected", "checked")
        ]
    assert "finding" in {rule["outcome"] for rule in by_frame}
