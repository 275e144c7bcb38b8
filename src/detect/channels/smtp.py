"""Mail by SMTP: one message a recipient, so that each has an answer of its own."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, model_validator

from detect.channels._base import Receipt
from detect.channels.message import as_email
from detect.errors import DeliveryError, Undeliverable
from detect.model import Frozen, Notice

__all__ = ["SmtpChannel"]

_ACCEPTED = range(200, 400)
_FOR_GOOD = range(500, 600)
_LOGIN_WANTED = 530


class SmtpChannel(Frozen):
    """A mail server. `password` is a secret: the configuration holds a reference to it, never its text."""

    kind: Literal["smtp"]
    host: str
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    timeout_seconds: float = Field(default=20.0, gt=0, le=120)

    @model_validator(mode="after")
    def _keeps_the_password_secret(self) -> Self:
        if (self.username is None) != (self.password is None):
            msg = "username and password go together: give both or neither"
            raise ValueError(msg)
        if self.password and self.security == "none" and not _is_loopback(self.host):
            msg = "a password would cross the network in clear: set security to starttls or tls"
            raise ValueError(msg)
        return self

    def send(self, notice: Notice, now: datetime) -> Receipt:
        """Return the server's last answer; DeliveryError where trying again may help, Undeliverable where it cannot."""
        mail = as_email(notice, sender=self.sender, now=now)
        sender = mail["From"].addresses[0].addr_spec
        try:
            server = self._connected()
            try:
                answer = _hand_over(server, sender, notice.address, bytes(mail))
            finally:
                _part_from(server)
        except (OSError, smtplib.SMTPException) as error:
            message = f"the mail server {self.host}:{self.port} did not take the message: {_reason(error)}"
            raise DeliveryError(message, "It stays in the outbox and is tried again.") from error
        return Receipt(accepted=True, answer=answer)

    def _connected(self) -> smtplib.SMTP:
        """Open a session. A refused greeting or login is the channel's trouble, not the message's: tried again."""
        server: smtplib.SMTP
        if self.security == "tls":
            server = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_seconds, context=self._trusted())
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_seconds)
        try:
            if self.security == "starttls":
                server.starttls(context=self._trusted())
            if self.username and self.password:
                server.login(self.username, self.password.get_secret_value())
            server.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def _trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)


def _hand_over(server: smtplib.SMTP, sender: str, address: str, content: bytes) -> str:
    """MAIL, RCPT and DATA by hand, because `sendmail` does not return the server's closing answer."""
    steps: tuple[Callable[[], tuple[int, bytes]], ...] = (
        lambda: server.mail(sender),
        lambda: server.rcpt(address),
        lambda: server.data(content),
    )
    code, answer = 0, b""
    for step in steps:
        code, answer = step()
        if code not in _ACCEPTED:
            raise _refusal(code, answer, address)
    return _readable(code, answer)


def _refusal(code: int, answer: bytes, address: str) -> DeliveryError:
    message = f"the mail server refused the message to {address}: {_readable(code, answer)}"
    if code in _FOR_GOOD and code != _LOGIN_WANTED:
        return Undeliverable(message, "Correct the person's e-mail address in config/company.yaml.")
    return DeliveryError(message, "It stays in the outbox and is tried again.")


def _part_from(server: smtplib.SMTP) -> None:
    """Say goodbye; what the server makes of that no longer changes what became of the message."""
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return _readable(error.smtp_code, text if isinstance(text, bytes) else text.encode())
    return str(error) or type(error).__name__


def _readable(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('utf-8', 'replace')}"[:500]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
