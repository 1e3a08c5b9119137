"""`prodsec user` and `prodsec token`, run as commands."""

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client

from prodsec.accounts.models import Person
from prodsec.accounts.tests.people import PASSWORD, person
from prodsec.activity.models import Activity
from prodsec.site import django_ready
from prodsec_cli.main import main

pytestmark = pytest.mark.django_db

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def prodsec(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the program on the test's own database; gives exit code, standard output and standard error."""

    @contextlib.contextmanager
    def already_there() -> Iterator[None]:
        yield

    monkeypatch.setattr(django_ready, "database", already_there)

    def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        code = main(arguments)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def test_people_are_added_and_listed(prodsec: Run) -> None:
    assert prodsec("user", "list")[1].startswith("Nobody yet")
    code, said, _ = prodsec(
        "user", "create", "ada@acme.example", "--name", "Ada", "--admin", "--password-stdin", stdin=f"{PASSWORD}\n"
    )
    assert (code, said) == (0, "ada@acme.example was added as an admin.\n")
    assert Person.objects.get().check_password(PASSWORD)
    (told,) = json.loads(prodsec("user", "list", "--json")[1])
    assert (told["email"], told["name"], told["is_admin"], told["is_active"]) == ("ada@acme.example", "Ada", True, True)
    (deed,) = Activity.objects.all()
    assert (deed.action, deed.actor_id, deed.actor_name) == ("person.created", None, "prodsec")


@pytest.mark.parametrize("command", ["user", "token"])
def test_an_empty_home_is_enough(command: str, tmp_path: Path) -> None:
    environ = {**os.environ, "PRODSEC_HOME": str(tmp_path / "fresh")}
    environ.pop("DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "prodsec_cli.main", command, "list", "--json"],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_somebody_is_disabled_and_enabled(prodsec: Run) -> None:
    person("amy")
    assert prodsec("user", "disable", "Amy@acme.example")[:2] == (0, "amy@acme.example is disabled.\n")
    assert "(disabled)" in prodsec("user", "list")[1]
    assert prodsec("user", "enable", "amy@acme.example")[0] == 0
    assert Person.objects.get().is_active


def test_a_password_is_set_from_standard_input(prodsec: Run) -> None:
    somebody = person("amy")
    assert prodsec("user", "password", "amy@acme.example", "--password-stdin", stdin=f"{PASSWORD}\n")[0] == 0
    somebody.refresh_from_db()
    assert somebody.check_password(PASSWORD)


def test_a_password_is_asked_for_twice(prodsec: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    person("amy")
    typed = iter([PASSWORD, "something else"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    code, _, complaint = prodsec("user", "password", "amy@acme.example")
    assert (code, complaint) == (3, "prodsec: The two passwords differ.\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("user", "create", "ada", "--no-password"), "email: this is not an e-mail address"),
        (("user", "create", "amy@acme.example", "--no-password"), "belongs to somebody already"),
        (("user", "create", "ada@acme.example", "--password-stdin"), "password:"),
        (("user", "disable", "boss@acme.example"), "last admin"),
        (("user", "disable", "x@acme.example"), "no person with the address x@acme.example"),
        (("token", "create", "ci", "--for", "x@acme.example"), "no person with the address"),
        (("token", "create", "ci", "--for", "amy@acme.example", "--scope", "admin"), "could not administer"),
        (("token", "revoke", "7"), "no token 7"),
    ],
)
def test_what_is_refused_is_one_sentence_and_exit_3(prodsec: Run, arguments: tuple[str, ...], complaint: str) -> None:
    person("amy")
    person("boss", is_admin=True)
    code, said, told = prodsec(*arguments)
    assert (code, said) == (3, "")
    assert complaint in told
    assert told.count("\n") == 1
    assert not Activity.objects.exists()


@pytest.mark.parametrize("arguments", [("user",), ("token", "create"), ("token", "revoke", "x")])
def test_wrong_use_is_exit_2(prodsec: Run, arguments: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        prodsec(*arguments)
    assert ended.value.code == 2


def test_a_token_is_printed_once_works_and_ends(prodsec: Run) -> None:
    person("amy")
    code, text, _ = prodsec("token", "create", "ci", "--for", "amy@acme.example", "--subtree", "acme/api")
    client = Client(headers={"Authorization": f"Bearer {text.strip()}"})
    me = client.get("/api/v1/me").json()
    assert (code, me["scopes"], me["subtree"]) == (0, ["import"], "acme/api")
    listed = prodsec("token", "list")[1]
    assert text.strip() not in listed
    assert text[:10] in listed
    (told,) = json.loads(prodsec("token", "list", "--json")[1])
    assert told["expires_at"] is not None
    assert prodsec("token", "revoke", str(told["id"]))[:2] == (0, f"Token {told['id']} is revoked.\n")
    assert client.get("/api/v1/me").status_code == 401
    assert "revoked" in prodsec("token", "list")[1]
