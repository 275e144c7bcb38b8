"""Who reads what where: the company's people of a day, their addresses on the web page, and the channels that many read."""

from __future__ import annotations

from datetime import datetime

from detect.channels import ImChannel, WebhookChannel
from detect.config.book import Book
from detect.config.signing import signing_key
from detect.model import Text
from detect.notices.links import Links
from detect.notices.recipients import Directory
from detect.notices.silence import is_away

__all__ = ["directory_of", "links_of", "name_of", "shared_channels"]

_READ_BY_MANY = (ImChannel, WebhookChannel)


def directory_of(book: Book, now: datetime) -> Directory:
    """Return the company's people and departments, and who is away on the day of `now` (in the company's zone)."""
    away = {person.id for person in book.company.people if is_away(person, now)}
    return Directory(book.company.notices, book.people, book.departments, away)


def links_of(book: Book) -> Links:
    """Return what makes and reads the addresses of the company's page."""
    notices = book.company.notices
    return Links(notices.link, signing_key(book), notices.link_days)


def shared_channels(book: Book) -> frozenset[str]:
    """Name the channels that more than one person may read: no signed link goes there."""
    return frozenset(name for name, channel in book.company.channels.items() if isinstance(channel, _READ_BY_MANY))


def name_of(book: Book, person: str) -> Text:
    """Return what people call somebody; the id of whom the company no longer knows."""
    known = book.people.get(person)
    return known.name if known else Text(en=person, zh=person)
