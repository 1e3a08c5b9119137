"""Several people change the tree at once (T26): nobody is deadlocked, nothing is doubled, the record fits."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from prodsec.accounts.queries import viewer_of
from prodsec.accounts.tests.people import person, team
from prodsec.accounts.types import SYSTEM
from prodsec.activity.queries import verify_chain
from prodsec.inventory import services
from prodsec.inventory.models import Asset
from prodsec.inventory.rules.lists import read_rows
from prodsec.inventory.tests.test_assets_api import assert_the_tree_is_true
from prodsec.inventory.types import AssetFacts, AssetKind

pytestmark = pytest.mark.django_db(transaction=True)


def all_at_once(*deeds: Callable[[], object]) -> list[BaseException]:
    """Run each in a thread and a transaction of its own. Returns what went wrong."""
    start, failures = threading.Barrier(len(deeds)), list[BaseException]()

    def run(deed: Callable[[], object]) -> None:
        try:
            start.wait()
            with transaction.atomic():
                deed()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_the_same_new_asset_is_made_once() -> None:
    viewer = viewer_of(person(is_admin=True))
    deed = lambda: services.ensure_asset(viewer, "gitlab.com/acme/api")  # noqa: E731 - the same deed, six times
    assert all_at_once(*[deed] * 6) == []
    assert sorted(Asset.objects.values_list("path", flat=True)) == [
        "gitlab.com",
        "gitlab.com/acme",
        "gitlab.com/acme/api",
    ]
    assert_the_tree_is_true()
    assert verify_chain().rows == 1


def test_lists_moves_owners_and_imports_do_not_wait_in_a_circle() -> None:
    red, blue = team("red"), team("blue")
    with transaction.atomic():
        ids = [services.create_asset(SYSTEM, f"a/{number}/x", kind=AssetKind.PROJECT).pk for number in range(10)]
        services.create_asset(SYSTEM, "b", kind=AssetKind.GROUP)
    root = Asset.objects.get(path="a").pk
    forwards = read_rows(b"path,tier\n" + b"".join(b"a/%d/x,1\n" % number for number in range(10)))
    backwards = read_rows(b"path,tier\n" + b"".join(b"a/%d/x,2\n" % number for number in reversed(range(10))))
    failures = all_at_once(
        lambda: services.import_assets(SYSTEM, forwards, dry_run=False),
        lambda: services.import_assets(SYSTEM, backwards, dry_run=False),
        lambda: [services.change_asset(SYSTEM, asset_id, AssetFacts(tier=3)) for asset_id in reversed(ids)],
        lambda: services.set_owner(SYSTEM, root, red.pk),
        lambda: services.set_owner(SYSTEM, ids[0], blue.pk),
        lambda: services.move_asset(SYSTEM, ids[9], "b/moved"),
        lambda: [services.ensure_asset(SYSTEM, f"b/new{number}") for number in range(5)],
    )
    assert failures == []
    assert_the_tree_is_true()
    assert verify_chain().broken_at is None
