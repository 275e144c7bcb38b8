"""The night's report: one file, two languages, nothing from outside, readable by everyone."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from detect.model import Check, Outcome


class Outline(HTMLParser):
    """Collects headings, images, tables and whatever would be fetched."""

    def __init__(self, html):
        super().__init__()
        self.headings, self.images, self.fetched, self.tags, self.scopes = [], [], [], [], 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img":
            self.images.append(given)
        self.scopes += "scope" in given
        self.fetched += [v for name, v in attrs if name in {"src", "href", "action", "poster", "srcset"}]


@pytest.mark.parametrize(("language", "words"), [
    ("en", ("412 of 412 checks made", "Level 1 · major", "Possible impact", "Suggested measures", "Next step",
            "Level set by", "Level 1 after three days running.", "Data quality", "12 of 3112 rows break the rule",
            "What was not judged, and why", "column is missing", "Promised a week", "Gift Retail Ltd", "82%")),
    ("zh", ("412 項檢查已完成 412 項", "一級（重大）", "可能影響", "建議措施", "下一步", "定級規則", "連續三天則為一級。",
            "數據質量", "未能判斷的項目及原因", "每週承諾", "禮品零售公司")),
])  # fmt: skip
def test_the_report_says_everything_of_the_night_in_the_reader_s_language(night, language, words):
    """Summary, cases with impact and measures, the rule, data quality, coverage, promised against realised."""
    page = night.report(night.case(level=1), night.case("other", level=3), language=language)
    assert page.count("Level 1 after" if language == "en" else "則為一級") == 1  # nothing is graver than level 1
    for word in words:
        assert word in page
    assert f'<html lang="{"zh-Hant" if language == "zh" else "en"}">' in page


def test_nothing_is_fetched_from_anywhere(night):
    """No address but data: URIs; no script, no style sheet, no import; a policy that forbids them besides."""
    page = night.report(night.case())
    outline = Outline(page)
    assert all(address.startswith("data:image/svg+xml;base64,") for address in outline.fetched)
    assert not re.search(r"(?i)(src|href)=[\"']?(https?:)?//|@import|url\(", page)
    assert not set(outline.tags) & {"script", "link", "iframe", "object", "embed", "base"}
    assert "default-src 'none'; img-src data:" in page


def test_the_page_is_built_for_people_who_cannot_see_it(night):
    """One h1, no heading level skipped, an alternative text for every picture, headers on every table."""
    outline = Outline(night.report(night.case(level=1), night.case("other", level=2)))
    assert outline.headings.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:], strict=False))
    assert len(outline.images) == 2
    assert all("Chart of 120 days up to 2011-01-18" in image["alt"] for image in outline.images)
    assert outline.tags.count("table") <= outline.scopes
    assert outline.tags.count("main") == 1


def test_a_night_of_many_cases_stays_below_three_megabytes(night):
    """Pictures stop where the file would grow too large; every case stays in the list."""
    cases = [night.case(f"case-{n:03}", level=1 + n % 3) for n in range(400)]
    page = night.report(*cases)
    assert len(page.encode()) < 3_000_000
    assert all(case.id in page for case in cases)


def test_a_night_without_cases_says_so(night):
    """Nothing found is a sentence, not an empty page."""
    assert "No exceptions on this date." in night.report()
    assert "此日期沒有異常。" in night.report(language="zh")


def test_quality_counts_each_table_s_expectations_by_outcome(night):
    """Met, not met and could not be checked are three columns, and a clean night says that all were met."""
    rows = (
        Check("lines:a", "expectation", 1, {Outcome.OK: 1}),
        Check("lines:b", "expectation", 1, {Outcome.ERROR: 1}, notable=(("", Outcome.ERROR, "no such column"),)),
    )
    page = night.report(checks=rows)
    assert re.search(r'<tr><th scope="row">lines</th><td>1</td><td>0</td><td>1</td></tr>', page)
    assert "no such column" in page
    assert "All 1 expectations were met." in night.report(checks=rows[:1])


def test_the_same_night_makes_the_same_page(night):
    """Pictures too are the same to the byte."""
    assert night.report(night.case()) == night.report(night.case())
