"""An installation with findings, and its admin in front of it; what needs Django is imported inside."""

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

ASSET = "gitlab.com/acme/payments/api"


def sarif(*titles: str, message: str = "Do not do this.") -> bytes:
    """A report of one tool with a finding a title."""
    rules = [{"id": title, "shortDescription": {"text": title}, "help": {"text": message}} for title in titles]
    results = [
        {
            "ruleId": title,
            "level": "error",
            "message": {"text": message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": f"src/{number}.py"},
                        "region": {"startLine": number + 1},
                    }
                }
            ],
        }
        for number, title in enumerate(titles)
    ]
    run = {"tool": {"driver": {"name": "Lintel", "rules": rules}}, "results": results}
    return json.dumps({"version": "2.1.0", "runs": [run]}).encode()


@pytest.fixture
def client(db: None) -> "Client":
    """The admin's."""
    from django.test import Client

    from prodsec.accounts import services as people
    from prodsec.accounts.types import SYSTEM

    person = people.create_person(SYSTEM, email="ada@acme.example", name="Ada", is_admin=True)
    # Whoever has a password costs a query more: whether they lack a second factor. This one is never checked.
    person.password = "a hash of nothing"
    person.save(update_fields=["password"])
    made = Client()
    made.force_login(person)
    made.get("/docs/")  # the session notes that it is used, which later requests need not
    return made


@pytest.fixture
def imported(client: "Client") -> Callable[..., int]:
    """Imports a report; gives the import's id."""
    from prodsec.accounts.types import SYSTEM
    from prodsec.scans import services as scans
    from prodsec.scans import tasks

    def take_in(report: bytes, asset: str = ASSET) -> int:
        scan_id = scans.receive_report(
            SYSTEM, stream=io.BytesIO(report), file_name="report.sarif", asset_path=asset, queued=False
        )
        tasks.import_now(scan_id)
        return scan_id

    return take_in
