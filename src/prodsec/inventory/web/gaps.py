"""What is not scanned: how many assets miss which kind of analysis, and the address of exactly these."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prodsec.accounts.types import Viewer
from prodsec.metrics import queries as metrics
from prodsec.metrics.queries import Coverage
from prodsec.vocabulary.kinds import Kind

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from prodsec.inventory.models import Asset

_KINDS = {kind.word: kind for kind in Kind}


@dataclass(frozen=True)
class Gap:
    """Assets of a subtree (empty: of all) that should have been scanned by a kind of analysis and were not, lately or (is_never) at all."""

    analysis: Kind
    is_never: bool
    under: str

    def assets(self, viewer: Viewer) -> "QuerySet[Asset]":
        """Those that the viewer sees."""
        days = None if self.is_never else metrics.RECENT_DAYS
        return metrics.unscanned(viewer, self.analysis, days=days, under=self.under)


@dataclass(frozen=True)
class Line:
    """A kind of analysis: how many of the assets that should have it had it. `missing` did not lately, `coverage.never` at all."""

    coverage: Coverage
    missing: int


def gap_in(given: Mapping[str, str]) -> Gap | None:
    """The gap that an address asks for; None when it names none."""
    analysis = _KINDS.get(given.get("not_scanned", ""))
    if analysis is None:
        return None
    under = given.get("under", "").replace("\x00", "").strip("/")
    return Gap(analysis, is_never=given.get("since") == "ever", under=under)


def lines(viewer: Viewer, *, under: str = "") -> list[Line]:
    """A line a kind of analysis that is to be expected somewhere. Cost: 1 query."""
    return [Line(one, one.older + one.never) for one in metrics.coverage(viewer, under=under)]
