"""A draft as a notice: HTML that reads well on a telephone, pictures inside, and the same in plain text."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping

from detect.model import History, Notice
from detect.notices.catalogue import labels
from detect.notices.draft import Draft
from detect.render.chart import png
from detect.render.escape import environment, header
from detect.render.letter import compose, subject
from detect.render.plain_mail import write

__all__ = ["build"]

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
    )


def _pictures(draft: Draft, histories: Mapping[str, History]) -> dict[str, str]:
    """Content id -> case, for the first cases told that have a history."""
    shown = (*draft.news, *draft.overdue)[: draft.detailed_at_most]
    told = dict.fromkeys(item.case.id for item in shown if item.case.id in histories)
    return {f"chart-{n}": case for n, case in enumerate([*told][:_PICTURES_AT_MOST], start=1)}
