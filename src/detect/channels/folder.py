"""Mails written as .eml files into a folder: for demonstrations, for tests, and as a fallback that needs no server."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path
from typing import Literal

from detect.channels._base import Receipt
from detect.channels.message import as_email
from detect.errors import DeliveryError
from detect.model import Frozen, Notice

__all__ = ["FolderChannel"]


class FolderChannel(Frozen):
    """One file a notice; sending the same notice again replaces the same file."""

    kind: Literal["folder"] = "folder"
    path: Path = Path("mails")
    sender: str = "yujing@localhost.localdomain"

    def within(self, base: Path) -> FolderChannel:
        """Take a relative path from `base`."""
        return self.model_copy(update={"path": base / self.path})

    def send(self, notice: Notice, now: datetime) -> Receipt:
        """Write `<as_of>-<kind>-<recipient>-<key>.eml`, whole or not at all."""
        target = self.path / file_name(notice)
        content = bytes(as_email(notice, sender=self.sender, now=now))
        partial = target.with_suffix(".part")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            partial.replace(target)
        except OSError as error:
            message = f"the mail could not be written to {self.path}: {error.strerror}"
            raise DeliveryError(
                message, "Make the folder writable, or name another one in config/company.yaml."
            ) from error
        return Receipt(accepted=True, answer=f"written to {target}")


def file_name(notice: Notice) -> str:
    """Give a name that a person can read, made unique and stable by the notice's key, from which the Message-ID is made too."""
    parts = [notice.as_of.isoformat() if notice.as_of else "", notice.kind, notice.recipient, notice.key[:20]]
    return "-".join(re.sub(r"[^\w-]+", "_", part).strip("_") for part in parts if part) + ".eml"
