"""The page on which a person answers and the feed of the inbox: whatever a name or a note holds, they keep their shape."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from tests.unit.render.test_hostile import PAYLOADS, shape

from detect.model import Notice
from detect.notices.items import Itemiser
from detect.render.feed import Entry, atom, json_feed
from detect.render.page import Choice, Happened, PageView, case_page
from detect.render.view import view

STEPS = ("acknowledge", "accept", "assess", "level", "assign", "snooze")


def page(night, text, language="en"):
    case = night.case(text=text)
    item = Itemiser(night.directory, night.now, {case.id: night.now}).item(case, "opened")
    shown = PageView(
        language=language,
        company=text,
        person=text,
        case=view(item, language, currency="GBP"),
        steps=STEPS,
        form="ticket",
        chart="ticket/chart.png",
        people=(Choice("ann", text),),
        history=[Happened(night.now, "commented", text, text)],
        problem=text,
    )
    return case_page(shown, "nonce")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_keeps_its_shape_whatever_a_name_or_a_note_holds(night, language):
    """Every payload in every place at once: not one element more or less, and no control left."""
    harmless = shape(page(night, "Revenue", language))
    for payload in PAYLOADS:
        found = page(night, payload or "x", language)
        assert shape(found) == harmless, payload
        assert "\x1b" not in found
        assert "\u202e" not in found


def test_a_feed_is_well_formed_whatever_a_message_holds(night):
    """An XML parser reads back as many entries as there are messages, and JSON keeps its keys."""
    entries = [Entry(Notice(f"k{n}", "ann", "inbox", "", text, text), night.now) for n, text in enumerate(PAYLOADS)]
    root = ET.fromstring(atom("Inbox", "ann", entries))  # noqa: S314 -- our own feed
    assert len(root.findall("{http://www.w3.org/2005/Atom}entry")) == len(PAYLOADS)
    assert {child.tag.rpartition("}")[2] for child in root} == {"title", "id", "updated", "author", "entry"}
    items = json.loads(json_feed("Inbox", entries))["items"]
    assert {tuple(sorted(item)) for item in items} == {("content_text", "date_published", "id", "language", "title")}
