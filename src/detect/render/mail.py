"""A draft as a notice: HTML that reads well on a telephone, pictures inside, and the same in plain text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import replace
from hashlib import sha256

from detect.model import History, Notice
from detect.notices.catalogue import labels
from detect.notices.draft import Draft
from detect.render.chart import png
from detect.render.escape import environment, header
from detect.render.letter import compose, subject
from detect.render.plain_mail import write

__all__ = ["build", "build_all", "chart_id", "standing_alone"]

_PICTURES_AT_MOST = 12


def build(draft: Draft, histories: Mapping[str, History], drawn: MutableMapping[str, bytes] | None = None) -> Notice:
    """Make the notice of a draft; `histories` holds the series of a case under the case's id, where there is one.

    `drawn` keeps pictures by case id from one draft of a night to the next, so that each is drawn once for all recipients.
    """
    pictures = _pictures(draft, histories)
    letter = compose(draft, histories, {case: content_id for content_id, case in pictures.items()})
    drawn = {} if drawn is None else drawn
    drawn.update({case: png(histories[case]) for case in pictures.values() if case not in drawn})
    told = (*draft.news, *draft.overdue, *draft.still_open)
    return Notice(
        key=draft.key,
        recipient=draft.recipient.id,
        channel=draft.channel,
        address=draft.recipient.email,
        subject=header(subject(draft)),
        text=write(letter),
        html=environment().get_template("mail.html.j2").render(letter=letter, say=labels(draft.language)),
        images={content_id: drawn[case] for content_id, case in pictures.items()},
        language=draft.language,
        kind=draft.kind,
        case_ids=tuple(dict.fromkeys(item.case.id for item in told)),
        as_of=draft.as_of,
        not_before=draft.not_before,
    )


def build_all(drafts: Iterable[Draft], histories: Mapping[str, History]) -> list[Notice]:
    """Make the notices of one telling; each picture is drawn once, whoever gets it, and a letter is written once for all its channels."""
    drawn: dict[str, bytes] = {}
    written: dict[str, list[tuple[Draft, Notice]]] = {}
    notices = []
    for draft in drafts:
        theirs = written.setdefault(draft.recipient.id, [])
        same = next((notice for known, notice in theirs if _same_letter(known, draft)), None)
        notice = replace(same, key=draft.key, channel=draft.channel) if same else build(draft, histories, drawn)
        theirs.append((draft, notice))
        notices.append(notice)
    return notices


def _same_letter(one: Draft, other: Draft) -> bool:
    """Whether two drafts differ in nothing but the channel; a channel that many read has other addresses."""
    return one == replace(other, key=one.key, channel=one.channel)


def standing_alone(notice: Notice) -> str:
    """Return the HTML of a notice with its pictures written into it: what a mail program shows, as one page."""
    page = notice.html
    for content_id, picture in notice.images.items():
        page = page.replace(f'src="cid:{content_id}"', f'src="data:image/png;base64,{b64encode(picture).decode()}"')
    return page


def chart_id(case_id: str) -> str:
    """Name the picture of a case inside every message, so that it is found there again."""
    return f"chart-{sha256(case_id.encode()).hexdigest()[:16]}"


def _pictures(draft: Draft, histories: Mapping[str, History]) -> dict[str, str]:
    """Content id -> case, for the first cases told that have a history."""
    shown = (*draft.news, *draft.overdue)[: draft.detailed_at_most]
    told = dict.fromkeys(item.case.id for item in shown if item.case.id in histories)
    return {chart_id(case): case for case in [*told][:_PICTURES_AT_MOST]}
