"""Mail against a real SMTP server that accepts, refuses, dawdles and hangs up; and mails as files."""

from __future__ import annotations

import asyncio
import socket
import stat
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller

from detect.channels import FolderChannel, SmtpChannel
from detect.errors import DeliveryError, Undeliverable
from detect.model import Notice

NOW = datetime(2011, 1, 19, 2, 30, tzinfo=UTC)
NOTICE = Notice(
    "k1",
    "ann",
    "mail",
    "ann@example.org",
    "Level 1",
    "What happened\n.\nleading dot",
    "<p>What happened</p>",
    as_of=date(2011, 1, 18),
)

CANARY = "canary"


class Scripted:
    """Answers as told: RCPT by address, DATA by `data`; keeps what it took."""

    def __init__(self):
        self.taken, self.data, self.pause, self.drop, self.recipients = [], "250 taken as 42", 0.0, False, {}

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 -- aiosmtpd's name
        answer = self.recipients.get(address, "250 ok")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, _session, envelope):  # noqa: N802 -- aiosmtpd's name
        await asyncio.sleep(self.pause)
        if self.data.startswith("2"):
            self.taken.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=default)))
        if self.drop:
            server.transport.close()
        return self.data


@pytest.fixture
def mailbox():
    handler = Scripted()
    with socket.create_server(("127.0.0.1", 0)) as free:
        handler.port = free.getsockname()[1]
    server = Controller(handler, hostname="127.0.0.1", port=handler.port, ready_timeout=30)
    server.start()
    try:
        yield handler
    finally:
        server.stop()


def channel(mailbox, **options):
    return SmtpChannel(
        kind="smtp", host="127.0.0.1", port=mailbox.port, security="none", sender="Yujing <y@example.org>", **options
    )


def test_a_message_arrives_whole_and_the_server_s_answer_is_kept(mailbox):
    """One recipient, the text to the letter, and the closing answer as the receipt."""
    receipt = channel(mailbox).send(NOTICE, NOW)
    ((recipients, mail),) = mailbox.taken
    assert receipt.accepted
    assert receipt.answer == "250 taken as 42"
    assert recipients == ["ann@example.org"]
    assert mail.get_body(("plain",)).get_content().splitlines() == NOTICE.text.splitlines()


def test_one_bad_recipient_of_three_keeps_the_others_from_nothing(mailbox):
    """Each has an answer of its own: taken, later, never."""
    mailbox.recipients = {"bo@example.org": "451 busy", "cy@example.org": "550 no such user"}
    smtp = channel(mailbox)
    with pytest.raises(DeliveryError, match="451 busy") as later:
        smtp.send(replace(NOTICE, address="bo@example.org"), NOW)
    with pytest.raises(Undeliverable, match="550 no such user"):
        smtp.send(replace(NOTICE, address="cy@example.org"), NOW)
    assert smtp.send(NOTICE, NOW).accepted
    assert not isinstance(later.value, Undeliverable)
    assert len(mailbox.taken) == 1


@pytest.mark.parametrize(("answer", "forever"), [("451 try later", False), ("452 full", False), ("554 refused", True)])
def test_a_refused_message_is_tried_again_or_never(mailbox, answer, forever):
    """4xx may pass later, 5xx never will."""
    mailbox.data = answer
    with pytest.raises(DeliveryError, match=answer) as caught:
        channel(mailbox).send(NOTICE, NOW)
    assert isinstance(caught.value, Undeliverable) is forever


def test_a_reply_that_is_lost_is_sent_again_under_the_same_id(mailbox):
    """The server took the message and hung up: the second try can be recognised as the same."""
    mailbox.drop = True
    with pytest.raises(DeliveryError, match="did not take"):
        channel(mailbox).send(NOTICE, NOW)
    mailbox.drop = False
    channel(mailbox).send(NOTICE, NOW)
    first, second = (mail["Message-ID"] for _, mail in mailbox.taken)
    assert first == second


def test_a_server_that_dawdles_is_left(mailbox):
    """The time limit holds, and what becomes of the message is tried again."""
    mailbox.pause = 5.0
    with pytest.raises(DeliveryError, match="timed out"):
        channel(mailbox, timeout_seconds=0.3).send(NOTICE, NOW)


def test_a_server_that_is_not_there_is_tried_again(mailbox):
    """No connection is no fault of the message."""
    smtp = channel(mailbox).model_copy(update={"port": 1})
    with pytest.raises(DeliveryError, match="did not take") as caught:
        smtp.send(NOTICE, NOW)
    assert not isinstance(caught.value, Undeliverable)


def test_a_server_without_encryption_gets_nothing_when_encryption_is_asked_for(mailbox):
    """STARTTLS that is not offered ends the session before the message."""
    with pytest.raises(DeliveryError, match="STARTTLS"):
        channel(mailbox).model_copy(update={"security": "starttls"}).send(NOTICE, NOW)
    assert not mailbox.taken


def test_a_refused_login_is_the_channel_s_trouble_and_never_shows_the_password(mailbox):
    """The message stays for when the password is right; the password stands in no error."""
    smtp = channel(mailbox, username="y", password=CANARY)
    with pytest.raises(DeliveryError) as caught:
        smtp.send(NOTICE, NOW)
    assert not isinstance(caught.value, Undeliverable)
    assert "canary" not in f"{caught.value!r}{caught.value.__cause__!r}"


def test_a_folder_keeps_one_file_a_notice(tmp_path):
    """Sending twice leaves one file, whole, readable by nobody else, and nothing half-written beside it."""
    folder = FolderChannel(path=tmp_path / "mails")
    folder.send(NOTICE, NOW)
    folder.send(NOTICE, NOW)
    (file,) = (tmp_path / "mails").iterdir()
    mail = message_from_bytes(file.read_bytes(), policy=default)
    assert mail["To"] == "ann@example.org"
    assert mail.get_body(("html",)).get_content().strip() == NOTICE.html
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    """A file in the way is a delivery error that names the folder."""
    (tmp_path / "mails").write_text("in the way")
    with pytest.raises(DeliveryError, match="mails"):
        FolderChannel(path=tmp_path / "mails").send(NOTICE, NOW)
