"""Warehouse text can make no markup, header, link, formula or terminal escape, wherever it is shown."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from detect.channels.message import as_email
from detect.errors import Undeliverable
from detect.model import Notice, Outcome, Text
from detect.notices.draft import NotJudged
from detect.render import mail, spreadsheet, terminal
from detect.render.escape import cell, environment, header, one_line, plain

MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</td></tr></table><h1>x",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe src=//evil.example></iframe>",
    "<!--",
    "-->",
    "]]>",
    "<style>*{display:none}</style>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    '"><script>alert(1)</script>',
    "' onmouseover='alert(1)",
    '" autofocus onfocus=alert(1) x="',
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0;url=//evil.example>",
    "<form action=//evil.example><input>",
    '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
    "<<script>script>alert(1)<</script>/script>",
    "\x00<scr\x00ipt>alert(1)</script>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    '<img src="cid:other">',
    "</title><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "<plaintext>",
    "<textarea>",
    "%3Cscript%3E",
    "\\u003cscript\\u003e",
    "<details open ontoggle=alert(1)>",
)
TEMPLATES = (
    "{{ 7 * 7 }}",
    "{{''.__class__.__mro__}}",
    "{% for x in () %}",
    "{# gone",
    "{name.__class__}",
    "{0}",
    "{}",
    "%s%n",
    "${HOME}",
    "#{7*7}",
)
CONTROLS = (
    "\x1b[2J\x1b[H",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31mred",
    "a\rb\r\nc",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\x08\x08\x08ok",
    "\u200b\u200d\ufeff",
    "\x7f",
    "\u2028next\u2029",
    "\U000e0041",
    "tab\there",
    "\x0bvt\x0cff",
    "[red]bold[/red]",
)
HEADERS = (
    "x\r\nBcc: all@example.org",
    "x\nContent-Type: text/html",
    "x\r\n\r\n<html>",
    "=?utf-8?q?=0d=0aBcc:_all@example.org?=",
    "y" * 3000,
)
FORMULAS = (
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "\u00a0=1+1",
    "＝1+1",
    "ok\n=1+1",
    "'=1+1",
    "%0A=1",
    "|calc",
)
LINKS = (
    "https://evil.example/login",
    "http://evil.example",
    "www.evil.example",
    "javascript://x",
    "hTTps://evil.example",
)
PAYLOADS = (*MARKUP, *TEMPLATES, *CONTROLS, *HEADERS, *FORMULAS, *LINKS)
OURS = {
    "html", "head", "meta", "title", "style", "body", "table", "thead", "tbody", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "p",
    "span", "ul", "li", "img", "a", "div", "strong", "br", "header", "main", "footer", "section", "article", "dl", "dt", "dd",
}  # fmt: skip
DANGEROUS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


class Seen(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.addresses, self.titles = [], set(), set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {value for name, value in attrs if name in {"src", "href"}}


def shape(html):
    return sorted(Seen(html).tags)


def test_there_are_enough_payloads():
    """The set is wide: markup, templates, controls, headers, formulas and links."""
    assert len(set(PAYLOADS)) >= 75


def the_case_mail(night, text):
    case = night.case(level=1, text=text)
    (draft,) = [d for d in night.drafts(case, text=text) if (d.recipient.id, d.kind) == ("ann", "case")]
    return mail.build(replace(draft, not_judged=draft.not_judged or _gaps(text)), {})


def _gaps(text):
    return (NotJudged(Text(en=text, zh=text), text, Outcome.ERROR, text),)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_mail_keeps_its_shape_whatever_a_name_holds(night, payload):
    """The tags are exactly those of a harmless name; text, subject and headers hold no control and no link."""
    told = the_case_mail(night, payload)
    seen = Seen(told.html)
    assert shape(told.html) == shape(the_case_mail(night, "honest").html)
    assert set(seen.tags) <= OURS
    assert not any(name.startswith("on") for name in seen.attributes)
    assert seen.addresses == {"https://yujing.example.org/cases/2011-01-18-revenue-UK"}
    assert not DANGEROUS.search(told.html + told.text + told.subject)
    for form in (told.html, told.text, told.subject):
        assert set(re.findall(r"(?i)[a-z]+://[\w.]+|www\.\w+", form)) <= {"https://yujing.example.org"}
    _has_only_our_headers(told, night)


def _has_only_our_headers(told, night):
    sent = as_email(told, sender="yujing@example.org", now=night.now)
    expected = {
        "Subject",
        "From",
        "To",
        "Date",
        "Message-ID",
        "Auto-Submitted",
        "Content-Language",
        "MIME-Version",
        "Content-Type",
    }
    assert set(sent.keys()) == expected
    assert len(told.subject) <= 150
    head = bytes(sent).split(b"\r\n\r\n")[0]
    assert not re.search(rb"(?im)^bcc:", head)
    assert str(make_header(decode_header(sent["Subject"]))) == told.subject or "=?" in told.subject


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_report_keeps_its_shape_whatever_a_name_holds(night, payload):
    """The whole page, with tables of data quality and coverage."""
    honest = night.report(night.case(text="honest"), text="honest", histories={})
    page = night.report(night.case(text=payload), text=payload, histories={})
    seen = Seen(page)
    assert shape(page) == shape(honest)
    assert set(seen.tags) <= OURS
    assert not any(name.startswith("on") for name in seen.attributes)
    assert not DANGEROUS.search(page)


def test_a_terminal_gets_no_control_and_no_markup(night):
    """Tables print names as they are, without moving the cursor, colouring, reordering or linking."""
    stream = io.StringIO()
    screen = terminal.console(stream)
    terminal.night(screen, night.summary(), [night.case(f"c{n}", text=text) for n, text in enumerate(PAYLOADS)])
    screen.print(terminal.listing(["name"], [[payload] for payload in PAYLOADS]))
    screen.print(terminal.pairs({payload: payload for payload in PAYLOADS}))
    printed = stream.getvalue()
    assert not DANGEROUS.search(printed)
    assert "[red]bold[/red]" in printed
    assert "…" not in printed


def test_a_spreadsheet_runs_nothing(night):
    """No text cell begins a line as a formula, in CSV and XLSX alike; numbers stay numbers."""
    cases = [night.case(f"c{n}", text=text, department=text) for n, text in enumerate(PAYLOADS)]
    sheet = load_workbook(io.BytesIO(spreadsheet.as_xlsx(cases, night.now))).worksheets[0]
    assert all(field.data_type != "f" for row in sheet.iter_rows() for field in row)
    assert isinstance(sheet["H2"].value, float)
    table = list(csv.reader(io.StringIO(spreadsheet.as_csv(cases).decode("utf-8-sig"))))
    assert len(table) == len(PAYLOADS) + 1
    for value in (v for row in table[1:] for v in row if not re.fullmatch(r"-?[\d.]+", v)):
        assert not re.search(r"(?m)^[\s\u00a0]*[=+\-@＝|%]", value)


def test_a_subject_that_escaped_the_layer_makes_no_header(night):
    """The mail library would decode `=?…?=` into line breaks of its own: such a subject is refused, not sent."""
    told = replace(the_case_mail(night, "x"), subject="=?utf-8?q?=0d=0aBcc:_all@example.org?=")
    with pytest.raises(Undeliverable):
        as_email(told, sender="yujing@example.org", now=night.now)


@given(st.text())
def test_no_text_at_all_gets_through(text):
    """Any text, of every plane of Unicode, is harmless after the layer; printable text survives it."""
    assert not DANGEROUS.search(plain(text))
    assert "\n" not in one_line(text) + header(text)
    assert len(header(text)) <= 150
    page = environment().from_string("<p>{{ text }}</p>").render(text=text)
    assert Seen(page).tags == ["p"]
    assert not str(cell(text)).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.text(max_size=300))
def test_any_subject_arrives_as_shown_and_alone(text):
    """Whatever a name holds, the mail has one subject, which reads as the layer made it, and no header more."""
    notice = Notice("key", "ann", "mail", "ann@example.org", header(text), "text")
    sent = as_email(notice, sender="y@example.org", now=datetime(2011, 1, 19, tzinfo=UTC))
    received = message_from_bytes(bytes(sent), policy=default)
    assert received["Subject"] == header(text)
    assert len(received.keys()) == len(sent.keys())


def test_honest_text_is_left_as_it_is():
    """Chinese, accents and signs of currency come out as they went in; lines stay lines."""
    assert plain("營業額 £1,200 café\nnext") == "營業額 £1,200 café\nnext"
    assert one_line("a\nb\tc") == "a b c"
    assert cell("Paris") == "Paris"
    assert cell(-3.5) == -3.5
    assert plain("lone \ud800 surrogate") == "lone  surrogate"
