"""A letter as plain text: what a mail program without HTML, an instant message or a screen reader shows."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from detect.notices.catalogue import label
from detect.render.escape import one_line, plain
from detect.render.letter import Letter, Section
from detect.render.view import CaseView, Group

__all__ = ["write"]

_WIDTH = 76
_KEPT = 4096  # paragraphs: a company's open cases stand in the mails of many readers and days


def write(letter: Letter) -> str:
    """Write the letter; its first line is the headline, what was checked and what it is about."""
    language = "zh" if letter.language.startswith("zh") else "en"
    lines = [one_line(letter.headline), "", one_line(letter.title)]
    if letter.nothing:
        lines += ["", *_wrapped(letter.nothing)]
    if letter.alarm:
        lines += ["", *_case(letter.alarm, language)]
    for section in letter.sections:
        lines += _section(section, language)
    lines += _still_open(letter, language)
    lines += _not_judged(letter, language)
    for title, texts in (("undelivered", letter.undelivered), ("incomplete", letter.incomplete)):
        if texts:
            lines += ["", f"== {label(title, language)} ==", ""]
            lines += [line for said in texts for line in _wrapped(f"- {one_line(said)}")]
    if letter.below:
        lines += ["", *_wrapped(letter.below)]
    lines += ["", "-" * 40, *(line for text in letter.footer for line in _wrapped(text))]
    return plain("\n".join(lines)) + "\n"


def _section(section: Section, language: str) -> Iterable[str]:
    yield from ("", f"== {one_line(section.title)} ==")
    for case in section.cases:
        yield ""
        yield from _case(case, language)
    for group in section.groups:
        yield ""
        yield from _group(group, language)


def _case(case: CaseView, language: str) -> Iterable[str]:
    yield f"[{case.level_name}]" + (f" {case.change}" if case.change else "")
    yield from _wrapped(case.description)
    if case.spark:
        yield f"  {case.spark}"
    for name, value in case.facts:
        yield "  " + _pair(name, one_line(value), language)
    yield from _list("impact", case.impact, language)
    yield from _list("measures", case.measures, language)
    if case.parts:
        yield from _list("parts", case.parts, language)
    if case.earlier:
        yield from _list("earlier", case.earlier, language)
    if case.next_step:
        due = _aside(case.due, language) if case.due else ""
        yield from _wrapped(_pair(label("next", language), one_line(case.next_step) + due, language), "  ")
    if case.id:
        yield "  " + _pair(label("case", language), one_line(case.id), language)
    if case.url:
        yield f"  {case.url.unescape()}"


def _group(group: Group, language: str) -> Iterable[str]:
    shared = group.shared
    yield f"[{shared.level_name}] {one_line(group.title)}"
    yield from _list("impact", shared.impact, language)
    yield from _list("measures", shared.measures, language)
    for case in group.cases:
        yield from _wrapped(f"- {one_line(case.description)}{_aside(one_line(case.id), language)}", "  ")


def _still_open(letter: Letter, language: str) -> Iterable[str]:
    if not letter.still_open:
        return
    yield from ("", f"== {label('still_open', language)} ==", "")
    for case in letter.still_open:
        about = f"{one_line(case.description)}{_aside(one_line(case.id), language)}"
        yield from _wrapped(f"- [{case.level_name}] {about}")
        if case.next_step:
            yield from _wrapped(f"{case.next_step} {case.due}", "    ")
    if letter.still_more:
        yield f"  {label('not_judged_more', language, count=str(letter.still_more))}"


def _not_judged(letter: Letter, language: str) -> Iterable[str]:
    if not letter.not_judged:
        return
    yield from ("", f"== {label('not_judged', language)} ==", "")
    for what, outcome, cause in letter.not_judged:
        why = outcome + (_aside(one_line(cause), language) if cause else "")
        yield from _wrapped("- " + _pair(one_line(what), why, language))
    if letter.not_judged_more:
        yield f"  {label('not_judged_more', language, count=str(letter.not_judged_more))}"


def _pair(name: str, value: str, language: str) -> str:
    return f"{name}：{value}" if language == "zh" else f"{name}: {value}"


def _aside(text: str, language: str) -> str:
    return f"（{text}）" if language == "zh" else f" ({text})"


def _list(title: str, texts: Iterable[str], language: str) -> Iterable[str]:
    yield "  " + _pair(label(title, language), "", language).rstrip()
    for text in texts:
        yield from _wrapped(f"- {one_line(text)}", "    ")


@lru_cache(maxsize=_KEPT)
def _wrapped(text: str, indent: str = "") -> tuple[str, ...]:
    """Fold a paragraph at the width of a mail; Chinese characters take two columns."""
    line = one_line(text)
    wide = 0 if line.isascii() else sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    width = _WIDTH - round(_WIDTH / 2 * wide / max(len(line), 1))
    hanging = indent + ("  " if line.startswith("- ") else "")
    lines = textwrap.wrap(line, width, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False)
    return tuple(lines) or ("",)
