"""Mails that a head reads, on a telephone too, and that say the four fields of the policy."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from detect.model import Status
from detect.notices.links import Links
from detect.render import mail
from detect.render.mail import chart_id


class Page(HTMLParser):
    """Collects the tags, the text and the addresses of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.addresses = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.addresses += [value for name, value in attrs if name in {"src", "href", "background", "action"}]

    def handle_data(self, data):
        if data.strip():
            self.text.append(" ".join(data.split()))


def first_text_of_body(html):
    return Page(html[html.index("<body") :]).text[0]


def notice(notices, person, kind="digest"):
    (found,) = [n for n in notices if n.recipient == person and n.kind == kind]
    return found


@pytest.mark.clause("P3.5")
@pytest.mark.parametrize("kind", ["digest", "case"])
@pytest.mark.parametrize(("person", "fields"), [
    ("ann", ("Level 1 · major", "Possible impact", "Stock is bound.", "Suggested measures", "Check the ten largest lines.",
             "Next step", "by 2011-01-19 06:30", "£38,000 (30,100–46,500)", "2011-01-18-revenue-UK", "Data up to 2011-01-18")),
    ("dana", ("一級（重大）", "可能影響", "庫存被佔用。", "建議措施", "核對最大的十筆。",
              "下一步", "期限 2011-01-19 06:30", "資料截至 2011-01-18")),
])  # fmt: skip
def test_a_warning_states_what_happened_its_level_impact_and_measures(night, kind, person, fields):
    """Every form of a warning has the four fields, and what comes next by when, in the reader's language."""
    case = night.case(level=1)
    told = notice(night.notices(case), person, kind)
    text = " ".join(told.text.split())
    html = " ".join(Page(told.html).text)
    for field in (*fields, case.description[told.language]):
        assert " ".join(field.split()) in html
        assert re.sub(r"\s", "", field) in re.sub(r"\s", "", text)


@pytest.mark.parametrize(("person", "line"), [
    ("ann", "412 of 412 checks made, 3 new, 1 overdue, £12,340 at stake"),
    ("dana", "412 項檢查已完成 412 項，新增 3 件，逾期 1 件，涉及金額 £12,340"),
])  # fmt: skip
@pytest.mark.parametrize("busy", [True, False])
def test_the_first_line_of_a_digest_is_the_summary_on_quiet_nights_too(night, person, line, busy):
    """Before anything else, in both forms, whether or not there is something to tell."""
    cases = [night.case(level=1)] if busy else []
    digest = notice(night.notices(*cases, summary=night.summary()), person)
    assert digest.text.splitlines()[0] == line
    assert first_text_of_body(digest.html) == line
    assert line in digest.subject


def test_no_all_clear_is_given_for_an_incomplete_night(night):
    """Only a complete run may say that nothing was found."""
    complete = notice(night.notices(summary=night.summary()), "ann")
    incomplete = notice(night.notices(), "ann")
    assert "nothing new was found" in complete.text
    assert "no all-clear" in " ".join(incomplete.text.split())
    assert "Revenue (Eire): error (column is missing)" in incomplete.text


def test_the_chart_travels_inside_the_mail_and_has_words_for_those_who_cannot_see_it(night):
    """A cid image of less than 60 KB with an alternative text in HTML, a line of blocks in plain text."""
    case = night.case(level=1)
    told = notice(night.notices(case), "ann")
    images = [attrs for tag, attrs in Page(told.html).tags if tag == "img"]
    assert [attrs["src"] for attrs in images] == [f"cid:{name}" for name in told.images]
    assert len(images) == 1
    assert "1 marked" in images[0]["alt"]
    assert all(data.startswith(b"\x89PNG") and len(data) < 60_000 for data in told.images.values())
    assert re.search("[▁▂▃▄▅▆▇█]{20}", told.text)


def test_a_case_without_a_series_has_no_picture(night):
    """A broken rule has no chart, and its mail is whole without one."""
    told = notice(night.notices(night.case(), histories={}), "ann")
    assert not told.images
    assert "<img" not in told.html


def test_a_mail_fetches_nothing_and_links_only_to_the_case(night):
    """No remote picture, style or script: only our own page's address may be followed."""
    told = notice(night.notices(night.case(level=1)), "ann")
    page = Page(told.html)
    assert not {tag for tag, _ in page.tags} & {"script", "link", "iframe", "object", "form"}
    assert set(page.addresses) == {
        "cid:" + chart_id("2011-01-18-revenue-UK"),
        "https://yujing.example.org/cases/2011-01-18-revenue-UK",
    }


def test_a_storm_lists_every_case_with_impact_and_measures(night):
    """Beyond the cap cases are grouped, and each is still there by its id."""
    cases = [night.case(f"case-{n:03}", level=3, stake=float(n)) for n in range(120)]
    told = notice(night.notices(*cases, histories={}), "ann")
    assert all(case.id in told.html and case.id in told.text for case in cases)
    assert told.text.count("Suggested measures") == 21  # twenty in full, the rest as one group
    assert len(told.html) < 400_000


def test_each_picture_of_a_night_is_drawn_once_for_all_recipients(night):
    """Two recipients of one case get the same picture, from the same drawing."""
    case = night.case(level=1)
    drawn = {}
    made = [mail.build(draft, {case.id: night.history()}, drawn) for draft in night.drafts(case)]
    pictures = [picture for n in made for picture in n.images.values()]
    assert len(pictures) == 4
    assert {id(p) for p in pictures} == {id(drawn[case.id])}


def test_a_letter_is_the_same_over_each_channel_of_its_reader(night):
    """Made together or alone a notice is the same to the byte; what other readers share is not what one reads."""
    case = night.case(level=1)
    drafts = [replace(d, channel=c, key=f"{d.key} {c}") for d in night.drafts(case) for c in ("mail", "inbox")]
    public = replace(drafts[0], channel="chat", links=Links("https://yujing.example.org/public"))
    made = mail.build_all([*drafts, public], {case.id: night.history()})
    assert made == [mail.build(draft, {case.id: night.history()}) for draft in (*drafts, public)]
    assert made[0].html is made[1].html
    assert "/public/" in made[-1].html
    assert "/public/" not in made[0].html


def test_the_same_draft_makes_the_same_notice(night):
    """What is built again is the same to the byte."""
    case = night.case(level=1)
    assert night.notices(case) == night.notices(case)


def test_an_overdue_case_says_since_when(night):
    """Lateness is told with the deadline that passed."""
    case = night.case(status=Status.ACKNOWLEDGED)
    late = {case.id: night.now - timedelta(hours=3)}
    (draft,) = [d for d in night.drafts(case, deadlines=late) if d.recipient.id == "ann"]
    told = mail.build(draft, {})
    assert "overdue since 2011-01-18 23:30" in " ".join(told.text.split())
    assert "Ann Lee makes a first assessment" in told.text


def test_an_alarm_of_the_system_has_the_four_fields_too(night):
    """The monitoring department reads what was missed, how grave that is, what it means and what to do."""
    told = notice(night.notices(), "mo", "operations")
    for field in ("Level", "Possible impact", "Suggested measures", "detect run --as-of 2011-01-18"):
        assert field in told.text
        assert field in told.html


def test_parts_of_one_trouble_are_listed_under_it(night):
    """A child case stands under its parent with its own id."""
    parent, child = night.case("parent"), night.case("child", parent="parent")
    told = notice(night.notices(parent, child, histories={}), "ann")
    assert "The same trouble is seen in" in told.text
    assert "(child)" in told.html
