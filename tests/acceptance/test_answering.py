"""A head answers from a mail's link: in a real browser on a telephone, and nobody else's click changes anything."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.company import BREACH, Company, instant

CHROMIUM = Path("/usr/bin/chromium")
NOON = "2025-05-25T12:00+01:00"


@dataclass(frozen=True)
class Page:
    """The company's page as it runs: `link` is what stands in the mail of whoever answers for the case."""

    company: Company
    link: str
    case: str
    links: dict[str, set[str]]  # by recipient, every address in their mails

    def stored(self) -> dict[str, Any]:
        """Return what of the store a click could change."""
        return {
            name: rows
            for name, rows in self.company.stored().items()
            if name in {"exceptions", "case_events", "outbox"}
        }


def addresses(company: Company) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in sorted((company.folder / "var" / "mails").glob("*.eml")):
        mail = message_from_bytes(path.read_bytes(), policy=default)
        html = mail.get_body(("html",)).get_content()
        person = str(mail["To"]).partition("@")[0]
        found.setdefault(person, set()).update(re.findall(r'href="([^"]+)"', html))
    return found


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="module")
def page(judged_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Judge the night of `BREACH`, whose line over the fixed limit is told, and serve its links by `detect serve`."""
    folder = tmp_path_factory.mktemp("page") / "tea"
    shutil.copytree(judged_company, folder)
    company, port = Company(folder), free_port()
    company.replace("config/company.yaml", "http://127.0.0.1:8765", f"http://127.0.0.1:{port}")
    company.judge(BREACH)
    company.send(BREACH)
    with company.store() as store:
        (case,) = [c for c in store.cases() if c.subject == "largest_sale"]
    links = addresses(company)
    command = [Path(sys.executable).with_name("detect"), "serve", "--port", str(port), "--now", NOON]
    server = subprocess.Popen([*command, "--config", folder], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port, server)
        from detect.pipeline.addressing import links_of  # noqa: PLC0415 -- needs the company's key, made by now

        opens = links_of(company.book).opened
        night = instant(company, BREACH)
        of_case = [a for a in links["ida"] if opens(a.rpartition("/")[2], "case", night).subject == case.id]
        yield Page(company, of_case[0], case.id, links)
    finally:
        server.terminate()
        server.wait(30)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "the server ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the server did not answer")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Debian's Chromium."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed here")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- only where there is a browser

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield opened
        opened.close()


def test_a_mail_scanner_that_opens_every_link_changes_nothing(page: Page) -> None:
    """GET and HEAD of every address in every mail, and of what the pages name, leave the store as it was to the last row."""
    before = page.stored()
    every = {link for links in page.links.values() for link in links}
    assert len(every) > 5
    with httpx.Client(follow_redirects=True) as client:
        for link in every:
            assert client.head(link).status_code == 200
            found = client.get(link)
            assert found.status_code == 200
            assert found.headers["Cache-Control"] == "no-store"
            assert found.headers["Referrer-Policy"] == "no-referrer"
            assert "default-src 'none'" in found.headers["Content-Security-Policy"]
            assert "script" not in found.text
        assert client.get(f"{page.link}/chart.png").content.startswith(b"\x89PNG")
        for step in ("acknowledge", "assign?to=noor"):
            assert client.get(f"{page.link}?step={step}").status_code == 200
    assert page.stored() == before


@pytest.mark.parametrize(
    "how", ["changed", "cut", "another case's form", "another person's form", "no form", "expired"]
)
def test_a_link_that_is_not_ones_own_is_refused_kindly_and_changes_nothing(page: Page, how: str) -> None:
    """In both languages, with what to do, and without a word about the case."""
    from detect.pipeline.addressing import links_of  # noqa: PLC0415

    before = page.stored()
    links, now = links_of(page.company.book), instant(page.company, BREACH)
    form = {
        "another case's form": links.form("other", "ida", 1, now + timedelta(hours=9)),
        "another person's form": links.form(page.case, "noor", 1, now + timedelta(hours=9)),
        "no form": "",
    }
    with httpx.Client() as client:
        if how in form:
            done = client.post(page.link, data={"form": form[how], "step": "acknowledge"})
        elif how == "expired":
            old = links.case(page.case, "ida", now - timedelta(days=15))
            done = client.get(old)
        else:
            done = client.get(page.link[:-1] if how == "cut" else page.link.replace("/c/W", "/c/X"))
    assert done.status_code in {403, 404, 410}
    assert "Nothing was changed" in done.text
    assert "未作任何變更" in done.text
    assert "Anomaly monitoring" in done.text
    assert page.case not in done.text
    assert page.stored() == before


def test_a_page_of_another_site_cannot_press_the_button(page: Page) -> None:
    """A form posted from elsewhere, or in another form, is refused even with the right ticket."""
    before = page.stored()
    with httpx.Client() as client:
        form = re.search(r'name="form" value="([^"]+)"', client.get(page.link).text)[1]
        fields = {"form": form, "step": "acknowledge"}
        assert client.post(page.link, data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert client.post(page.link, json=fields).status_code == 415
        assert client.post(page.link, data=fields | {"note": "x" * 40_000}).status_code == 413
        assert client.get(page.link, headers={"Host": "evil.example"}).status_code == 400
    assert page.stored() == before


@pytest.mark.clause("P4.2")
@pytest.mark.clause("P3.5")
def test_a_head_acknowledges_assesses_and_hands_over_on_a_telephone(page: Page, browser: Any, detect: Any) -> None:
    """360 pixels wide, from the mail's link, without JavaScript; the history names the head, and the new owner is told."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    phone = context.new_page()
    phone.goto(page.link, timeout=60_000)
    assert phone.locator("html").get_attribute("lang") == "en"
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert "Largest line" in phone.locator("h1").inner_text()
    phone.get_by_role("button", name="I have seen it").click()
    assert "you have seen it" in phone.get_by_role("status").inner_text()
    phone.get_by_label("How grave is it, and why?").fill("A mistyped quantity <b>600</b>.")
    phone.get_by_role("button", name="Save the assessment").click()
    assert "your assessment" in phone.get_by_role("status").inner_text()
    assert "A mistyped quantity <b>600</b>." in phone.locator("ol").inner_text()
    phone.get_by_text("Hand it over").click()
    phone.get_by_label("To whom").select_option("noor")
    phone.get_by_role("button", name="Hand over").click()
    phone.go_back()
    phone.goto(page.link + "?lang=zh", timeout=60_000)
    assert phone.locator("html").get_attribute("lang") == "zh-Hant"
    assert "處理記錄" in phone.locator("main").inner_text()
    context.close()
    shown = json.loads(detect("cases", "show", page.case, "--json", company=page.company).stdout)
    steps = [(event["type"], event["actor"]) for event in shown["events"]][-3:]
    assert steps == [("acknowledged", "ida"), ("assessed", "ida"), ("assigned", "ida")]
    assert shown["status"] == "assessed"
    told = json.loads(detect("notify", "--record", page.case, "--json", company=page.company).stdout)["told"]
    assert "noor" in {message["to"] for message in told}


def test_a_button_pressed_twice_or_on_a_page_grown_old_does_it_once(page: Page) -> None:
    """The second press finds the case changed, says so, and saves nothing."""
    with httpx.Client() as client:
        form = re.search(r'name="form" value="([^"]+)"', client.get(page.link).text)[1]
        fields = {"form": form, "step": "snooze", "days": "1"}
        assert client.post(page.link, data=fields).status_code == 303
        before = page.stored()["case_events"]
        again = client.post(page.link, data=fields)
        assert again.status_code == 409
        assert "changed this case" in again.text
        nonsense = {"form": re.search(r'name="form" value="([^"]+)"', again.text)[1], "step": "close"}
        assert client.post(page.link, data=nonsense).status_code == 422
    assert page.stored()["case_events"] == before


def test_the_office_inbox_is_a_feed_for_one_person(page: Page, detect: Any) -> None:
    """Atom and JSON hold the same messages, by an address that only its own person has."""
    shown = detect("inbox", "ida", "--feed", "--json", "--now", NOON, company=page.company)
    found = json.loads(shown.stdout)
    with httpx.Client() as client:
        atom, feed = client.get(found["atom"]), client.get(found["json"])
        assert client.get(found["atom"].replace("/inbox/W", "/inbox/X")).status_code == 404
    titles = [item["title"] for item in feed.json()["items"]]
    assert atom.text.count("<entry>") == len(titles) > 0
    with page.company.store() as store:
        assert [row.notice.subject for row in store.inbox("ida")] == titles
