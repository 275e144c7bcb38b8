"""Ways to reach a person: one file a kind of channel. A channel's settings are the channel; `sender` makes one ready."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from detect.channels._base import Receipt, Sender
from detect.channels.folder import FolderChannel
from detect.channels.im import ImChannel
from detect.channels.inbox import Inbox, InboxChannel, Put
from detect.channels.message import as_email, message_id
from detect.channels.smtp import SmtpChannel
from detect.channels.webhook import WebhookChannel

__all__ = [
    "Channel",
    "FolderChannel",
    "ImChannel",
    "Inbox",
    "InboxChannel",
    "Put",
    "Receipt",
    "Sender",
    "SmtpChannel",
    "WebhookChannel",
    "as_email",
    "message_id",
    "sender",
]

Channel = Annotated[
    FolderChannel | SmtpChannel | InboxChannel | WebhookChannel | ImChannel,
    Field(discriminator="kind"),
]


def sender(channel: Channel, *, base: Path, put: Put) -> Sender:
    """Make the channel ready to send: folders lie under `base`, inboxes are written by `put`."""
    match channel:
        case FolderChannel():
            return channel.within(base)
        case InboxChannel():
            return Inbox(put)
        case _:
            return channel
