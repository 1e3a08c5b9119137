"""Lists of assets, as CSV or JSON: read, previewed, applied. One bad row never stops the others."""

import csv
import dataclasses
import io

import msgspec
from django.db import transaction

from prodsec.accounts import queries as accounts
from prodsec.accounts.types import Viewer
from prodsec.inventory import queries
from prodsec.inventory.services.owning import set_owner
from prodsec.inventory.services.tree import change_asset, create_asset, facts_of
from prodsec.inventory.types import AssetFacts, AssetKind, ImportOutcome, ImportRow
from prodsec.kit.errors import InvalidError, ProdsecError

MOST_ROWS, LARGEST_BYTES = 50_000, 20_000_000
_LISTS = ("categories", "urls")
_COLUMNS = frozenset({field.name for field in dataclasses.fields(AssetFacts)} | {"path", "owner"})


class _RolledBack(Exception):
    """Ends the savepoint of a preview."""


def read_rows(data: bytes) -> list[ImportRow]:
    """Rows out of CSV with a header, a JSON list of objects, or `{"assets": […]}`.

    Columns: path, kind, tier, categories, urls (separated by `;` or spaces in CSV), data_class, boundary, default_ref, owner (a team's slug).
    Raises: InvalidError when the whole cannot be read.
    """
    if len(data) > LARGEST_BYTES:
        raise InvalidError("a list of assets has at most 20 MB")
    text = data.decode("utf-8-sig", errors="replace").replace("\x00", "")
    rows = _json_rows(text) if text.lstrip()[:1] in ("[", "{") else _csv_rows(text)
    if len(rows) > MOST_ROWS:
        raise InvalidError(f"a list of assets has at most {MOST_ROWS} rows; this one has {len(rows)}")
    return rows


def preview_import(viewer: Viewer, rows: list[ImportRow]) -> list[ImportOutcome]:
    """What `apply_import` would do, row by row: it is done and rolled back, so the preview cannot differ from the deed."""
    outcomes: list[ImportOutcome] = []
    try:
        with transaction.atomic():
            outcomes = apply_import(viewer, rows)
            raise _RolledBack
    except _RolledBack:
        return outcomes


def apply_import(viewer: Viewer, rows: list[ImportRow]) -> list[ImportOutcome]:
    """Create and change assets, row by row in the order of their paths, so that parents come first."""
    teams = {team.slug: team.pk for team in accounts.teams(viewer)}
    outcomes = [_apply_row(viewer, row, teams) for row in sorted(rows, key=lambda row: row.values.get("path", ""))]
    return sorted(outcomes, key=lambda outcome: outcome.line)


def _apply_row(viewer: Viewer, row: ImportRow, teams: dict[str, int]) -> ImportOutcome:
    path = row.values.get("path", "")
    try:
        with transaction.atomic():
            given = _facts(row)
            found = queries.visible_to(viewer).filter(path=path.strip().strip("/")).first()
            before = facts_of(found) if found else {}
            asset = (
                change_asset(viewer, found.pk, given)
                if found
                else create_asset(viewer, path, kind=given.kind or AssetKind.PROJECT, given=given)
            )
            if "owner" in row.values:
                asset = set_owner(viewer, asset.pk, _team(row.values["owner"], teams))
            after = facts_of(asset)
    except ProdsecError as error:
        return ImportOutcome(line=row.line, path=path, result="rejected", reason=str(error))
    if not found:
        return ImportOutcome(line=row.line, path=path, result="created")
    changed = tuple(name for name in after if before[name] != after[name])
    return ImportOutcome(line=row.line, path=path, result="changed" if changed else "unchanged", changed=changed)


def _team(slug: str, teams: dict[str, int]) -> int | None:
    if not slug:
        return None
    if slug not in teams:
        raise InvalidError(f"there is no team {slug[:60]!r}", place="owner")
    return teams[slug]


def _facts(row: ImportRow) -> AssetFacts:
    values = row.values
    kind = values.get("kind", "")
    if kind and kind.upper() not in AssetKind.__members__:
        raise InvalidError(f"{kind[:40]!r} is no kind of asset", place="kind")
    tier = values.get("tier", "")
    if tier and not tier.isdecimal():
        raise InvalidError(f"{tier[:40]!r} is no tier", place="tier")
    lists = {name: values[name].replace(";", " ").split() for name in _LISTS if name in values}
    return AssetFacts(
        kind=AssetKind[kind.upper()] if kind else None,
        tier=int(tier) if tier else None,
        categories=lists.get("categories"),
        urls=lists.get("urls"),
        data_class=values.get("data_class"),
        boundary=values.get("boundary"),
        default_ref=values.get("default_ref") or None,
    )


def _csv_rows(text: str) -> list[ImportRow]:
    sample = text.split("\n", 1)[0]
    delimiter = ";" if sample.count(";") > sample.count(",") else "\t" if "\t" in sample else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    columns = {name: name.strip().lower() for name in reader.fieldnames or []}
    if "path" not in columns.values():
        raise InvalidError("the first line has to name the columns, `path` among them", place="line 1")
    _refuse_unknown(set(columns.values()))
    try:
        return [
            ImportRow(reader.line_num, {columns[name]: (value or "").strip() for name, value in row.items() if name})
            for row in reader
        ]
    except csv.Error as error:
        raise InvalidError(str(error), place=f"line {reader.line_num}") from None


def _json_rows(text: str) -> list[ImportRow]:
    try:
        tree = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidError(f"this is no JSON: {error}") from None
    rows = tree.get("assets") if isinstance(tree, dict) else tree
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidError('give a list of objects, or {"assets": […]}')
    _refuse_unknown({str(name) for row in rows for name in row})
    return [
        ImportRow(number, {name: _text(value) for name, value in row.items()}) for number, row in enumerate(rows, 1)
    ]


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return "" if value is None else str(value).strip()


def _refuse_unknown(names: set[str]) -> None:
    if unknown := sorted(names - _COLUMNS):
        raise InvalidError(f"{unknown[0][:40]!r} is no column; known are {', '.join(sorted(_COLUMNS))}", place="line 1")
