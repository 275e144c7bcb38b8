"""A draft as a notice: HTML that reads well on a telephone, pictures inside, and the same in plain text."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, MutableMapping
from hashlib import sha256

from detect.model import History, Notice
from detect.notices.catalogue import labels
from detect.notices.draft import Draft
from detect.render.chart import png
from detect.render.escape import environment, header
from detect.render.letter import compose, subject
from detect.render.plain_mail import write

__all__ = ["build", "chart_id", "standing_alone"]

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
