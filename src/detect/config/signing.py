"""The key that signs the links of notices: the company's own by reference, else one made once and kept beside the store's files."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from detect.config.book import Book
from detect.errors import ConfigError, Fault

__all__ = ["signing_key"]

FILE = "signing.key"
_LEAST = 32  # characters


def signing_key(book: Book) -> str:
    """Return the key; '' where the company has no page. Raises ConfigError for a key file that others can read, or that holds none."""
    notices = book.company.notices
    if not notices.link:
        return ""
    if notices.signing_key is not None:
        return notices.signing_key.get_secret_value()
    return _kept(book.output / FILE)


def _kept(path: Path) -> str:
    """Read the file, making it first where there is none; of two programs that make it at once one wins, and both read the same."""
    if not path.exists():
        _make(path)
    try:
        mode, key = path.stat().st_mode, path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _fault(path, f"cannot be read ({type(error).__name__})") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _fault(path, "can be read by others than its owner")
    if len(key) < _LEAST:
        raise _fault(path, "holds no key")
    return key


def _make(path: Path) -> None:
    part = path.with_name(f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(part, path)  # fails where somebody was faster, and never shows half a key
        except FileExistsError:
            pass
        finally:
            part.unlink()
    except OSError as error:
        raise _fault(path, f"cannot be written ({error.strerror})") from error


def _fault(path: Path, found: str) -> ConfigError:
    allowed = "Give `signing_key` a reference (${NAME} or file:/path), or make the file readable by its owner alone"
    return ConfigError([Fault("config/company.yaml", 1, "notices.signing_key", f"{path} {found}", allowed)])
