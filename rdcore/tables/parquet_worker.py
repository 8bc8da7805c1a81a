"""Reads a Parquet file from standard input and writes its columns of numbers to standard output.

Run as a script; its arguments are the largest number of cells, of columns and of labels. It imports
nothing from this project, so that it starts fast and can run isolated. The output is one line of
JSON (`rows`; `width`, all columns; `columns`, pairs of a name and the reason why it is not read, or
null; `excess`, whether the file exceeds the limits; `labels`, pairs of the place of a column of few
texts and these texts), then for each column that is read its values (rows,) float64 and which of
them are empty (rows,) bool, and for each column of labels the place of its text (rows,) int32, -1
for an empty cell.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any, BinaryIO

import numpy as np

# Only the process that runs this script needs them; the module can be imported without.
with contextlib.suppress(ImportError):
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

_MAX_MEMORY = 2**30
_MAX_SECONDS = 20
_MAX_UNPACKED_PER_CELL = 16


def limit_resources() -> None:
    """Limit memory and time and disable core files, if the system supports it."""
    try:
        import resource
    except ImportError:
        return
    for kind, bound in (
        (resource.RLIMIT_AS, _MAX_MEMORY),
        (resource.RLIMIT_CPU, _MAX_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(kind, (bound, bound))
        except (OSError, ValueError):
            continue


def convert(
    data: bytes, out: BinaryIO, *, max_cells: int, max_columns: int, max_labels: int
) -> None:
    """Write the header and the columns of a Parquet file."""
    file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
    schema, rows = file.schema_arrow, file.metadata.num_rows
    header = {"rows": rows, "width": len(schema), "columns": [], "excess": True}
    labels: list[tuple[int, Any]] = []
    if rows > 0 and 0 < len(schema) <= max_columns:
        header["columns"] = [(field.name, _reason(field.type)) for field in schema]
        numeric = [j for j, field in enumerate(schema) if _is_numeric(field.type)]
        wanted = {schema.names[j] for j in numeric}
        unpacked = _unpacked_bytes(file.metadata, wanted)
        most = _MAX_UNPACKED_PER_CELL * max_cells
        header["excess"] = rows * len(numeric) > max_cells or unpacked > most
        if not header["excess"]:
            labels = _labels(file, max_labels, most - unpacked)
        header["labels"] = [(place, values.dictionary.to_pylist()) for place, values in labels]
    out.write(json.dumps(header).encode() + b"\n")
    if not header["excess"] and numeric:
        for values in _columns(file, [schema.names[j] for j in numeric]):
            out.writelines(_as_bytes(values))
    for _, values in labels:
        codes = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        out.write(np.asarray(codes, dtype=np.int32).tobytes())


def _is_numeric(kind: Any) -> bool:
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(
        pa.types.is_integer(inner)
        or pa.types.is_floating(inner)
        or pa.types.is_decimal(inner)
        or pa.types.is_boolean(inner)
    )


def _reason(kind: Any) -> str | None:
    """Return why a column of this type is not read, or None."""
    inner = kind.value_type if pa.types.is_dictionary(kind) else kind
    if _is_numeric(inner):
        return None
    if pa.types.is_temporal(inner):
        return "dates or times"
    if pa.types.is_nested(inner):
        return "several values per row"
    if pa.types.is_null(inner):
        return "empty"
    if pa.types.is_string(inner) or pa.types.is_large_string(inner):
        return "text"
    return f"values of type {inner}"


def _unpacked_bytes(metadata: Any, wanted: set[str]) -> int:
    """Return the unpacked size of the wanted columns; raise if their counts differ from the rows.

    A run of a billion equal values takes a few bytes, so the counts are checked before reading.
    """
    rows = unpacked = 0
    for group in map(metadata.row_group, range(metadata.num_row_groups)):
        rows += group.num_rows
        for chunk in map(group.column, range(group.num_columns)):
            if chunk.path_in_schema in wanted:
                unpacked += max(0, chunk.total_uncompressed_size)
                if not chunk.num_values == group.num_rows >= 0:
                    raise ValueError("a column's number of values is not its number of rows")
    if rows != metadata.num_rows:
        raise ValueError("the row groups do not add up to the number of rows")
    return unpacked


def _columns(file: Any, names: list[str]) -> list[Any]:
    """Return the numeric columns of these names, in this order; a name may occur twice."""
    table = file.read(columns=sorted(set(names)), use_threads=False)
    found: dict[str, list[Any]] = {name: [] for name in names}
    for field, values in zip(table.schema, table.itercolumns(), strict=True):
        # The name of a field inside a struct may match as well.
        if _is_numeric(field.type):
            found[field.name].append(values)
    return [found[name].pop(0) for name in names]


def _labels(file: Any, max_labels: int, most: int) -> list[tuple[int, Any]]:
    """Return the columns of few texts, with their places, while they unpack to few bytes."""
    schema, found = file.schema_arrow, []
    for place, field in enumerate(schema):
        if _reason(field.type) != "text" or schema.names.count(field.name) > 1:
            continue
        most -= _unpacked_bytes(file.metadata, {field.name})
        if most < 0:
            break
        try:
            column = file.read(columns=[field.name], use_threads=False).column(0).combine_chunks()
            if pa.types.is_dictionary(column.type):
                column = column.dictionary_decode()
            values = column.cast(pa.large_string()).dictionary_encode()
        except (OSError, pa.ArrowException):
            continue  # a damaged column of text does not keep the numbers from being read
        if 0 < len(values.dictionary) <= max_labels:
            found.append((place, values))
    return found


def _as_bytes(column: Any) -> tuple[bytes, bytes]:
    flat = column.combine_chunks()
    if pa.types.is_dictionary(flat.type):
        flat = flat.dictionary_decode()
    if pa.types.is_boolean(flat.type):
        flat = flat.cast(pa.uint8())
    empty = pc.is_null(flat).to_numpy(zero_copy_only=False)
    values = flat.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.float64).tobytes(), np.asarray(empty, dtype=bool).tobytes()


if __name__ == "__main__":
    limit_resources()
    convert(
        sys.stdin.buffer.read(),
        sys.stdout.buffer,
        max_cells=int(sys.argv[1]),
        max_columns=int(sys.argv[2]),
        max_labels=int(sys.argv[3]),
    )
