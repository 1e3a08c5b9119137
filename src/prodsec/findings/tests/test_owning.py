"""Findings go where their assets and files go."""

import pytest

from prodsec.accounts.tests.people import Door, admin, team
from prodsec.findings import services
from prodsec.findings.models import Finding, FindingEvent
from prodsec.findings.tests.record import Weakness, import_report, sarif
from prodsec.findings.types import EventKind

pytestmark = pytest.mark.django_db
ASSET = "acme/owning/api"


@pytest.fixture
def door() -> Door:
    import_report(sarif(Weakness(file="app/db.py"), Weakness(file="web/page.py", code="render(name)")), asset=ASSET)
    return admin()


def asset_id(door: Door, path: str) -> int:
    found: int = door.get("/assets", path=path).json()["items"][0]["id"]
    return found


def owners() -> dict[str, str]:
    found = Finding.objects.filter(asset__path=ASSET).select_related("owner_team")
    return {finding.file: finding.owner_team.slug if finding.owner_team else "" for finding in found}


def test_an_owner_set_above_is_the_owner_of_the_findings_at_once(door: Door) -> None:
    assert owners() == {"app/db.py": "", "web/page.py": ""}
    door.patch(f"/assets/{asset_id(door, 'acme')}", {"owner": team("red").pk})
    assert owners() == {"app/db.py": "red", "web/page.py": "red"}
    told = FindingEvent.objects.filter(kind=EventKind.OWNER_CHANGED).values_list("reason", flat=True)
    assert list(told) == ["its asset has another owner"] * 2


def test_what_a_person_gave_away_stays_there(door: Door) -> None:
    one = Finding.objects.get(asset__path=ASSET, file="app/db.py")
    assert services.set_owner(door.viewer, [one.pk], team("blue").pk) == [one.pk]
    door.patch(f"/assets/{asset_id(door, 'acme')}", {"owner": team("red").pk})
    assert owners()["web/page.py"] == "red"
    assert owners()["app/db.py"] == "blue"


def test_a_list_of_assets_hands_findings_over(door: Door) -> None:
    team("red")
    answer = door.client.post(
        "/api/v1/assets/import", data=f"path,owner\n{ASSET},red\n".encode(), content_type="text/csv"
    )
    assert answer.json()["changed"] == 1, answer.content
    assert set(owners().values()) == {"red"}


def test_a_codeowners_file_gives_the_findings_in_its_files_to_whom_it_names(door: Door) -> None:
    team("red")
    team("web")
    asset = asset_id(door, ASSET)
    door.patch(f"/assets/{asset}", {"owner": team("red").pk})
    assert door.put(f"/assets/{asset}/codeowners", {"text": "/web/ @web\n"}).status_code == 200
    assert owners() == {"app/db.py": "red", "web/page.py": "web"}
    door.put(f"/assets/{asset}/codeowners", {"text": ""})
    assert owners() == {"app/db.py": "red", "web/page.py": "red"}
