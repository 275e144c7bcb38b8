"""Takes out of a text what names a person: e-mail addresses, telephone, identity, passport and card numbers.

Names and addresses in words are not recognised. What is masked cannot be brought back: the text is masked before it is kept.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["LONGEST", "mask"]

LONGEST = 4000  # characters kept of a text

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}\.[A-Za-z]{2,24}")
_CODES = (
    ("id", re.compile(r"(?<![A-Za-z0-9])\d{17}[\dXx](?![A-Za-z0-9])")),  # mainland China
    ("id", re.compile(r"(?<![A-Za-z0-9])[A-Za-z][12]\d{8}(?![A-Za-z0-9])")),  # Taiwan
    ("id", re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,2}\d{6}\s?\(?[\dA]\)?(?![A-Za-z0-9])")),  # Hong Kong
    ("id", re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")),  # United States
    ("id", re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D](?![A-Za-z0-9])")),  # United Kingdom
    (
        "account",
        re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:\s?[A-Z0-9]{4}){2,7}(?:\s?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"),
    ),
)
_NUMBER = re.compile(r"(?<![\dA-Za-z])\+?\(?\d(?:[ ().-]{0,2}\d){6,18}(?!\d)")
_CARD = 13  # digits from which a number is a card's or an account's rather than a telephone's
_DATE = re.compile(r"(?:19|20)\d{2}[-./]?(?:0[1-9]|1[0-2])[-./]?(?:0[1-9]|[12]\d|3[01])")


def mask(text: str) -> str:
    """Return the text with `[email]`, `[id]`, `[phone]` and `[number]` in the places of such; full-width characters become ordinary."""
    said = unicodedata.normalize("NFKC", text)[:LONGEST]
    said = _EMAIL.sub("[email]", said)
    for name, pattern in _CODES:
        said = pattern.sub(f"[{name}]", said)
    return _NUMBER.sub(_number, said)


def _number(found: re.Match[str]) -> str:
    if _DATE.fullmatch(found[0]):
        return found[0]
    digits = sum(character.isdigit() for character in found[0])
    return "[number]" if digits >= _CARD else "[phone]"
