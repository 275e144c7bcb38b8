"""A letter as plain text: what a mail program without HTML, an instant message or a screen reader shows."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable

from detect.notices.catalogue import label
from detect.render.escape import one_line, plain
from detect.render.letter import Letter, Section
from detect.render.view import CaseView, Group

__all__ = ["write"]

_WIDTH = 76


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
        yield f"  {name}: {one_line(value)}"
    yield from _list(label("impact", language), case.impact)
    yield from _list(label("measures", language), case.measures)
    if case.parts:
        yield from _list(label("parts", language), case.parts)
    if case.next_step:
        due = f" ({case.due})" if case.due else ""
        yield from _wrapped(f"{label('next', language)}: {one_line(case.next_step)}{due}", "  ")
    if case.id:
        yield f"  {label('case', language)}: {one_line(case.id)}"
    if case.url:
        yield f"  {case.url.unescape()}"


def _group(group: Group, language: str) -> Iterable[str]:
    shared = group.shared
    yield f"[{shared.level_name}] {one_line(group.title)}"
    yield from _list(label("impact", language), shared.impact)
    yield from _list(label("measures", language), shared.measures)
    for case in group.cases:
        yield from _wrapped(f"- {one_line(case.description)} ({one_line(case.id)})", "  ")


def _still_open(letter: Letter, language: str) -> Iterable[str]:
    if not letter.still_open:
        return
    yield from ("", f"== {label('still_open', language)} ==", "")
    for case in letter.still_open:
        yield from _wrapped(f"- [{case.level_name}] {one_line(case.description)} ({one_line(case.id)})")
        if case.next_step:
            yield from _wrapped(f"{case.next_step} {case.due}", "    ")
    if letter.still_more:
        yield f"  {label('not_judged_more', language, count=str(letter.still_more))}"


def _not_judged(letter: Letter, language: str) -> Iterable[str]:
    if not letter.not_judged:
        return
    yield from ("", f"== {label('not_judged', language)} ==", "")
    for what, outcome, cause in letter.not_judged:
        yield from _wrapped(f"- {one_line(what)}: {outcome}" + (f" ({one_line(cause)})" if cause else ""))
    if letter.not_judged_more:
        yield f"  {label('not_judged_more', language, count=str(letter.not_judged_more))}"


def _list(title: str, texts: Iterable[str]) -> Iterable[str]:
    yield f"  {title}:"
    for text in texts:
        yield from _wrapped(f"- {one_line(text)}", "    ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    """Fold a paragraph at the width of a mail; Chinese characters take two columns."""
    line = one_line(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in line)
    width = _WIDTH - round(_WIDTH / 2 * wide / max(len(line), 1))
    hanging = indent + ("  " if line.startswith("- ") else "")
    return textwrap.wrap(line, width, initial_indent=indent, subsequent_indent=hanging, break_on_hyphens=False) or [""]
