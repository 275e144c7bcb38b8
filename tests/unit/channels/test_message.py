"""A notice as a mail: complete inside itself, with one identity for every try."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from detect.channels import as_email, message_id
from detect.channels.folder import file_name
from detect.errors import Undeliverable
from detect.model import Notice

NOW = datetime(2011, 1, 19, 2, 30, tzinfo=UTC)
NOTICE = Notice(
    key="a" * 64,
    recipient="ann",
    channel="mail",
    address="ann@example.org",
    subject="一級（重大）營業額",
    text="第一行\nline two\n" + "長" * 2000,
    html='<html><body><img src="cid:chart-1"></body></html>',
    images={"chart-1": b"\x89PNG\r\n\x1a\n" + bytes(2000)},
    language="zh",
    kind="case",
    as_of=date(2011, 1, 18),
)


def parsed(notice, now=NOW):
    return message_from_bytes(bytes(as_email(notice, sender="Yujing <yujing@example.org>", now=now)), policy=default)


def test_the_mail_holds_text_html_and_the_picture_that_the_html_shows():
    """multipart/alternative of plain text and of HTML with its inline image; nothing has to be fetched."""
    mail = parsed(NOTICE)
    assert mail.get_content_type() == "multipart/alternative"
    text, related = mail.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == NOTICE.text + "\n"
    assert related.get_content_type() == "multipart/related"
    html, picture = related.iter_parts()
    assert 'src="cid:chart-1"' in html.get_content()
    assert picture["Content-ID"] == "<chart-1>"
    assert picture["Content-Disposition"].startswith("inline")
    assert picture.get_content() == NOTICE.images["chart-1"]


def test_headers_say_who_whom_when_and_in_which_language():
    """From and To are one address each, the subject survives Chinese, and no auto-responder answers."""
    mail = parsed(NOTICE)
    assert mail["From"] == "Yujing <yujing@example.org>"
    assert mail["To"] == "ann@example.org"
    assert mail["Subject"] == NOTICE.subject
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "zh-Hant"


@pytest.mark.parametrize("subject", [
    "2011-12-09: 3 to look at, 157 of 157 checks made, 3 new, 0 overdue, £167,072 at stake",
    "[Level 1 · major] " + "營業額 x £1 " * 11 + "end",
    "plain", "£ £ £", "a  b",
])  # fmt: skip
def test_a_subject_arrives_as_it_was_written(subject):
    """No blank is added or lost between words, whatever their script, and every line is short."""
    sent = bytes(as_email(replace(NOTICE, subject=subject), sender="y@example.org", now=NOW))
    assert message_from_bytes(sent, policy=default)["Subject"] == subject.strip()
    assert max(map(len, sent.split(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


def test_every_try_of_one_notice_has_one_message_id_and_one_form():
    """Only the date differs between tries; another notice has another identity."""
    first, later = parsed(NOTICE), parsed(NOTICE, NOW + timedelta(hours=3))
    assert first["Message-ID"] == later["Message-ID"] == message_id(NOTICE, "yujing@example.org")
    assert message_id(replace(NOTICE, key="b"), "yujing@example.org") != first["Message-ID"]
    del first["Date"], later["Date"]
    assert bytes(first) == bytes(later)


def test_lines_of_the_mail_are_short_enough_for_every_server():
    """No line is longer than the 998 bytes that SMTP allows."""
    assert max(map(len, bytes(as_email(NOTICE, sender="y@example.org", now=NOW)).split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "address",
    ["", "ann", "ann@example.org, bo@example.org", "ann@example.org\nBcc: all@example.org", "Ann <>", "a b@c d"],
)
def test_what_is_not_one_address_is_refused(address):
    """No list, no second header, no half an address: such a message never will be delivered."""
    with pytest.raises(Undeliverable, match="ann"):
        as_email(replace(NOTICE, address=address), sender="y@example.org", now=NOW)


def test_a_file_s_name_stays_in_its_folder():
    """A recipient's id with slashes and dots cannot lead elsewhere; the same notice has the same name."""
    name = file_name(replace(NOTICE, recipient="../../etc/pass wd"))
    assert "/" not in name
    assert ".." not in name
    assert file_name(NOTICE) == "2011-01-18-case-ann-aaaaaaaaaaaaaaaaaaaa.eml"
