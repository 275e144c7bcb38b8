"""A night's messages over a real mail server: each recipient's digest arrives once, says the four things, and is on record."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from aiosmtpd.controller import Controller
from tests.company import BEFORE, SPIKE, Company


class Kept:
    """Takes every mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 taken"


@pytest.fixture
def mails(tea: Company) -> Iterator[list[EmailMessage]]:
    """Start a mail server and let the company's channel `mail` point to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kept = Kept()
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    path = tea.folder / "config" / "company.yaml"
    line = f"mail: {{kind: smtp, host: 127.0.0.1, port: {port}, sender: warnings@example.com, security: none}}"
    path.write_text(path.read_text().replace("mail: {kind: folder}", line))
    yield kept.mails
    server.stop()


def test_a_night_is_told_by_mail_once(tea: Company, mails: list[EmailMessage]) -> None:
    """Whoever reads mail gets one digest with the first line, impact and measures; sending again sends nothing."""
    tea.judge(BEFORE + timedelta(days=1), SPIKE - timedelta(days=1), mode="backfill", notify=False)
    (night,) = tea.judge(SPIKE, notify=True)
    sent = tea.send(SPIKE)
    assert sent.waiting == sent.given_up == 0
    digests = {m["To"]: m.get_body(("plain",)).get_content() for m in mails if "checks made" in str(m)}
    assert set(digests) >= {"ida@example.com", "olga@example.com"}
    first = digests["ida@example.com"].splitlines()[0]
    assert first.startswith(f"{night.summary.made} of {night.summary.planned} checks made, {night.summary.new} new")
    assert "Possible impact" in digests["ida@example.com"]
    assert "Suggested measures" in digests["ida@example.com"]
    assert any("檢查" in m.get_body(("plain",)).get_content() for m in mails if m["To"] == "karl@example.com")
    assert len({m["Message-ID"] for m in mails}) == len(mails)
    before = len(mails)
    assert tea.send(SPIKE).delivered == 0
    assert len(mails) == before
    with tea.store() as store:
        told = [d for d in store.deliveries() if d.outcome == "sent"]
    assert len(told) == sent.delivered
