"""What travels with a digest: each reader's own cases as files, the whole report for who may see the whole company."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import openpyxl
import pytest
from tests.company import LATE, SPIKE, Company

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def told(tea: Company) -> Company:
    """Play the nights up to the web shop's fourfold day, the last one told."""
    tea.judge(LATE + timedelta(days=2), SPIKE - timedelta(days=1), notify=False)
    tea.judge(SPIKE, notify=True)
    tea.send(SPIKE)
    return tea


def digests(company: Company, address: str) -> list[EmailMessage]:
    found = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in company.folder.glob("var/**/*.eml")
    ]
    return [mail for mail in found if address in mail["To"] and list(mail.iter_attachments())]


def files(mail: EmailMessage) -> dict[str, EmailMessage]:
    return {part.get_filename(): part for part in mail.iter_attachments()}


def test_a_head_gets_the_list_of_the_own_cases_and_nobody_elses(told: Company) -> None:
    """The sheet and the CSV of the head of sales name the cases of that digest; the report of all departments is not enclosed."""
    (mail,) = digests(told, "ida@example.com")
    enclosed = files(mail)
    assert set(enclosed) == {f"{SPIKE}.xlsx", f"{SPIKE}.csv"}
    assert enclosed[f"{SPIKE}.xlsx"].get_content_type() == XLSX
    sheet = openpyxl.load_workbook(io.BytesIO(enclosed[f"{SPIKE}.xlsx"].get_content())).worksheets[0]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    with told.store() as store:
        departments = {case.id: case.department for case in store.cases()}
    assert rows
    assert {departments[row[0]] for row in rows} == {"sales"}
    text = enclosed[f"{SPIKE}.csv"].get_content()
    assert len(list(csv.reader(io.StringIO(text)))) == len(rows) + 1


def test_the_management_group_gets_the_report_of_the_night(told: Company) -> None:
    """The page enclosed for the group is the night's report and needs nothing beside it."""
    mails = digests(told, "olga@example.com")
    assert mails
    page = files(mails[-1])[f"{SPIKE}.html"].get_content()
    assert f"Report of the night, {SPIKE}" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "<script" not in page
