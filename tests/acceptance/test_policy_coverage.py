"""docs/policy-coverage.md names every clause once and only files that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLAUSES = (
    *("P1.1", "P1.2", "P1.3a", "P1.3b", "P1.3c", "P1.3d"),
    *("P2.1", "P2.2", "P2.3", "P2.4", "P2.5"),
    *("P3.1", "P3.2", "P3.3", "P3.4", "P3.5"),
    *("P4.1", "P4.2", "P4.3", "P4.4a", "P4.4b", "P4.4c", "P4.4d", "P4.4e", "P4.5", "P4.6", "P4.7"),
    *("P5.1", "P5.2", "P6.1", "P6.2"),
)
MARK = re.compile(r'mark\.clause\(\s*"([^"]+)"')


def rows():
    lines = (ROOT / "docs" / "policy-coverage.md").read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| P")]


def test_every_clause_stands_in_the_table_once():
    """No clause of the policy is passed over in silence."""
    assert [row[0] for row in rows()] == list(CLAUSES)


def test_every_file_named_exists_and_every_claim_names_code_and_test():
    """What is not `not yet` says where it is done and where it is shown."""
    for clause, _, state, code, shown in rows():
        for path in re.findall(r"`((?:src|tests)/[^`]+)`", code + shown):
            assert (ROOT / path).is_file(), f"{clause} names {path}, which does not exist"
        assert state.startswith("not yet") or (code and shown), f"{clause} claims {state!r} without code and test"


def test_every_marked_test_is_named_by_its_clause():
    """A test that says it shows a clause stands in the row of that clause, and marks no clause that does not exist."""
    shown = {row[0]: row[4] for row in rows()}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = path.relative_to(ROOT).as_posix()
        for clause in MARK.findall(path.read_text(encoding="utf-8")):
            assert clause in shown, f"{name} marks clause {clause}, which the policy does not have"
            assert name in shown[clause], f"{name} marks {clause} but docs/policy-coverage.md does not name it there"
