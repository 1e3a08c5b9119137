"""The embedded server: started once a home, shared, and gone with its owner however that one ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from prodsec.kit import embedded_postgres
from prodsec.kit.errors import UnavailableError

OWNER = """
import sys, pathlib
from prodsec.kit import embedded_postgres
with embedded_postgres.running(pathlib.Path(sys.argv[1])):
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "own"


def owner(home: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def write_and_count(home: Path) -> int:
    with psycopg.connect(**embedded_postgres.connection_of(home), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES ('kept')")
        row = connection.execute("SELECT count(*) FROM note").fetchone()
        assert row is not None
        return int(row[0])


def test_killed_owner_leaves_nothing_that_blocks_the_next(home: Path) -> None:
    first = owner(home)
    assert write_and_count(home) == 1
    first.send_signal(signal.SIGKILL)
    first.communicate()
    with embedded_postgres.running(home):
        assert write_and_count(home) == 2


def test_second_process_uses_the_running_server(home: Path) -> None:
    first = owner(home)
    with embedded_postgres.running(home):
        assert write_and_count(home) == 1
    assert write_and_count(home) == 2, "leaving the block must not stop somebody else's server"
    first.communicate("")
    assert first.returncode == 0


def test_server_is_gone_after_the_block_and_listens_on_no_address(home: Path) -> None:
    with embedded_postgres.running(home):
        with psycopg.connect(**embedded_postgres.connection_of(home)) as connection:
            row = connection.execute("SHOW listen_addresses").fetchone()
        assert row == ("",)
        assert oct(embedded_postgres.socket_folder(home).stat().st_mode & 0o777) == "0o700"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**embedded_postgres.connection_of(home))


def test_damaged_files_are_told_in_the_servers_own_words(home: Path) -> None:
    with embedded_postgres.running(home):
        pass
    os.truncate(home / "postgres" / "global" / "pg_control", 0)
    with pytest.raises(UnavailableError, match=r"does not start: .*pg_control"), embedded_postgres.running(home):
        pass


def test_long_home_still_has_a_short_socket_folder(tmp_path: Path) -> None:
    folder = embedded_postgres.socket_folder(tmp_path / ("x" * 120))
    assert len(str(folder)) <= 80
