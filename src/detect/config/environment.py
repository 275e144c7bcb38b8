"""The only reader of the process environment, and of the secrets that configuration files refer to.

`DETECT_WAREHOUSE` and `DETECT_STORE` replace the URLs of company.yaml; `DETECT_COMPANY__…` and `DETECT_POLICY__…` replace any single
value, `__` standing for one step down (`DETECT_POLICY__DETECTION__BUDGET=1.5`).
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from detect.config.loader import plain_value

__all__ = ["ReferenceFault", "cache_folder", "current", "overrides", "resolve", "variable"]

PREFIX = "DETECT_"
SHORT = {"DETECT_WAREHOUSE": ("company", "warehouse"), "DETECT_STORE": ("company", "store")}
FILES = ("company", "policy")
REFERENCE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
BROKEN_REFERENCE = re.compile(r"\$\{[^}]*\}?")
FILE_REFERENCE = "file:/"
GROUP_OR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class ReferenceFault(Exception):
    """A reference leads nowhere: `found` says what was met, `allowed` what to do. Never holds the secret itself."""

    def __init__(self, found: str, allowed: str) -> None:
        super().__init__(found)
        self.found = found
        self.allowed = allowed


def current() -> dict[str, str]:
    """Return a copy of this process's environment."""
    return dict(os.environ)


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Return where downloads are kept: DETECT_CACHE, else `.cache/yujing` in the home folder."""
    given = environ.get("DETECT_CACHE", "")
    return Path(given).expanduser() if given else Path(environ.get("HOME") or Path.home()) / ".cache" / "yujing"


def overrides(environ: Mapping[str, str]) -> dict[str, dict[tuple[str, ...], Any]]:
    """Return what the environment replaces: file (`company`, `policy`) -> path of keys -> value, typed as YAML would."""
    found: dict[str, dict[tuple[str, ...], Any]] = {name: {} for name in FILES}
    for variable in sorted(environ):
        value = environ[variable]
        if variable in SHORT:
            file, key = SHORT[variable]
            found[file][(key,)] = value
        elif variable.startswith(PREFIX) and "__" in variable:
            file, *keys = variable.removeprefix(PREFIX).lower().split("__")
            if file in FILES:
                found[file][tuple(keys)] = plain_value(value)
    return found


def variable(file: str, keys: tuple[str, ...]) -> str:
    """Name the variable that replaces this value."""
    return next(
        (name for name, place in SHORT.items() if place == (file, *keys)), PREFIX + "__".join((file, *keys)).upper()
    )


def resolve(text: str, environ: Mapping[str, str]) -> str:
    """Replace every `${NAME}` by its variable, or a whole `file:/path` by the file's text; raises ReferenceFault."""
    if text.startswith(FILE_REFERENCE):
        return _secret_file(Path(text.removeprefix("file:")))
    names = REFERENCE.findall(text)
    for name in names:
        if not environ.get(name):
            raise ReferenceFault(f"the environment variable {name} is not set", f"set {name} for this program")
    if len(BROKEN_REFERENCE.findall(text)) != len(names):
        raise ReferenceFault("a reference that cannot be read", "write it as ${NAME}")
    return REFERENCE.sub(lambda match: environ[match[1]], text)


def _secret_file(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if mode & GROUP_OR_OTHERS:
            raise ReferenceFault(f"{path} can be read by others than its owner", f"run `chmod 600 {path}`")
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ReferenceFault(f"{path} cannot be read ({reason})", "a readable file that holds the secret") from error
