"""Whether this machine and this company's databases and channels are fit to run on: each fault says what to do."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo

from detect.channels import Sender, sender
from detect.config.book import Book
from detect.db.store import Store
from detect.db.warehouse import Warehouse
from detect.errors import DeliveryError, DetectError, StoreBusy
from detect.model import Notice, Person

__all__ = ["Examined", "examine", "send_test"]

GIGABYTE = 1 << 30
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PREFECT = "3.8"


@dataclass(frozen=True)
class Examined:
    """One thing looked at: `state` is ok, advice (it runs, but not all of it) or fault; `remedy` says what to do."""

    what: str
    state: str
    found: str
    remedy: str = ""


def examine(book: Book, now: datetime) -> list[Examined]:
    """Look at everything that a night needs, each on its own account; the store's tables are made where they are not there yet."""
    return [
        *_store(book),
        *_warehouse(book, now),
        _disk(book.output),
        _zone(book, now),
        _prefect(),
        _font(),
        _browser(),
    ]


def _store(book: Book) -> Iterator[Examined]:
    try:
        with Store.open(book.store_url) as store, store.lease("doctor", timedelta(seconds=10)):
            yield Examined("store", "ok", "its tables are those of this version, and it can be written")
    except StoreBusy as busy:
        yield Examined("store", "ok", f"another run holds it ({busy.what})")
    except DetectError as error:
        yield Examined("store", "fault", error.what, error.remedy or "Correct `store` in `config/company.yaml`.")


def _warehouse(book: Book, now: datetime) -> Iterator[Examined]:
    today = now.astimezone(ZoneInfo(book.company.timezone)).date()
    with Warehouse(book.warehouse_url, book.company.databases) as warehouse:
        for source in sorted((s for s in book.sources.values() if s.database == "warehouse"), key=lambda s: s.id):
            what = f"warehouse: {source.table}"
            try:
                last, writable = warehouse.last_day(source, today), warehouse.may_write(source)
            except DetectError as error:
                yield Examined(
                    what, "fault", error.what, error.remedy or "Correct `config/tables.yaml`, or grant SELECT."
                )
                continue
            if writable:
                remedy = "Use an account with SELECT alone; this program reads, and never needs more."
                yield Examined(what, "fault", "the account may change the table", remedy)
            elif last is None:
                yield Examined(
                    what, "advice", "it has no rows yet", "Load it, or look at `day` in `config/tables.yaml`."
                )
            else:
                yield Examined(what, "ok", f"read only, rows up to {last}")


def _disk(output: Path) -> Examined:
    place = next(path for path in (output, *output.parents) if path.exists())
    free = shutil.disk_usage(place).free
    state, remedy = (
        ("ok", "") if free >= GIGABYTE else ("fault", f"Make room: reports and mails are written to {output}.")
    )
    return Examined("disk", state, f"{free / GIGABYTE:.1f} GB free at {place}", remedy)


def _zone(book: Book, now: datetime) -> Examined:
    zone = book.company.timezone
    return Examined("time zone", "ok", f"{zone}, where it is {now.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}")


def _prefect() -> Examined:
    try:
        found = version("prefect")
    except PackageNotFoundError:
        remedy = "Install it, or run `detect run` and `detect follow-up` by cron."
        return Examined("Prefect", "advice", "it is not installed", remedy)
    if found.startswith(f"{PREFECT}."):
        return Examined("Prefect", "ok", found)
    return Examined("Prefect", "fault", f"{found} is another than {PREFECT}", f"Install Prefect {PREFECT}.")


def _font() -> Examined:
    remedy = "Install one, such as the package fonts-noto-cjk; pages and mails use the reader's own fonts."
    program = shutil.which("fc-list")
    if program is None:
        return Examined("Chinese font", "advice", "fontconfig is not there to ask", remedy)
    listed = subprocess.run([program, ":lang=zh"], capture_output=True, text=True, timeout=30, check=False).stdout  # noqa: S603 - fixed words
    count = len(listed.splitlines())
    return (
        Examined("Chinese font", "ok", f"{count} found")
        if count
        else Examined("Chinese font", "advice", "none", remedy)
    )


def _browser() -> Examined:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    remedy = "Install Chromium where reports are to become PDF files; nothing else needs it."
    return Examined("Chromium", "ok", found) if found else Examined("Chromium", "advice", "not found", remedy)


def send_test(book: Book, now: datetime) -> list[Examined]:
    """Send one harmless message over each channel to the head of the monitoring department, past the outbox."""
    person = book.people[book.departments[book.company.monitoring_department].head]
    with Store.open(book.store_url) as store:
        return [
            _sent(_test(name, person, now), sender(channel, base=book.output, put=store.inbox_put), now)
            for name, channel in sorted(book.company.channels.items())
        ]


def _sent(notice: Notice, channel: Sender, now: datetime) -> Examined:
    what = f"channel {notice.channel}"
    try:
        answer = channel.send(notice, now).answer
    except DeliveryError as error:
        remedy = error.remedy or f"Correct `channels: {notice.channel}` in `config/company.yaml`."
        return Examined(what, "undelivered", error.what, remedy)
    return Examined(what, "ok", f"a test message for {notice.recipient} was accepted: {answer}")


def _test(name: str, person: Person, now: datetime) -> Notice:
    said = {
        "en": ("A test message", "This is a test of the channel. Nothing is wrong, and nothing is to be done."),
        "zh": ("測試訊息", "這是通道測試訊息，並無異常，無須處理。"),
    }
    subject, text = said["zh" if person.language == "zh" else "en"]
    key = hashlib.sha256(f"test {name} {now.isoformat()}".encode()).hexdigest()
    return Notice(key, person.id, name, person.email, subject, text, language=person.language, kind="operations")
