"""The page on which a person answers for a case, and the kind refusal where a link does not open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from detect.model import Text
from detect.notices.catalogue import LEVELS, labels
from detect.notices.page_words import event_word, words
from detect.render.escape import environment
from detect.render.view import CaseView, instant

__all__ = ["Choice", "Happened", "PageView", "case_page", "message_page"]


@dataclass(frozen=True)
class Choice:
    """One entry of a list to choose from."""

    value: str
    name: str


@dataclass(frozen=True)
class Happened:
    """One line of a case's history, as it happened: `who` is a person's name."""

    at: datetime
    type: str
    who: str
    note: str


@dataclass(frozen=True)
class PageView:
    """Everything the page says; texts are not escaped yet. `chart` is the address of the picture, '' where there is none."""

    language: str
    company: str
    person: str
    case: CaseView
    steps: tuple[str, ...]
    form: str
    chart: str
    people: tuple[Choice, ...]
    history: Sequence[Happened]
    done: str = ""
    problem: str = ""


def case_page(page: PageView, nonce: str) -> str:
    """Return the page as HTML; `nonce` lets its one style element pass the content security policy."""
    language = page.language
    levels = [
        Choice(str(int(level)), name[language]) for level, name in LEVELS.items() if int(level) != page.case.level
    ]
    lines = [(instant(h.at), event_word(h.type, language), h.who, h.note) for h in reversed(page.history)]
    return (
        environment()
        .get_template("case_page.html.j2")
        .render(
            page=page,
            case=page.case,
            lang="zh-Hant" if language == "zh" else "en",
            other="en" if language == "zh" else "zh",
            levels=levels,
            lines=lines,
            say=labels(language),
            word=words(language, name=page.person),
            nonce=nonce,
        )
    )


def message_page(title: Text, sentences: Sequence[Text], nonce: str) -> str:
    """Return a page that says some sentences in both languages: whoever sees it may be anybody."""
    return environment().get_template("message_page.html.j2").render(title=title, sentences=sentences, nonce=nonce)
