"""The program `prodsec`: its commands, what it loads, how it ends."""

import subprocess
import sys
from types import ModuleType

import pytest

from prodsec_cli import main as program

CONTRACT = {
    "up",
    "inspect",
    "import",
    "upload",
    "user",
    "token",
    "doctor",
    "backup",
    "restore",
    "worker",
    "web",
    "migrate",
}


def _run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_every_command_of_the_contract_is_there() -> None:
    assert set(program.commands()) >= CONTRACT


def test_help_loads_neither_django_nor_anything_heavy() -> None:
    loaded = _run(
        "import sys; from prodsec_cli import main\n"
        "try: main.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in ('django', 'msgspec', 'lxml', 'http.client', 'ssl') if name in sys.modules])"
    )
    assert loaded.splitlines()[-1] == "[]"


def test_the_client_stands_alone() -> None:
    loaded = _run(
        "import sys; before = set(sys.modules); import prodsec_cli.upload\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before} - {'prodsec_cli'}\n"
        "print([name for name in new if name not in sys.stdlib_module_names])"
    )
    assert loaded.strip() == "[]"


def test_without_the_server_only_upload_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    assert set(program.commands()) == {"upload"}


@pytest.mark.parametrize(
    ("error", "code"), [("InvalidError", 3), ("ForbiddenError", 3), ("NotFoundError", 3), ("UnavailableError", 4)]
)
def test_errors_of_the_server_become_exit_codes(
    error: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(_: object) -> int:
        from prodsec.kit import errors

        raise getattr(errors, error)("Nothing\nto see.")

    _offer(monkeypatch, run)
    assert program.main(["try"]) == code
    assert capsys.readouterr().err == "prodsec: Nothing to see.\n"


def test_an_error_nobody_expects_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def run(_: object) -> int:
        raise ZeroDivisionError

    _offer(monkeypatch, run)
    with pytest.raises(ZeroDivisionError):
        program.main(["try"])


def test_wrong_use_is_two() -> None:
    with pytest.raises(SystemExit) as ending:
        program.main(["upload"])
    assert ending.value.code == 2


def _offer(monkeypatch: pytest.MonkeyPatch, run: object) -> None:
    """Have a command `try` that does this."""
    module = ModuleType("a_command")
    module.run, module.add_arguments = run, lambda parser: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_command", module)
    monkeypatch.setattr(program, "commands", lambda: {"try": ("try something", "a_command")})
