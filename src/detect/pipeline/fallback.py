"""What did not reach its reader goes to the monitoring department, which publishes the warnings (policy P3.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from detect.db.records import OutboxRow
from detect.model import Case, Change, Level, Notice, Text
from detect.notices.catalogue import filled
from detect.notices.draft import Alarm, Draft, Undelivered
from detect.notices.items import Itemiser
from detect.pipeline.addressing import directory_of, links_of, name_of, shared_channels
from detect.pipeline.clocks import Clocks
from detect.pipeline.session import Session
from detect.pipeline.summing import last_summary
from detect.render import mail

__all__ = ["fallback_notices"]

KIND = "fallback"
_ABOUT = Text(en="the warning “{subject}”", zh="預警信息「{subject}」")
_CONFIDENTIAL = Text(en="a confidential warning", zh="一則保密的預警信息")
_WHAT = Text(
    en="It was tried {tries} times since {since}; {about} for {name} over {channel} was not delivered: {answer}",
    zh="自 {since} 起嘗試 {tries} 次，給{name}的{about}經由 {channel} 未能送達：{answer}",
)
_ONCE = Text(
    en="{about} for {name} over {channel} was not delivered: {answer}",
    zh="給{name}的{about}經由 {channel} 未能送達：{answer}",
)
_IMPACT = Text(en="{name} may not know of it, while the deadlines run.", zh="{name}可能尚不知情，而處理期限仍在計算。")
_MEASURES = (
    Text(en="Tell {name}, or the deputy, by another way.", zh="以其他方式告知{name}或其代理人。"),
    Text(
        en="Correct the address or the channel in `config/company.yaml`, then run `detect notify --again`.",
        zh="在 `config/company.yaml` 更正地址或通道，然後執行 `detect notify --again`。",
    ),
)


def fallback_notices(session: Session, row: OutboxRow, answer: str, now: datetime) -> list[Notice]:
    """Return the messages to the head of the monitoring department about one that was not delivered, one a channel.

    None where that message was itself such a fallback. A restricted case stays restricted: neither its words nor its id are passed on.
    """
    lost = row.notice
    if lost.kind == KIND:
        return []
    local = now.astimezone(ZoneInfo(session.book.company.timezone))
    cases = session.store.cases(ids=lost.case_ids) if lost.case_ids else []
    secret = any(case.restricted for case in cases) or len(cases) < len(lost.case_ids)
    draft = _draft(session, row, answer, local, [] if secret else cases, secret=secret)
    ways = [c for c in draft.recipient.channels if (draft.recipient.id, c) != (lost.recipient, lost.channel)]
    shared = shared_channels(session.book)
    made = [
        replace(
            draft,
            channel=channel,
            key=sha256(f"{KIND} {row.key} {channel}".encode()).hexdigest(),
            links=draft.links.public() if channel in shared else draft.links,
        )
        for channel in ways
    ]
    return [mail.build(one, {}) for one in made]


def _draft(
    session: Session, row: OutboxRow, answer: str, now: datetime, cases: Iterable[Case], *, secret: bool
) -> Draft:
    book = session.book
    directory = directory_of(book, now)
    name = name_of(book, row.notice.recipient)
    words: dict[str, str | Text] = {
        "name": name,
        "channel": row.notice.channel,
        "answer": answer,
        "tries": str(row.attempts),
        "since": f"{row.created_at.astimezone(now.tzinfo):%Y-%m-%d %H:%M}",
        "about": _CONFIDENTIAL if secret else filled(_ABOUT, subject=row.notice.subject),
    }
    followed = list(cases)
    due = Clocks(book, session.calendar(now.date())).due(followed)
    return Draft(
        key="",
        recipient=book.people[directory.monitor()],
        channel="",
        kind=KIND,
        now=now,
        summary=last_summary(session, followed, now),
        publisher=book.departments[book.company.monitoring_department].name,
        still_open=tuple(Itemiser(directory, now, due).apart(Change(case, "", 0) for case in followed)),
        alarm=Alarm(
            filled(_WHAT if row.attempts > 1 else _ONCE, **words),
            Level.LARGER if row.notice.kind == "case" else Level.SOME,
            filled(_IMPACT, **words),
            tuple(filled(measure, **words) for measure in _MEASURES),
        ),
        undelivered=(Undelivered(name, row.notice.channel, answer),),
        links=links_of(book),
    )
