"""The web page on which a person answers for a case, and the feed of the office inbox."""

from __future__ import annotations

from detect.web.app import create_app
from detect.web.server import serve

__all__ = ["create_app", "serve"]
