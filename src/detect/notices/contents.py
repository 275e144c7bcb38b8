"""Whether a warning says what the policy asks of every warning (P3.5), looked at before it goes out."""

from __future__ import annotations

from collections.abc import Iterator

from detect.model import Case
from detect.notices.draft import Draft, Item

__all__ = ["lacking"]

_LANGUAGES = ("en", "zh")


def lacking(draft: Draft) -> tuple[tuple[str, str], ...]:
    """Return what the warnings told in `draft` do not say, as (case id, label of the catalogue).

    Every warning must have a description, possible impact and suggested measures in both languages; a figure together with what was
    expected; who must do what next, and by when where the clock runs; and, where the company has a page, the address to answer at.
    """
    return tuple((item.case.id, name) for item in draft.news for name in _gaps(item, draft))


def _gaps(item: Item, draft: Draft) -> Iterator[str]:
    case = item.case
    if not all(case.description[language].strip() for language in _LANGUAGES):
        yield "description"
    for name, texts in (("impact", case.impact), ("measures", case.measures)):
        if not texts or not all(text[language].strip() for text in texts for language in _LANGUAGES):
            yield name
    if case.actual is not None and case.metric is not None and _has_no_comparison(case):
        yield "expected"
    if case.status.is_open and not item.next_step[draft.language].strip():
        yield "next"
    if case.status.is_open and case.clock_runs and item.due is None:
        yield "deadline"
    if draft.links.base and not draft.address(case):
        yield "open_case"


def _has_no_comparison(case: Case) -> bool:
    """Whether a figure stands alone; a limit that is passed is comparison enough."""
    return case.expected is None and "limit" not in case.evidence
