"""Feedback of customers from several channels (policy P3.3): taken in masked, sorted by topic, counted, forgotten in time."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from detect.checks.masking import mask
from detect.checks.topics import Classifier
from detect.checks.topics_settings import FeedbackSettings
from detect.config.book import Book
from detect.db.feedback import FeedbackRow
from detect.model import Finding, Kind, Text
from detect.pipeline.feedback_rows import Said
from detect.pipeline.judged import JudgedNight
from detect.pipeline.session import Session

__all__ = ["Imported", "forget_old", "sort_anew", "take_in_feedback", "with_examples"]

_EXAMPLES, _LOOKED_AT, _LONGEST = 3, 200, 90


@dataclass(frozen=True)
class Imported:
    """What an import came to; `topics` counts the rows of the file by topic."""

    rows: int
    new: int
    changed: int
    forgotten: int
    topics: dict[str, int]


def take_in_feedback(session: Session, said: Sequence[Said], now: datetime) -> Imported:
    """Mask, sort and keep what was said; the same file again changes nothing. Texts past their time are removed."""
    book = session.book
    texts = [mask(one.text) for one in said]
    topics = Classifier(book.feedback).classify(texts)
    rows = list(_rows(said, texts, topics, _entity_key(book), now.astimezone(ZoneInfo(book.company.timezone)).date()))
    new, changed = session.store.put_feedback(rows)
    return Imported(len(rows), new, changed, forget_old(session, now.date()), dict(sorted(Counter(topics).items())))


def forget_old(session: Session, today: date) -> int:
    """Remove the words of what was said longer ago than the company keeps them; returns how many texts."""
    return session.store.forget_feedback(today - timedelta(days=session.book.feedback.retention_days))


def sort_anew(session: Session) -> tuple[int, int]:
    """Sort every text that is still there by the present topics; returns how many there are, and how many have another topic now."""
    kept = session.store.feedback_texts()
    topics = Classifier(session.book.feedback).classify([text for _, _, text in kept])
    moved = {key: topic for (key, old, _), topic in zip(kept, topics, strict=True) if topic != old}
    return len(kept), session.store.sort_feedback_anew(moved)


def _rows(
    said: Iterable[Said], texts: Sequence[str], topics: Sequence[str], key: bytes, today: date
) -> Iterator[FeedbackRow]:
    seen: Counter[str] = Counter()
    for one, text, topic in zip(said, texts, topics, strict=True):
        name = (
            f"id\0{one.channel}\0{one.id}" if one.id else f"\0{one.channel}\0{one.at.isoformat()}\0{text}\0{one.score}"
        )
        seen[name] += 1
        number = 1 if one.id else seen[name]  # two customers may say the same at the same time
        yield FeedbackRow(
            key=hashlib.sha256(f"{name}\0{number}".encode()).hexdigest()[:32],
            at=one.at,
            day=one.at.date(),
            channel=one.channel,
            topic=topic,
            text=text,
            imported_on=today,
            score=one.score,
            customer=hmac.new(key, one.customer.encode(), hashlib.sha256).hexdigest()[:16] if one.customer else "",
        )


def _entity_key(book: Book) -> bytes:
    """Return the key that hides who a customer is, from a file of the company's own outside the database; made when first needed."""
    path = book.output / "entity.key"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
    except FileExistsError:
        pass
    return Path(path).read_bytes()


def with_examples(session: Session, night: JudgedNight) -> JudgedNight:
    """Put beside each burst of a topic what was said: its name, from how many customers over which channels, and a few texts."""
    found = [_told(session, finding) if finding.kind is Kind.TOPIC_BURST else finding for finding in night.findings]
    return replace(night, findings=tuple(found))


def _told(session: Session, finding: Finding) -> Finding:
    metric = session.book.metrics[finding.subject]
    if session.book.sources[metric.source].database != "store" or not finding.segment or not metric.segments:
        return finding
    several = len(metric.segments) > 1
    column, value = finding.segment.split("=", 1) if several else (metric.segments[0], finding.segment)
    if column not in {"topic", "channel"}:
        return finding
    rows = session.store.feedback_examples(column, value, finding.first_day, finding.day, _LOOKED_AT)
    texts = list(dict.fromkeys(_short(text) for _, _, text in rows))[:_EXAMPLES]
    evidence = {
        **finding.evidence,
        "examples": texts,
        "channels": dict(sorted(Counter(channel for channel, _, _ in rows).items())),
        "customers": len({customer for _, customer, _ in rows if customer}),
    }
    name = _name(session.book.feedback, value) if column == "topic" else None
    return replace(finding, evidence={**evidence, **({"topic": {"en": name.en, "zh": name.zh}} if name else {})})


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def _name(settings: FeedbackSettings, topic: str) -> Text | None:
    return next((t.name for t in settings.topics if t.id == topic), None)
