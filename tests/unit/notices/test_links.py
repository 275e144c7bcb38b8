"""Addresses that open one page for one person for some days, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from detect.notices.links import Links, Refusal, Ticket, TicketRefused

NOW = datetime(2011, 1, 19, 2, 30, tzinfo=UTC)
LINKS = Links("https://yujing.example.org", "k" * 32, days=14)


def token(address: str) -> str:
    return address.rpartition("/c/")[2]


def _opened(text):
    try:
        return LINKS.opened(text, "case", NOW)
    except TicketRefused as refused:
        return None if refused.reason is Refusal.CHANGED else refused


def test_a_link_opens_its_case_for_its_person_until_it_expires():
    """Fourteen days to the second; then it is refused as expired."""
    text = token(LINKS.case("2011-01-18-revenue", "ann", NOW))
    assert LINKS.opened(text, "case", NOW + timedelta(days=14)) == Ticket("case", "2011-01-18-revenue", "ann")
    with pytest.raises(TicketRefused) as refused:
        LINKS.opened(text, "case", NOW + timedelta(days=14, seconds=1))
    assert refused.value.reason is Refusal.EXPIRED


def test_a_link_changed_anywhere_opens_nothing():
    """Every single character is covered by the signature, and so is every other key."""
    text = token(LINKS.case("c1", "ann", NOW))
    changed = [text[:i] + ("A" if c != "A" else "B") + text[i + 1 :] for i, c in enumerate(text)]
    changed += ["", "x", text + "x", text[:-1], "a.b", "é"]
    for wrong in changed[:-6]:
        # The last letter of base64 holds bits that stand for nothing: the same ticket, written otherwise.
        assert _opened(wrong) in {None, _opened(text)} if wrong[:-1] == text[:-1] else _opened(wrong) is None
    assert [_opened(wrong) for wrong in changed[-6:]] == [None] * 6
    with pytest.raises(TicketRefused):
        Links(LINKS.base, "x" * 32).opened(text, "case", NOW)


def test_a_ticket_of_one_page_opens_no_other():
    """What a feed's address holds opens no case, and a case's address sends no form."""
    feed = LINKS.feed("ann", NOW, "atom", 90).split("/")[-2]
    for text, page in ((feed, "case"), (token(LINKS.case("c1", "ann", NOW)), "form")):
        with pytest.raises(TicketRefused) as refused:
            LINKS.opened(text, page, NOW)
        assert refused.value.reason is Refusal.FOREIGN


def test_without_a_key_nothing_is_signed_and_without_a_page_there_is_no_address():
    """What many read names the case and opens nothing."""
    assert LINKS.public().case("a/b", "ann", NOW) == "https://yujing.example.org/cases/a%2Fb"
    assert Links().case("c1", "ann", NOW) == ""
