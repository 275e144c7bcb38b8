"""Processes, signs for review, targets and identities as people meet them: a command, its mails, and who hears of what."""

from __future__ import annotations

import json
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from tests.company import Company, CopyCompany
from tests.office import SKIPPED, TROUBLE, equip

from detect.config import start

Detect = Callable[..., object]
SECRET = ("payables", "for review", "覆核", "twice", "982,873", "audit_sign")


def mails(company: Company) -> dict[str, str]:
    """Return what each person was sent, all in one text."""
    told: dict[str, str] = {}
    for path in sorted((company.folder / "var" / "mails").rglob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        parts = [p.get_content() for p in message.walk() if p.get_content_type() in {"text/plain", "text/html"}]
        told[str(message["To"])] = told.get(str(message["To"]), "") + str(message["Subject"]) + "".join(parts)
    return told


@pytest.fixture(scope="module")
def told(
    detect: Detect, judged_company: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Company, dict[str, str], str]:
    """Give the office after `detect run` of the day of trouble: the company, the mails by recipient, what the command said."""
    import shutil  # noqa: PLC0415 - for this fixture alone

    folder = tmp_path_factory.mktemp("told") / "office"
    shutil.copytree(judged_company, folder)
    company = equip(Company(folder))
    done = detect("run", "--as-of", str(TROUBLE), "--notify", company=company)
    assert done.returncode == 0, done.stderr
    return company, mails(company), done.stdout


@pytest.mark.clause("P2.1")
def test_the_head_of_the_process_hears_of_a_missing_step_a_wrong_one_and_a_stop(told):
    """Karl, who reads Chinese, is told what was left out, by which case, and that ordering has stopped."""
    _, sent, _ = told
    (text,) = [text for to, text in sent.items() if "karl" in to]
    assert all(word in text for word in (SKIPPED, "缺少節點", "節點順序錯誤", "流程中斷", "採購·approve"))


@pytest.mark.clause("P2.5")
def test_nobody_of_the_department_under_test_hears_of_signs_and_audit_does(told):
    """Olga alone is told, in words for review that name no guilt; no mail to others, no page, no terminal and no count gives it away."""
    company, sent, said = told
    (olga,) = [text for to, text in sent.items() if "olga" in to]
    assert all(
        word in olga for word in ("one document may have been paid twice", "for review", "says nothing of guilt")
    )
    assert not [word for word in ("guilty", "theft", "culprit", "embezzle") if word in olga.lower()]
    others = {to: text for to, text in sent.items() if "olga" not in to}
    assert {to.partition("@")[0] for to in others} == {"ida", "karl"}
    pages = {p.name: p.read_text(encoding="utf-8") for p in (company.folder / "var" / "reports").glob("*.html")}
    assert pages
    for place, text in {**others, **pages, "terminal": said}.items():
        assert not [word for word in SECRET[1:] if word in text], place


@pytest.mark.clause("P2.5")
def test_finance_hears_of_a_month_off_its_plan_and_of_books_that_do_not_balance(told):
    """Ida, head of sales, reads what was planned; Mina, who answers for the books, reads both sides."""
    company, sent, _ = told
    (ida,) = [text for to, text in sent.items() if "ida" in to]
    assert "2025-04 came to" in ida
    assert "£900,000 was planned" in ida
    with company.store() as store:
        (case,) = [c for c in store.cases() if c.subject == "balance_sheet"]
    assert case.department == "watch"
    assert "£9,646 on one side, £9,146 on the other" in case.description.en


def test_what_is_restricted_is_in_no_list_of_the_run(told, detect):
    """The document for machines of the same run names no case of audit's, and the head's figures do not count them."""
    company, _, _ = told
    done = detect("run", "--as-of", str(TROUBLE), "--no-notify", "--json", company=company)
    night = json.loads(done.stdout)
    assert night["findings"] >= 10
    assert not [case for case in night["new_cases"] + night["changed_cases"] if "payables" in case]


def test_faults_of_the_new_files_are_told_with_their_place(detect, company_copy: CopyCompany):
    """An unknown step, a wrong column of a known table, a target of nothing and an auditor from the department under test."""
    company = equip(company_copy("faulty"))
    company.replace("config/processes.yaml", "timestamp: at", "timestamp: at\n    optional: [aprove]")
    company.replace("config/targets.yaml", "metric: revenue", "metric: revenu")
    company.replace("config/company.yaml", "head: karl", "head: olga")
    company.replace("config/identities.yaml", "right: [liabilities, equity]", "right: [liabilities, equty]")
    done = detect("validate", company=company)
    assert done.returncode == 2
    for said in ("config/processes.yaml:3", "'aprove', which is no step", "unknown metric 'revenu'", "unknown metric 'equty'",
                 "config/audits.yaml:", "belongs to 'supply'"):  # fmt: skip
        assert said in done.stderr, said


def test_a_new_company_has_the_files_commented(tmp_path: Path, detect):
    """`detect init` writes all four, and they are valid as they stand."""
    start(tmp_path / "new")
    for name in ("processes", "audits", "targets", "identities"):
        assert (tmp_path / "new" / "config" / f"{name}.yaml").is_file()
