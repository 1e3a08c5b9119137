"""Lists of assets as people write them, CSV or JSON: told apart and read into rows."""

import csv
import io

import msgspec

from prodsec.inventory.types import AssetFacts, AssetKind, ListedAsset
from prodsec.kit.errors import InvalidError

MOST_ROWS, LARGEST_BYTES = 10_000, 5_000_000
COLUMNS = ("path", "kind", "tier", "categories", "urls", "data_class", "boundary", "default_ref", "owner")


def read_rows(data: bytes) -> list[ListedAsset]:
    """Rows out of CSV with a header (`,`, `;` or tabs), a JSON list of objects, or `{"assets": […]}`.

    Columns are `COLUMNS`; only `path` has to be there. Several categories or urls are separated by `;` or spaces, or are
    a list in JSON; `owner` is a team's slug. An empty kind, tier or default_ref says nothing, other empty columns unset.
    Raises: InvalidError when the whole cannot be read; a row that cannot be used has its problem with it.
    """
    if len(data) > LARGEST_BYTES:
        raise InvalidError("a list of assets has at most 5 MB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidError("a list of assets is UTF-8 text", place=f"byte {error.start}") from None
    rows = _json_rows(text) if text.lstrip()[:1] in ("[", "{") else _csv_rows(text)
    if len(rows) > MOST_ROWS:
        raise InvalidError(f"a list of assets has at most {MOST_ROWS} rows; this one has {len(rows)}")
    return rows


def facts_of_row(row: ListedAsset) -> AssetFacts:
    """What a row says, apart from path and owner. Raises: InvalidError, with the column as its place."""
    values = row.values
    kind = values.get("kind", "")
    if kind and kind.upper() not in AssetKind.__members__:
        words = ", ".join(known.word for known in AssetKind)
        raise InvalidError(f"{kind[:40]!r} is no kind of asset; known are {words}", place="kind")
    tier = values.get("tier", "")
    if tier and tier not in ("1", "2", "3", "4"):
        raise InvalidError(f"{tier[:40]!r} is no tier; give 1 to 4", place="tier")
    listed = {name: values[name].replace(";", " ").split() for name in ("categories", "urls") if name in values}
    return AssetFacts(
        kind=AssetKind[kind.upper()] if kind else None,
        tier=int(tier) if tier else None,
        categories=listed.get("categories"),
        urls=listed.get("urls"),
        data_class=values.get("data_class"),
        boundary=values.get("boundary"),
        default_ref=values.get("default_ref") or None,
    )


def _csv_rows(text: str) -> list[ListedAsset]:
    header = text.split("\n", 1)[0]
    delimiter = ";" if header.count(";") > header.count(",") else "\t" if "\t" in header else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip().lower() for name in next(reader, [])]
        _check_columns(columns)
        return [_csv_row(reader.line_num, columns, cells) for cells in reader if any(cells)]
    except csv.Error as error:
        raise InvalidError(str(error), place=f"line {max(reader.line_num, 1)}") from None


def _csv_row(line: int, columns: list[str], cells: list[str]) -> ListedAsset:
    values = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
    if len(cells) > len(columns):
        return ListedAsset(line, values, f"the row has {len(cells)} cells, the first line names {len(columns)} columns")
    return ListedAsset(line, values)


def _json_rows(text: str) -> list[ListedAsset]:
    try:
        tree = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidError(f"this is no JSON: {error}") from None
    rows = tree.get("assets") if isinstance(tree, dict) else tree
    if not isinstance(rows, list):
        raise InvalidError('give a list of objects, or {"assets": […]}')
    return [_json_row(number, row) for number, row in enumerate(rows, 1)]


def _json_row(number: int, row: object) -> ListedAsset:
    if not isinstance(row, dict):
        return ListedAsset(number, {}, "this is no object")
    strange = next((str(name) for name in row if name not in COLUMNS), None)
    values = {str(name): _text(value) for name, value in row.items()}
    if strange is not None:
        return ListedAsset(number, values, f"{strange[:40]!r} is no column; known are {', '.join(COLUMNS)}")
    return ListedAsset(number, values)


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value).strip()


def _check_columns(columns: list[str]) -> None:
    if "path" not in columns:
        raise InvalidError("the first line has to name the columns, `path` among them", place="line 1")
    if strange := [name for name in columns if name not in COLUMNS]:
        raise InvalidError(f"{strange[0][:40]!r} is no column; known are {', '.join(COLUMNS)}", place="line 1")
    if len(set(columns)) < len(columns):
        raise InvalidError("a column is named twice", place="line 1")
