"""What the configuration may say about channels, and what is refused before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from detect.channels import Channel, FolderChannel, Inbox, Receipt, sender
from detect.errors import DeliveryError, Undeliverable
from detect.model import Notice

NOW = datetime(2011, 1, 19, 2, 30, tzinfo=UTC)
NOTICE = Notice("key", "ann", "mail", "ann@example.org", "Subject @all", "Text <b>[x](http://y)</b> @all")
channel = TypeAdapter(Channel).validate_python


@pytest.mark.parametrize("given", [
    {"kind": "folder", "path": "mails"},
    {"kind": "inbox"},
    {"kind": "smtp", "host": "mail.example.org", "sender": "y@example.org", "username": "y", "password": "p"},
    {"kind": "webhook", "url": "https://hook.example.org/x", "secret": "s" * 16},
    {"kind": "wecom", "url": "wecombot://key"},
    {"kind": "slack", "url": "slack://a/b/c"},
])  # fmt: skip
def test_one_entry_makes_a_channel_of_its_kind(given):
    """A channel is one line of configuration, and its kind decides what it may hold."""
    assert channel(given).kind == given["kind"]


@pytest.mark.parametrize(("given", "told"), [
    ({"kind": "pigeon"}, "does not match any of the expected tags"),
    ({"kind": "folder", "pth": "x"}, "Extra inputs"),
    ({"kind": "smtp", "host": "h", "sender": "s", "username": "u"}, "username and password go together"),
    ({"kind": "smtp", "host": "h", "sender": "s", "username": "u", "password": "p", "security": "none"}, "in clear"),
    ({"kind": "webhook", "url": "http://hook.example.org", "secret": "s" * 16}, "only https"),
    ({"kind": "webhook", "url": "https://u:p@hook.example.org", "secret": "s" * 16}, "no user or password"),
    ({"kind": "webhook", "url": "https://hook.example.org", "secret": "short"}, "at least 16"),
    ({"kind": "webhook", "url": "file:///etc/passwd", "secret": "s" * 16}, "URL scheme"),
    ({"kind": "wecom", "url": "json://evil.example"}, "beginning with wecombot://"),
    ({"kind": "slack", "url": "slack://a/b/c, json://evil.example"}, "one apprise address"),
])  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_a_reason(given, told):
    """A misspelt key, a password in clear, plain http, another kind's address: said at load, not at sending."""
    with pytest.raises(ValidationError, match=told):
        channel(given)


def test_secrets_never_show():
    """Passwords, signing secrets and robot tokens stay out of every representation."""
    shown = [
        repr(channel({"kind": "smtp", "host": "h", "sender": "s@x", "username": "u", "password": "canary-1"})),
        str(channel({"kind": "webhook", "url": "https://h.example", "secret": "canary-2-canary-2"})),
        channel({"kind": "wecom", "url": "wecombot://canary-3"}).model_dump_json(),
    ]
    assert "canary" not in "".join(shown)


@pytest.mark.parametrize(("url", "options"), [
    ("https://127.0.0.1/x", {}), ("https://127.0.0.1/x", {"internal": True}), ("https://[::1]/x", {}),
    ("https://169.254.169.254/x", {"internal": True}), ("https://10.0.0.7/x", {}), ("https://2130706433/x", {}),
    ("https://0.0.0.0/x", {"internal": True}), ("https://[::ffff:127.0.0.1]/x", {}), ("http://203.0.113.5/x", {"allow_loopback": True}),
    ("http://10.0.0.7/x", {"allow_loopback": True, "internal": True}),
])  # fmt: skip
def test_a_webhook_reaches_no_address_that_it_must_not(url, options):
    """This machine, the cloud's metadata, the company's network unless allowed, and plain http to anywhere else."""
    hook = channel({"kind": "webhook", "url": url, "secret": "s" * 16, **options})
    with pytest.raises(Undeliverable, match="may not reach"):
        hook.send(NOTICE, NOW)


def unwanted(*_):
    raise AssertionError


def test_a_relative_folder_lies_below_the_company_s_output(tmp_path):
    """The pipeline says where; an absolute folder stays where it is."""
    ready = sender(FolderChannel(path=Path("mails")), base=tmp_path, put=unwanted)
    assert ready.path == tmp_path / "mails"
    assert sender(FolderChannel(path=tmp_path), base=Path("/elsewhere"), put=unwanted).path == tmp_path


def test_the_office_inbox_hands_the_notice_over():
    """What is put is the notice itself, with the instant."""
    kept = []
    ready = sender(channel({"kind": "inbox"}), base=Path(), put=lambda notice, now: kept.append((notice, now)))
    assert isinstance(ready, Inbox)
    assert ready.send(NOTICE, NOW) == Receipt(accepted=True, answer="put into the office inbox")
    assert kept == [(NOTICE, NOW)]


@pytest.mark.parametrize(("kind", "url", "host"), [
    ("dingtalk", "dingtalk://abcdefgh1234", "oapi.dingtalk.com"),
    ("wecom", "wecombot://abcdefgh-1234", "qyapi.weixin.qq.com"),
    ("feishu", "feishu://abcdefgh1234", "open.feishu.cn"),
    ("lark", "lark://abcdefgh1234", "open.larksuite.com"),
    ("slack", "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "hooks.slack.com"),
    ("teams", "workflows://prod-0.westeurope.logic.azure.com:443/workflow/signature", "logic.azure.com"),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # by a module that apprise's plug-ins import
def test_a_chat_gets_plain_text_that_mentions_nobody_and_follows_no_redirect(monkeypatch, kind, url, host):
    """The vendor's host is called once without redirects, and no name can shout at everybody or hide a link."""
    import requests  # noqa: PLC0415 -- only to stand in for the vendors' hosts

    calls = []

    def post(address, **options):
        calls.append((address, options))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b'{"ok": true, "errcode": 0, "code": 0, "StatusCode": 0}' if kind != "slack" else b"ok"
        return answer

    monkeypatch.setattr("time.sleep", lambda _: None)  # apprise's own pauses between calls
    monkeypatch.setattr(requests, "post", post)
    monkeypatch.setattr(requests, "request", lambda _method, address, **options: post(address, **options))
    assert channel({"kind": kind, "url": url}).send(NOTICE, NOW).accepted
    (address, options), *more = calls
    assert not more
    assert host in address
    assert options["allow_redirects"] is False
    body = options.get("data") or options.get("json")
    assert "@all" not in str(body)
    assert "<b>" not in str(body)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
def test_a_chat_that_refuses_is_tried_again(monkeypatch):
    """All that apprise says is no; the message stays in the outbox."""
    import requests  # noqa: PLC0415 -- only to stand in for the vendor's host

    def refuse(*_, **__):
        answer = requests.Response()
        answer.status_code = 500
        return answer

    monkeypatch.setattr(requests, "post", refuse)
    with pytest.raises(DeliveryError, match="did not accept") as caught:
        channel({"kind": "wecom", "url": "wecombot://abcdefgh-1234"}).send(NOTICE, NOW)
    assert not isinstance(caught.value, Undeliverable)
