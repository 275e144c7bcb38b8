"""A person's office inbox as a feed: Atom (RFC 4287) and JSON Feed 1.1, for whatever the office system reads."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from detect.model import Notice
from detect.render.escape import one_line, plain

__all__ = ["Entry", "atom", "json_feed"]

_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True)
class Entry:
    """One message of the inbox and when it came."""

    notice: Notice
    received_at: datetime

    @property
    def id(self) -> str:
        """The message's identity, the same in every copy of the feed."""
        return f"urn:sha256:{self.notice.key}"


def atom(title: str, owner: str, entries: Iterable[Entry]) -> bytes:
    """Write an Atom feed, the newest entry first; every text is escaped by the library that writes the XML."""
    listed = list(entries)
    feed = ET.Element("feed", {"xmlns": _ATOM})
    _put(feed, "title", one_line(title))
    _put(feed, "id", f"urn:yujing:inbox:{owner}")
    _put(feed, "updated", _when(max((e.received_at for e in listed), default=datetime.fromtimestamp(0, UTC))))
    _put(ET.SubElement(feed, "author"), "name", one_line(title))
    for entry in listed:
        item = ET.SubElement(feed, "entry")
        _put(item, "title", one_line(entry.notice.subject))
        _put(item, "id", entry.id)
        _put(item, "updated", _when(entry.received_at))
        _put(item, "content", plain(entry.notice.text), type="text")
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def json_feed(title: str, entries: Iterable[Entry]) -> str:
    """Write a JSON Feed, the newest entry first."""
    items = [
        {
            "id": entry.id,
            "title": one_line(entry.notice.subject),
            "content_text": plain(entry.notice.text),
            "date_published": _when(entry.received_at),
            "language": "zh-Hant" if entry.notice.language == "zh" else "en",
        }
        for entry in entries
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": one_line(title), "items": items}
    return json.dumps(feed, ensure_ascii=False, indent=1)


def _put(parent: ET.Element, name: str, text: str, **attributes: str) -> None:
    ET.SubElement(parent, name, attributes).text = text


def _when(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
