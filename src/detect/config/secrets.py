"""Finds secrets that were written into configuration files in clear."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from detect.config.document import Document, Place, walk
from detect.errors import Fault

__all__ = ["is_secret", "secrets_in_clear"]

NAMES = re.compile(
    r"(?:^|[_-])(?:password|passwd|passphrase|pwd|secret|token|credentials?|(?:api|access|private|signing|masking|secret|auth)[_-]?key)s?$",
    re.IGNORECASE,
)
PARAMETERS = re.compile(r"password|passwd|pwd|secret|token|sign|^key$|api_?key", re.IGNORECASE)
REFERENCE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|file:/\S+")
ALLOWED = (
    "Allowed: a reference, ${NAME} for an environment variable or file:/path for a file that only its owner can read"
)


def secrets_in_clear(document: Document) -> list[Fault]:
    """Return a fault for every secret written out; the fault never repeats it."""
    faults = []
    for place, value in walk(document.data):
        found = _in_clear(place, value)
        if found:
            faults.append(document.fault(place, found, ALLOWED))
    return faults


def is_secret(place: Place) -> bool:
    """Whether what stands at `place` is a secret by its name, or an address that may hold one: never to be repeated."""
    names = [part for part in place if isinstance(part, str)]
    if "columns" in names:  # the names of a table's columns are not ours
        return False
    return any(NAMES.search(name) or name in {"url", "warehouse", "store"} for name in names)


def _in_clear(place: Place, value: object) -> str:
    """Say what is wrong, or nothing."""
    if value is None or isinstance(value, bool):
        return ""
    text = str(value)
    named = "columns" not in place and any(isinstance(part, str) and NAMES.search(part) for part in place)
    if named and text and not REFERENCE.fullmatch(text):
        return "a secret in clear"
    if "://" not in text:
        return ""
    return _in_address(text) or _in_robot(place, text)


def _in_address(text: str) -> str:
    """Look for a password before the host, or among the parameters, of an address."""
    try:
        parts = urlsplit(text)
        password = parts.password
    except ValueError:
        return ""
    if password and not REFERENCE.fullmatch(password):
        return "an address with a password in clear"
    for name, value in parse_qsl(parts.query):
        if PARAMETERS.search(name) and not REFERENCE.fullmatch(value):
            return f"an address with a secret in clear (parameter {name})"
    return ""


def _in_robot(place: Place, text: str) -> str:
    """Look at the address of a chat robot, in which the robot's token stands where a host would."""
    robot = place[:1] == ("channels",) and place[-1] == "url" and not text.startswith(("http://", "https://"))
    return "a chat robot's address with its token in clear" if robot and "${" not in text else ""
