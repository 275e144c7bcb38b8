"""A signed webhook: one JSON document a notice, to one address that the company named."""

from __future__ import annotations

import hmac
import json
import socket
import ssl
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

from pydantic import AnyHttpUrl, Field, SecretStr, model_validator

from detect.channels._base import Receipt
from detect.errors import DeliveryError, Undeliverable
from detect.model import Frozen, Notice

if TYPE_CHECKING:
    import httpx

__all__ = ["WebhookChannel", "signature"]

_READ_AT_MOST = 64 * 1024
_WAIT_AT_MOST = 3600.0
_TRY_AGAIN = {408, 425, 429}
_ACCEPTED, _THEIR_FAULT = range(200, 300), range(500, 600)


class WebhookChannel(Frozen):
    """`secret` signs every message (HMAC-SHA256); the configuration holds a reference to it.

    Addresses inside the company's network need `internal: true`, so that a mistaken address cannot reach them;
    `allow_loopback` also lets plain http to this machine pass, for tests.
    """

    kind: Literal["webhook"]
    url: AnyHttpUrl
    secret: SecretStr = Field(min_length=16)
    ca_file: Path | None = None  # certificates of the company's own authority
    timeout_seconds: float = Field(default=10.0, gt=0, le=60)
    internal: bool = False
    allow_loopback: bool = False

    @model_validator(mode="after")
    def _goes_over_tls(self) -> Self:
        if self.url.scheme != "https" and not self.allow_loopback:
            msg = "only https is allowed"
            raise ValueError(msg)
        if self.url.username or self.url.password:
            msg = "no user or password in the address: the receiver checks the signature instead"
            raise ValueError(msg)
        return self

    def send(self, notice: Notice, now: datetime) -> Receipt:
        """POST the notice; 2xx is accepted, 429 and 5xx are tried again (after Retry-After), all else never will be."""
        import httpx

        body = json.dumps(_document(notice), ensure_ascii=False, sort_keys=True).encode()
        stamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": sha256(notice.key.encode()).hexdigest()[:40],
            "Yujing-Timestamp": stamp,
            "Yujing-Signature": signature(self.secret.get_secret_value(), stamp, body),
        }
        try:
            status, answer, wait = self._post(body, headers)
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            message = f"the webhook {self.url.host} did not answer: {str(error) or type(error).__name__}"
            raise DeliveryError(message, "It stays in the outbox and is tried again.") from error
        return _judge(status, answer, _seconds(wait, now), str(self.url.host))

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, str, str]:
        """Status, the first bytes of the answer, and Retry-After; no redirects, no proxy, one time limit over all."""
        import httpx

        host, port = str(self.url.host), self.url.port or 443
        ends = time.monotonic() + self.timeout_seconds  # how long the answer takes, not what time it is
        target = httpx.URL(str(self.url)).copy_with(host=self._resolved(host, port))
        request_headers = headers | {"Host": host if self.url.port in {80, 443, None} else f"{host}:{port}"}
        with (
            httpx.Client(
                timeout=self.timeout_seconds, follow_redirects=False, trust_env=False, verify=self._trusted()
            ) as client,
            client.stream(
                "POST", target, content=body, headers=request_headers, extensions={"sni_hostname": host}
            ) as response,
        ):
            return response.status_code, _first_bytes(response, ends), response.headers.get("Retry-After", "")

    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)

    def _resolved(self, host: str, port: int) -> str:
        """Look up the one address to connect to, once: a second look-up could answer with another one."""
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        address = ip_address(str(found[0][4][0]))
        if not self._may_reach(address):
            message = f"the webhook {host} lies at {address}, which this channel may not reach"
            raise Undeliverable(
                message, "Set `internal: true` in config/company.yaml if it lies in the company's network."
            )
        return str(address)

    def _may_reach(self, address: IPv4Address | IPv6Address) -> bool:
        if address.is_loopback:
            return self.allow_loopback
        if self.url.scheme != "https" or address.is_link_local or address.is_multicast or address.is_unspecified:
            return False
        return address.is_global or (self.internal and address.is_private)


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 of `<timestamp>.<body>`: the receiver computes the same and compares in constant time."""
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()


def _document(notice: Notice) -> dict[str, object]:
    return {
        "key": notice.key,
        "kind": notice.kind,
        "recipient": notice.recipient,
        "language": notice.language,
        "as_of": notice.as_of.isoformat() if notice.as_of else None,
        "subject": notice.subject,
        "text": notice.text,
        "cases": list(notice.case_ids),
    }


def _first_bytes(response: httpx.Response, ends: float) -> str:
    kept = b""
    for chunk in response.iter_raw():
        kept += chunk
        if len(kept) >= _READ_AT_MOST or time.monotonic() > ends:
            break
    return kept[:_READ_AT_MOST].decode("utf-8", "replace")


def _judge(status: int, answer: str, wait: float | None, host: str) -> Receipt:
    said = f"{status} {answer[:200]}".strip()
    if status in _ACCEPTED:
        return Receipt(accepted=True, answer=said)
    message = f"the webhook {host} answered {said}"
    if status in _TRY_AGAIN or status in _THEIR_FAULT:
        raise DeliveryError(message, "It stays in the outbox and is tried again.", retry_after=wait)
    raise Undeliverable(
        message, "Correct the channel's address or secret in config/company.yaml; redirects are not followed."
    )


def _seconds(retry_after: str, now: datetime) -> float | None:
    """Retry-After as seconds from now, at most an hour; both of its forms (RFC 9110, 10.2.3)."""
    if not retry_after:
        return None
    if retry_after.isdecimal():
        return min(float(retry_after[:9]), _WAIT_AT_MOST)
    try:
        due = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    due = due if due.tzinfo else due.replace(tzinfo=UTC)
    return min(max((due - now).total_seconds(), 0.0), _WAIT_AT_MOST)
