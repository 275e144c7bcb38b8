"""Notice -> e-mail message: plain text, HTML, and pictures that travel inside the mail."""

from __future__ import annotations

from datetime import datetime
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from detect.errors import Undeliverable
from detect.model import Notice

__all__ = ["as_email", "message_id"]


_TYPES = {
    "csv": "text/csv",
    "html": "text/html",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class _Policy(EmailPolicy):
    """SMTP's line ends, and subjects encoded as one whole: the library's own way puts blanks between its encoded words."""

    linesep = "\r\n"

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() == "subject":
            encoded = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
            return f"{name}: {encoded}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


def message_id(notice: Notice, sender: str) -> str:
    """Give the mail its identity: made from the notice's key alone, so every try of one notice has the same."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return f"<{sha256(notice.key.encode()).hexdigest()[:40]}@{domain}>"


def as_email(notice: Notice, *, sender: str, now: datetime) -> EmailMessage:
    """Make the mail of a notice; Undeliverable where an address or the subject can never stand in a header."""
    try:
        return _filled(notice, sender, now)
    except (ValueError, IndexError, UnicodeError, MessageError) as error:
        message = f"notice {notice.key[:12]} to {notice.recipient!r} cannot be made into a mail: {error}"
        raise Undeliverable(message, "Correct the person's e-mail address in config/company.yaml.") from error


def _filled(notice: Notice, sender: str, now: datetime) -> EmailMessage:
    if "=?" in notice.subject:  # EmailMessage decodes encoded words, line breaks too, and writes them out as headers
        msg = "the subject holds an encoded word"
        raise ValueError(msg)
    mail = EmailMessage(policy=_Policy())
    mail["Subject"] = notice.subject
    mail["From"] = _address(sender)
    mail["To"] = _address(notice.address)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(notice, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(notice.text, cte="quoted-printable")
    if notice.html:
        mail.add_alternative(notice.html, subtype="html", cte="quoted-printable")
        _attach_pictures(mail, notice)
    for name, content in notice.attachments.items():
        main, sub = _TYPES[name.rpartition(".")[2]].split("/")
        mail.add_attachment(content, main, sub, filename=name)
    # Last: whatever is called Content-… moves into the first part when a second one is added.
    mail["Content-Language"] = "zh-Hant" if notice.language == "zh" else "en"
    _fix_boundaries(mail, notice.key)
    return mail


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    if not address or "@" not in address or address != address.strip() or any(c in text for c in "\r\n,;"):
        msg = f"{text!r} is not one e-mail address"
        raise ValueError(msg)
    return Address(display_name=name, addr_spec=address)


def _attach_pictures(mail: EmailMessage, notice: Notice) -> None:
    parts = mail.get_payload()
    html = parts[-1] if isinstance(parts, list) else None
    if not isinstance(html, EmailMessage):
        return
    for content_id, picture in notice.images.items():
        html.add_related(
            picture, "image", "png", cid=f"<{content_id}>", filename=f"{content_id}.png", disposition="inline"
        )


def _fix_boundaries(mail: EmailMessage, key: str) -> None:
    """Random boundaries would make every copy of one notice differ."""
    for position, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(f"=_{sha256(f'{key}:{position}'.encode()).hexdigest()[:32]}")
