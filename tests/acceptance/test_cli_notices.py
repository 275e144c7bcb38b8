"""Warnings that reach the right person (policy P3.5): only through the commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from tests.company import BREACH, Company

Detect = Callable[..., Any]
NIGHT = ("--as-of", BREACH.isoformat(), "--notify", "--now", "2025-05-25T02:30+01:00")
FIELDS = ("Largest line", "Level 1", "Possible impact", "Suggested measures", "Next step", "Case: 2025-05-24")


@pytest.fixture
def detect(tea: Company, command_line: Callable[[Company], Detect]) -> Detect:
    """Give the command line of Harbour Tea."""
    return command_line(tea)


def mails(company: Company) -> dict[str, str]:
    """Return the plain text of every mail, by recipient."""
    found: dict[str, str] = {}
    for path in (company.folder / "var" / "mails").glob("*.eml"):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        found[str(mail["To"]).partition("@")[0]] = mail.get_body(("plain",)).get_content()
    return found


@pytest.mark.clause("P3.5")
def test_a_warning_states_what_the_policy_asks_and_reaches_whom_it_concerns(tea: Company, detect: Detect) -> None:
    """The head's mail says the fields, with who must do what by when; the other department's mail says nothing of it; it is on record."""
    tea.replace(
        "config/company.yaml",
        "email: noor@example.com",
        "email: noor@example.com, quiet_hours: {start: 22:00, end: 07:00}",
    )
    tea.replace(
        "config/company.yaml",
        "email: ida@example.com",
        "email: ida@example.com, away: [{first_day: 2025-05-20, last_day: 2025-05-25}]",
    )
    night = detect("run", *NIGHT)
    (case,) = [c["id"] for c in detect("cases", "list") if c["subject"] == "largest_sale"]
    assert case in night["new_cases"]
    at_night = {(t["to"], t["kind"], t["state"]) for t in detect("notify", "--record", case)["told"]}
    assert {("noor", "case", "sent"), ("noor", "digest", "waiting"), ("olga", "case", "sent")} <= at_night
    assert {to for to, _, _ in at_night} == {"noor", "olga"}, "ida is away, and it is no matter of karl's"
    assert case not in mails(tea)["karl"]
    detect("notify", "--now", "2025-05-25T07:00+01:00")
    told = mails(tea)["noor"]
    for said in FIELDS:
        assert said in told, said
    assert "http://127.0.0.1:8765/c/" in told
    assert told.splitlines()[0].startswith(f"{night['made']} of {night['planned']} checks made")
    record = detect("notify", "--record", case)["told"]
    assert {t["state"] for t in record} == {"sent"}
    assert "written to" in record[0]["tries"][0]["answer"]


@pytest.mark.clause("P3.5")
def test_what_is_not_delivered_goes_to_the_monitoring_department_and_into_its_next_digest(
    tea: Company, detect: Detect
) -> None:
    """A channel that leads nowhere: exit 4, a message to the publisher, and `status` and the next digest name it until it is put right."""
    tea.replace("config/company.yaml", "mail: {kind: folder}", "mail: {kind: folder, path: /proc/nowhere}")
    tea.replace(
        "config/company.yaml",
        "{monitoring_department: watch",
        "{monitoring_department: watch, fallback_after_minutes: 5",
    )
    assert "delivered" in json.dumps(detect("run", *NIGHT, code=4))
    before = len(detect("inbox", "mina"))
    detect("notify", "--now", "2025-05-26T03:30+01:00", code=4)
    inbox = detect("inbox", "mina")
    assert len(inbox) > before
    assert any("did not reach Olga Lund" in message["subject"] for message in inbox)
    dead = detect("status")["dead_letters"]
    assert {letter["to"] for letter in dead} >= {"olga", "karl"}
    detect("run", "--as-of", "2025-05-25", "--notify", "--now", "2025-05-26T04:00+01:00", code=4)
    newest = detect("inbox", "mina")[0]["text"]
    assert "Messages that could not be delivered" in newest
    tea.replace("config/company.yaml", "mail: {kind: folder, path: /proc/nowhere}", "mail: {kind: folder}")
    assert detect("notify", "--again", "--now", "2025-05-26T09:00+01:00")["given_up"] == 0
    assert detect("status")["dead_letters"] == []


def test_a_small_matter_is_kept_and_not_sent(tea: Company, detect: Detect) -> None:
    """Below the department's materiality nobody is mailed of the case, and it stands in the list of cases all the same."""
    tea.replace("config/company.yaml", "head: ida, members: [noor]", "head: ida, members: [noor], materiality: 1000000")
    detect("run", *NIGHT)
    (case,) = [c["id"] for c in detect("cases", "list") if c["subject"] == "largest_sale"]
    assert all(case not in text for text in mails(tea).values())
    assert "less money than the department wants" in mails(tea)["ida"]
    assert detect("notify", "--record", case)["told"] == []


def test_a_preview_shows_the_mail_and_sends_nothing(tea: Company, detect: Detect) -> None:
    """One page with its picture inside, for whoever may hear of the case; a stranger and an unknown case are refused."""
    detect("run", "--as-of", BREACH.isoformat(), "--no-notify", "--now", "2025-05-25T02:30+01:00")
    (case,) = [c["id"] for c in detect("cases", "list") if c["subject"] == "largest_sale"]
    shown = detect("notify", "--preview", case, "--for", "karl", "--no-open", "--now", "2025-05-25T09:00+01:00")
    page = Path(shown["file"]).read_text(encoding="utf-8")
    assert 'src="data:image/png;base64,' in page
    assert "cid:" not in page
    assert "建議措施" in page
    assert mails(tea) == {}
    assert detect("notify", "--record", case)["told"] == []
    assert "nobody called" in detect("notify", "--preview", case, "--for", "eve", "--no-open", code=2)
    assert "no case" in detect("notify", "--preview", "nothing", "--no-open", code=2)
    assert "three different things" in detect("notify", "--preview", case, "--again", code=2)


def test_every_channel_is_proved_by_a_test_message(
    tea: Company, detect: Detect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`doctor --send-test` sends over each channel and says of the one that fails what to do, leaving with 4."""
    monkeypatch.setenv("HOOK", "s" * 32)
    line = "  hook: {kind: webhook, url: 'http://127.0.0.1:9/x', secret: '${HOOK}', allow_loopback: true}\nwarehouse:"
    tea.replace("config/company.yaml", "warehouse:", line)
    found = json.dumps(detect("doctor", "--send-test", code=4))
    for said in ("channel mail", "channel inbox", "channel hook", "did not answer"):
        assert said in found
