"""The signed webhook against a real HTTP server that answers, delays, redirects, hangs and pours."""

from __future__ import annotations

import hmac
import json
import shutil
import ssl
import subprocess
import threading
import time
from datetime import UTC, date, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from detect.channels import WebhookChannel
from detect.errors import DeliveryError, Undeliverable
from detect.model import Notice

NOW = datetime(2011, 1, 19, 2, 30, tzinfo=UTC)
SECRET = "s" * 32
NOTICE = Notice(
    "k1", "ann", "hook", "ann@example.org", "一級", "What happened", case_ids=("c1",), as_of=date(2011, 1, 18)
)


class Scripted(BaseHTTPRequestHandler):
    """Answers by the path: /status/429, /redirect, /hang, /pour, /trickle."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), body))
        what, _, rest = self.path.strip("/").partition("/")
        if what == "hang":
            self.server.release.wait(10)
            return
        self.send_response({"status": int(rest or 200) if rest.isdecimal() else 200, "redirect": 301}.get(what, 200))
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        if what == "redirect":
            self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/status/200")
        self.end_headers()
        try:
            if what == "pour":
                while not self.server.release.is_set():
                    self.wfile.write(b"x" * 65536)
                    self.server.poured += 65536
            elif what == "trickle":
                while not self.server.release.wait(0.1):
                    self.wfile.write(b"x")
                    self.wfile.flush()
            else:
                self.wfile.write(b"noted")
        except OSError:
            self.close_connection = True

    def log_message(self, *_):
        """Stay silent."""


@pytest.fixture
def receiver():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Scripted)
    server.seen, server.headers, server.release, server.poured = [], {}, threading.Event(), 0
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        thread.join()
        server.server_close()


def hook(receiver, path="/status/200", **options):
    url = f"http://127.0.0.1:{receiver.server_port}{path}"
    return WebhookChannel(kind="webhook", url=url, secret=SECRET, allow_loopback=True, **options)


def test_a_receiver_can_check_who_sent_what_and_whether_it_is_a_repeat(receiver):
    """The signature covers time and body; the key is the same on every try."""
    receipt = hook(receiver).send(NOTICE, NOW)
    hook(receiver).send(NOTICE, NOW)
    (_, headers, body), (_, again, _) = receiver.seen
    expected = hmac.new(SECRET.encode(), headers["Yujing-Timestamp"].encode() + b"." + body, sha256).hexdigest()
    assert receipt.accepted
    assert receipt.answer == "200 noted"
    assert headers["Yujing-Signature"] == expected
    assert headers["Yujing-Timestamp"] == str(int(NOW.timestamp()))
    assert headers["Idempotency-Key"] == again["Idempotency-Key"]
    assert headers["Host"] == f"127.0.0.1:{receiver.server_port}"
    assert json.loads(body) == {
        "key": "k1", "kind": "digest", "recipient": "ann", "language": "en", "as_of": "2011-01-18", "subject": "一級",
        "text": "What happened", "cases": ["c1"],
    }  # fmt: skip


@pytest.mark.parametrize(("wish", "seconds"), [
    ("120", 120.0), ("Wed, 19 Jan 2011 02:31:30 GMT", 90.0), ("Tue, 18 Jan 2011 02:31:30 GMT", 0.0), ("999999", 3600.0),
    ("soon", None), ("", None),
])  # fmt: skip
def test_a_busy_receiver_is_left_alone_for_as_long_as_it_asks(receiver, wish, seconds):
    """429 with Retry-After in either form, at most an hour; without it the outbox decides."""
    receiver.headers = {"Retry-After": wish} if wish else {}
    with pytest.raises(DeliveryError, match="429") as caught:
        hook(receiver, "/status/429").send(NOTICE, NOW)
    assert caught.value.retry_after == seconds
    assert not isinstance(caught.value, Undeliverable)


@pytest.mark.parametrize(
    ("status", "forever"), [(500, False), (503, False), (408, False), (400, True), (401, True), (410, True)]
)
def test_a_failing_receiver_is_tried_again_and_a_refusing_one_never(receiver, status, forever):
    """5xx may pass, 4xx is a matter of configuration."""
    with pytest.raises(DeliveryError, match=str(status)) as caught:
        hook(receiver, f"/status/{status}").send(NOTICE, NOW)
    assert isinstance(caught.value, Undeliverable) is forever


def test_no_redirect_is_followed(receiver):
    """301 is an error of the configuration; the place it points to is not asked."""
    with pytest.raises(Undeliverable, match="301"):
        hook(receiver, "/redirect").send(NOTICE, NOW)
    assert [path for path, _, _ in receiver.seen] == ["/redirect"]


def test_a_receiver_that_hangs_is_left(receiver):
    """No answer within the limit is tried again."""
    with pytest.raises(DeliveryError, match="did not answer") as caught:
        hook(receiver, "/hang", timeout_seconds=0.3).send(NOTICE, NOW)
    assert not isinstance(caught.value, Undeliverable)


@pytest.mark.parametrize("path", ["/pour", "/trickle"])
def test_an_answer_without_end_is_cut(receiver, path):
    """64 KiB or the time limit, whichever comes first; what was said counts as the answer."""
    begun = time.monotonic()
    receipt = hook(receiver, path, timeout_seconds=1.0).send(NOTICE, NOW)
    assert receipt.accepted
    assert len(receipt.answer) < 300
    assert time.monotonic() - begun < 5
    assert receiver.poured < 50_000_000


def test_a_receiver_that_is_not_there_is_tried_again(receiver):
    """No connection is no fault of the message."""
    gone = WebhookChannel(kind="webhook", url="http://127.0.0.1:1/x", secret=SECRET, allow_loopback=True)
    with pytest.raises(DeliveryError, match="did not answer"):
        gone.send(NOTICE, NOW)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate of this test")
def test_the_certificate_is_checked_for_the_name_although_the_address_was_looked_up_before(receiver, tmp_path):
    """The connection goes to the address found once; the certificate must still be that of the host's name."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver.socket = context.wrap_socket(receiver.socket, server_side=True)
    address = f"https://{{}}:{receiver.server_port}/status/200"
    known = {"kind": "webhook", "secret": SECRET, "allow_loopback": True, "ca_file": certificate}
    assert WebhookChannel(url=address.format("localhost"), **known).send(NOTICE, NOW).accepted
    for stranger in ({"url": address.format("127.0.0.1")}, {"url": address.format("localhost"), "ca_file": None}):
        with pytest.raises(DeliveryError, match=r"(?i)certificate"):
            WebhookChannel(**(known | stranger)).send(NOTICE, NOW)
