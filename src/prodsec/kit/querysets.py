"""Pages out of a queryset: rows in the order of one unique column, from where the last page ended."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from prodsec.kit.errors import InvalidError
from prodsec.kit.paging import Page, decode_cursor, encode_cursor, page_size

Row = TypeVar("Row", bound=Model)


def page(
    rows: QuerySet[Row], by: str, *, cursor: str, size: int | None, kind: type[int] | type[str] = int
) -> Page[Row]:
    """The rows after the cursor, ordered by a unique column (`-id`: the highest first) whose values are of this kind.

    Cost: 1 query, and those that the queryset prefetches.
    Raises: InvalidError for a cursor that is not ours.
    """
    column = by.removeprefix("-")
    if cursor:
        (after,) = decode_cursor(cursor, length=1)
        if type(after) is not kind or "\x00" in str(after):
            raise InvalidError("this cursor belongs to another order; start again without it", place="cursor")
        rows = rows.filter(**{f"{column}__{'lt' if by.startswith('-') else 'gt'}": after})
    size = page_size(size)
    found = list(rows.order_by(by)[: size + 1])
    following = encode_cursor([getattr(found[size - 1], column)]) if len(found) > size else None
    return Page(found[:size], following)
