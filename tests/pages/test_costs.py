"""What a page may cost: at most 15 queries, and no more of them for more rows (budgets.md §2)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from tests.pages.conftest import ASSET, sarif

if TYPE_CHECKING:
    from django.test import Client

MOST = 15
# Who is asking: session, person, their teams, and the time limit of the request.
PAGES = (
    "/",
    "/findings/",
    "/findings/?severity=high&owner=none&due=soon&text=flaw",
    "/findings/{finding}/",
    "/findings/{finding}/panel/",
    "/findings/bulk/new/",
    "/findings/bulk/new/?severity=high&deed=confirm",
    "/views/",
    "/assets/",
    "/assets/?text=acme",
    "/assets/{asset}/",
    "/assets/{asset}/edit/",
    "/imports/",
    "/imports/{scan}/",
    "/imports/{scan}/progress/",
    "/imports/upload/",
    "/metrics/",
    "/metrics/?under=gitlab.com/acme&team=none",
    "/metrics/findings/?count=opened",
    "/admin/people/",
    "/admin/teams/",
    "/admin/tokens/",
    "/admin/sla/",
    "/admin/jobs/",
    "/account/",
    "/admin/sign-in/",
    "/admin/activity/",
    "/admin/activity/?within=7d&words=flaw&asset=gitlab.com/acme&action=scan",
    "/admin/activity/forwarding/",
    "/docs/",
    "/notifications/",
    "/notifications/?show=all",
    "/notifications/settings/",
    "/admin/channels/",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_little_and_not_more_for_more_rows(
    client: "Client", imported: Callable[..., int], path: str
) -> None:
    few = _queries(client, path, imported(sarif("flaw 0", "flaw 1")))
    for number in range(3):
        imported(sarif(*(f"flaw {number}.{row}" for row in range(10))), f"{ASSET}-{number}")
    many = _queries(client, path, imported(sarif(*(f"flaw {row}" for row in range(12)))))
    assert many <= MOST
    assert many <= few + 1, f"{few} queries for a few rows, {many} for more"


def _queries(client: "Client", path: str, scan_id: int) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    first = client.get("/api/v1/findings?state=all").json()["items"][0]["id"]
    asset = client.get(f"/api/v1/assets?path={ASSET}").json()["items"][0]["id"]
    address = path.format(finding=first, asset=asset, scan=scan_id)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.status_code == 200
    asked = [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "SET "))]
    return len(asked)
