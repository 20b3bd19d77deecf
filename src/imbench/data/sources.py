"""Where a dataset's file comes from: a named file or folder, an installed package, or a checked download.

The order is fixed: ``dataset.path``, then a folder (``data_dir`` or ``IMBENCH_DATA``), then the embedded
package, then the download cache and the network. A file from a path, a folder or the network must have the
SHA-256 of the configuration; embedded files are checked by the checksum of the prepared rows.
"""

from __future__ import annotations

import hashlib
import os
from importlib.util import find_spec
from pathlib import Path

from imbench.data.dataset_options import DatasetOptions, file_of
from imbench.errors import DataError
from imbench.utils.text import truncated

DATA_VARIABLE = "IMBENCH_DATA"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in blocks."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            f"'{path}' could not be read: {error.strerror or error}. Correct the path, or the file's "
            "permissions."
        ) from error


def local_folder(data_dir: str | None) -> Path | None:
    """The folder that ``data_dir`` or the variable ``IMBENCH_DATA`` names, if any."""
    named = data_dir or os.environ.get(DATA_VARIABLE)
    if not named:
        return None
    try:
        folder = Path(str(named)).expanduser()
        exists = folder.is_dir()
    except (OSError, ValueError, RuntimeError):  # too long, no such user, a NUL character
        folder, exists = Path(truncated(str(named))), False
    if not exists:
        raise DataError(
            f"The data folder '{folder}' does not exist. Correct data_dir= or the variable {DATA_VARIABLE}."
        )
    return folder


def embedded_file(package: str, inner: str) -> Path | None:
    """A data file inside an installed Python package, or None when the package is not installed.

    The package is located and not imported, since its name comes from a configuration.
    """
    try:
        spec = find_spec(package) if "." not in package else None
    except (ImportError, ValueError):
        return None
    for location in (spec and spec.submodule_search_locations) or ():
        folder = Path(location).resolve()
        path = (folder / inner).resolve()
        if path.is_relative_to(folder) and path.is_file():
            return path
    return None


def find_file(options: DatasetOptions, data_dir: str | None = None) -> tuple[Path, bool]:
    """The dataset's file, and whether it is the embedded form.

    A dataset whose ``file`` is the embedded one has no other form.
    """
    same = options.embedded is not None and Path(options.embedded.path).name == options.file
    if options.path is not None:
        return _verified(file_of(options.path), options), same
    folder = local_folder(data_dir)
    if folder is not None and (folder / options.file).is_file():
        return _verified(folder / options.file, options), same
    if options.embedded:
        path = embedded_file(options.embedded.package, options.embedded.path)
        if path is not None:
            return path, True
    return _downloaded(options), False


def _verified(path: Path, options: DatasetOptions) -> Path:
    found = sha256_of(path)
    if found != options.sha256:
        again = f"Get it again from {options.url}. " if options.url else ""
        raise DataError(
            f"'{path}' is not the file that dataset '{options.name}' was published with: its SHA-256 is "
            f"{found}, expected {options.sha256}. {again}Use it as your own file by 'dataset=csv "
            f"dataset.path={path} dataset.target=…'."
        )
    return path


def _downloaded(options: DatasetOptions) -> Path:
    place = f"name that folder by data_dir=… or {DATA_VARIABLE}, or the file by dataset.path=…"
    if options.url is None:
        raise DataError(
            f"Dataset '{options.name}' needs the file {options.file}, which is not here. Put it into a "
            f"folder and {place}."
        )
    import pooch

    cache = Path(os.environ.get("IMBENCH_CACHE") or pooch.os_cache("imbench"))
    logger = pooch.get_logger()
    logger.setLevel("WARNING")
    try:
        found = pooch.retrieve(
            options.url, known_hash=f"sha256:{options.sha256}", fname=options.file, path=cache
        )
    except Exception as error:
        raise DataError(
            f"Dataset '{options.name}' needs the file {options.file}, which is not here and could not be "
            f"downloaded ({type(error).__name__}). Address: {options.url}. Put the file into a folder and "
            f"{place}, or put it into the cache {cache}."
        ) from error
    return Path(found)
