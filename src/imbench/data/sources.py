"""Where a table's file comes from: a local folder, an installed package, or a checked download.

The order is fixed: an explicit folder (``data_dir`` or ``IMBENCH_DATA``) first, then the embedded
package, then the download cache and the network. A file from a folder or the network has to have
the SHA-256 of the configuration; embedded files are checked by the checksum of the prepared rows.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from imbench.errors import DataError
from imbench.utils.text import check_name, truncated

DATA_VARIABLE = "IMBENCH_DATA"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in blocks."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"'{path}' could not be read: {error.strerror or error}.") from error


def local_folder(data_dir: str | None) -> Path | None:
    """The folder a user named by ``data_dir`` or by the variable ``IMBENCH_DATA``, if any."""
    named = data_dir or os.environ.get(DATA_VARIABLE)
    if not named:
        return None
    try:
        folder = Path(str(named)).expanduser()
        there = folder.is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, no such user, a NUL character
        folder, there = Path(truncated(str(named))), False
    if not there:
        raise DataError(
            f"The data folder '{folder}' does not exist. Mend data_dir= or the variable {DATA_VARIABLE}."
        )
    return folder


def embedded_file(package: str, inner: str) -> Path | None:
    """A data file inside an installed Python package, or None when the package is not there.

    The package is looked up and not imported, for its name comes from a configuration.
    """
    check_name(package, "dataset.embedded.package")
    try:
        spec = find_spec(package) if "." not in package else None
    except (ImportError, ValueError):
        return None
    for place in (spec and spec.submodule_search_locations) or ():
        folder = Path(place).resolve()
        path = (folder / inner).resolve()
        if path.is_relative_to(folder) and path.is_file():
            return path
    return None


def find_file(config: Mapping[str, Any], data_dir: str | None = None) -> tuple[Path, bool]:
    """The table's file and whether it is the embedded form.

    ``config`` has ``name``, ``file``, ``sha256``, ``url`` and, for tables that a package carries,
    ``embedded`` with ``package`` and ``path``.
    """
    check_name(config["file"], "dataset.file")  # it is written into the cache
    folder = local_folder(data_dir)
    if folder is not None and (folder / config["file"]).is_file():
        return _checked(folder / config["file"], config), False
    embedded = config.get("embedded")
    if embedded:
        path = embedded_file(embedded["package"], embedded["path"])
        if path is not None:
            return path, True
    return _downloaded(config), False


def _checked(path: Path, config: Mapping[str, Any]) -> Path:
    found = sha256_of(path)
    if found != config["sha256"]:
        raise DataError(
            f"'{path}' is not the file that table '{config['name']}' was published with: its SHA-256 is "
            f"{found}, expected {config['sha256']}. Get it again from {config['url']}, or use it as "
            f"'dataset=csv dataset.path={path} dataset.target=…'."
        )
    return path


def _downloaded(config: Mapping[str, Any]) -> Path:
    import pooch

    cache = Path(os.environ.get("IMBENCH_CACHE") or pooch.os_cache("imbench"))
    logger = pooch.get_logger()
    logger.setLevel("WARNING")
    try:
        found = pooch.retrieve(
            config["url"], known_hash=f"sha256:{config['sha256']}", fname=config["file"], path=cache
        )
    except Exception as error:
        raise DataError(
            f"Table '{config['name']}' needs the file {config['file']}, which is not here and could not be "
            f"downloaded ({type(error).__name__}). Address: {config['url']}. Put the file into a folder and "
            f"name that folder by data_dir=… or {DATA_VARIABLE}, or put it into the cache {cache}."
        ) from error
    return Path(found)
