"""Instant messaging by apprise: one target a channel; all that is promised is "accepted" or "not accepted"."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal, Self

from pydantic import SecretStr, model_validator

from detect.channels._base import Receipt
from detect.errors import DeliveryError, Undeliverable
from detect.model import Frozen, Notice

__all__ = ["ImChannel"]

# Schemes of apprise whose plug-in talks only to the vendor's own host.
_SCHEMES = {
    "dingtalk": ("dingtalk",),
    "wecom": ("wecombot",),
    "feishu": ("feishu",),
    "lark": ("lark",),
    "slack": ("slack",),
    "teams": ("workflow", "workflows"),
}


class ImChannel(Frozen):
    """A group chat's robot. `url` is apprise's address of it and holds the robot's token: a secret, given by reference."""

    kind: Literal["dingtalk", "wecom", "feishu", "lark", "slack", "teams"]
    url: SecretStr

    @model_validator(mode="after")
    def _is_an_address_of_its_kind(self) -> Self:
        scheme, separator, rest = self.url.get_secret_value().partition("://")
        allowed = _SCHEMES[self.kind]
        if scheme not in allowed or not separator or not rest or re.search(r"[\s,]", rest):
            msg = f"one apprise address is expected, beginning with {' or '.join(f'{s}://' for s in allowed)}"
            raise ValueError(msg)
        return self

    def send(self, notice: Notice, now: datetime) -> Receipt:  # noqa: ARG002 - every channel is called alike
        """Hand the plain text to apprise, which says no more than yes or no."""
        import apprise

        address = self.url.get_secret_value()
        target = apprise.Apprise.instantiate(address + ("&" if "?" in address else "?") + "redirect=no&overflow=split")
        if target is None:
            message = f"the {self.kind} address of the channel is not one that apprise understands"
            raise Undeliverable(message, "Correct the reference in config/company.yaml.")
        accepted = target.notify(
            body=_harmless(notice.text), title=_harmless(notice.subject), body_format=apprise.NotifyFormat.TEXT
        )
        if not accepted:
            message = f"{self.kind} did not accept the message"
            raise DeliveryError(message, "It stays in the outbox and is tried again.")
        return Receipt(accepted=True, answer="accepted")


def _harmless(text: str) -> str:
    """No mention of everybody, no mark-up, no link with another name: chat programs read these in plain text."""
    return text.replace("@", "＠").replace("<", "‹").replace(">", "›").replace("](", "] (")
