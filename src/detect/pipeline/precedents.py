"""What the archive knows of a case, in sentences: the nearest earlier ones with what was done and whether it worked (policy P4.7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from detect.cases.archive import OVER, Archive, Resemblance, Similar
from detect.model import Case, Text
from detect.notices.case_words import ALIKE, CAUSES, EARLIER, VERDICTS
from detect.notices.catalogue import filled
from detect.pipeline.session import Session

__all__ = ["Earlier", "archive_of", "earlier_of", "said"]

_ENDS = (".", "。", "!", "?", "！", "？")
Earlier = dict[str, tuple[Text, ...]]


def archive_of(session: Session, cases: Iterable[Case]) -> Archive:
    """Make the archive of those of `cases` that are over, with what people wrote about them."""
    over = [case for case in cases if case.status in OVER]
    return Archive(over, session.store.notes() if over else {})


def earlier_of(session: Session, new: Sequence[Case], cases: Iterable[Case] | None = None) -> Earlier:
    """Say of each of the `new` cases what the archive knows of its like; what is restricted only to a restricted case.

    The archive is that of `cases`, or where none are given that of the store.
    """
    if not new:
        return {}
    archive = _archive_now(session) if cases is None else archive_of(session, cases)
    return {case.id: said(_like(archive, case)) for case in new}


def _archive_now(session: Session) -> Archive:
    """Make the archive of the store, or give the one made before where nothing happened to any case since: a page asks at each look."""
    head = session.store.history_head()
    if head not in session.archives:
        made = archive_of(session, session.store.cases())
        session.archives.clear()
        session.archives[head] = made
    return session.archives[head]


def _like(archive: Archive, case: Case) -> Similar:
    """Ask as those may who are told of the case: whoever is told of a restricted one may see the others."""
    return archive.like(case, may_see=lambda one: case.restricted or not one.restricted)


def said(similar: Similar) -> tuple[Text, ...]:
    """Say each resemblance in a sentence; that there is none is said too."""
    if similar.searched == 0:
        return (EARLIER["empty"],)
    if similar.nothing_like_it:
        return (filled(EARLIER["none"], count=f"{similar.searched:,}"),)
    return tuple(_joined(_parts(found)) for found in similar.found)


def _parts(found: Resemblance) -> Iterator[Text]:
    case = found.case
    yield filled(EARLIER["case"], day=case.first_day.isoformat(), description=_sentence(case.description))
    if found.alike_in:
        named = [ALIKE[part] for part in found.alike_in]
        both = Text(en=", ".join(t.en for t in named), zh="、".join(t.zh for t in named))
        yield filled(EARLIER["alike"], parts=both)
    if found.cause:
        yield filled(EARLIER["cause"], cause=CAUSES[found.cause])
    if found.verdict:
        yield filled(EARLIER["verdict"], verdict=VERDICTS[found.verdict])
    if found.measures:
        yield filled(EARLIER["measures"], measures="; ".join(found.measures))
        yield EARLIER[{True: "worked", False: "failed", None: "unverified"}[found.worked]]
    if found.days_to_close is not None:
        yield filled(EARLIER["days"], days=f"{found.days_to_close:.0f}")
    if found.lessons:
        yield filled(EARLIER["lessons"], lessons=found.lessons.rstrip("".join(_ENDS)))
    yield filled(EARLIER["id"], id=case.id)


def _sentence(text: Text) -> Text:
    en, zh = text.en.rstrip(), text.zh.rstrip()
    return Text(en=en if en.endswith(_ENDS) else f"{en}.", zh=zh if zh.endswith(_ENDS) else f"{zh}。")


def _joined(parts: Iterable[Text]) -> Text:
    kept = tuple(parts)
    return Text(en=" ".join(t.en for t in kept), zh="".join(t.zh for t in kept))
