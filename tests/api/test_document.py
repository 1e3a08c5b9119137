"""What the API says of itself, and how it refuses what never reaches an operation."""

import gc
from collections import Counter
from typing import Any

import pytest
from django.test import Client

from prodsec.accounts.tests.people import admin, person, token_door
from prodsec.site.api import api

PROBLEM = "application/problem+json"


@pytest.fixture
def document(client: Client, db: None) -> Any:
    return client.get("/api/v1/openapi.json").json()


def operations(document: Any) -> dict[str, Any]:
    return {
        f"{method} {path}": operation for path, item in document["paths"].items() for method, operation in item.items()
    }


def test_each_address_and_method_is_answered_by_one_router(document: Any) -> None:
    assert operations(document)  # asking for it has mounted the routers
    served = Counter(
        (method, f"{prefix}{path}")
        for prefix, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    )
    assert [route for route, times in served.items() if times > 1] == []


def test_every_operation_tells_its_refusals(document: Any) -> None:
    for name, operation in operations(document).items():
        assert {"401", "403", "422", "503"} <= operation["responses"].keys(), name
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == [PROBLEM], f"{name} {status}"


def test_every_post_takes_a_key_and_nothing_else_does(document: Any) -> None:
    with_key = {
        name
        for name, operation in operations(document).items()
        if any(parameter["name"] == "Idempotency-Key" for parameter in operation["parameters"])
    }
    assert with_key == {name for name in operations(document) if name.startswith("post ")}
    assert len(with_key) > 10


def test_it_tells_how_to_sign_in(document: Any) -> None:
    (name,) = document["security"][0]
    assert document["components"]["securitySchemes"][name]["scheme"] == "bearer"


@pytest.mark.django_db
def test_what_reaches_no_operation_is_refused_in_the_same_words() -> None:
    client = admin().client
    for answer, status in (
        (client.get("/api/v1/nothing"), 404),
        (client.get("/api/v1/assets/x"), 404),
        (client.delete("/api/v1/me"), 405),
        (client.get("/api/v1/me", headers={"Host": "else.example"}), 400),
        (Client().get("/api/v1/me", headers={"Authorization": "Bearer x"}), 401),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM)
        assert answer.json()["status"] == status
        assert answer.json()["detail"].endswith(".")
    assert client.delete("/api/v1/me")["Allow"] == "GET"
    assert client.get("/nothing/")["Content-Type"].startswith("text/html")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("until", "status"),
    [
        ("2024-01-01T00:00:00+19:08", 200),
        ("0001-01-01T00:00:00+01:00", 422),
        ("9999-12-31T23:59:59-01:00", 422),
        ("2024-01-01T00:00:00", 422),
    ],
)
def test_an_instant_may_have_any_offset_that_leads_to_a_year_we_know(until: str, status: int) -> None:
    answer = admin().get("/activity", until=until)
    assert answer.status_code == status, answer.content


@pytest.mark.django_db
def test_a_time_without_offset_is_no_end_of_a_decision() -> None:
    body = {"asset_id": 1, "scope": "rule", "value": "a", "kind": "accepted", "reason": "b"}
    answer = admin().post("/decisions", {**body, "valid_until": "2099-01-01T00:00:00"})
    assert (answer.status_code, answer.json()["errors"][0]["place"]) == (422, "body.body.valid_until")


@pytest.mark.django_db
@pytest.mark.parametrize("ending", [b"", b"\r\n--b"])
def test_a_form_that_ends_too_early_leaves_no_file_open(ending: bytes) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n{}' + ending
    door = token_door(person(is_admin=True))
    answer = door.client.post("/api/v1/imports", form, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 422
    del answer
    gc.collect()  # a file that is still open warns here, and a warning is a failure
