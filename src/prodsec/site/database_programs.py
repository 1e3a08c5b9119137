"""PostgreSQL's own programs (`pg_dump`, `pg_restore`, `psql`), pointed at the database Django is connected to."""

import os
import subprocess
from typing import IO

from django.db import connection
from psycopg import pq

from prodsec.kit import embedded_postgres
from prodsec.kit.errors import UnavailableError


def environment() -> dict[str, str]:
    """The process environment with libpq's variables for our database; a password never stands on a command line."""
    given = connection.get_connection_params()
    variables = {option.keyword.decode(): option.envvar for option in pq.Conninfo.get_defaults() if option.envvar}
    ours = {
        variables[name].decode(): str(value)
        for name, value in given.items()
        if name in variables and isinstance(value, str | int) and not isinstance(value, bool)
    }
    ours["PGDATABASE"] = str(given["dbname"])
    return {**os.environ, **ours}


def run(
    name: str,
    *arguments: str,
    stdin: IO[bytes] | int = subprocess.DEVNULL,
    stdout: IO[bytes] | int = subprocess.DEVNULL,
) -> None:
    """Run one program to its end.

    Raises: UnavailableError with the program's own last words when it fails.
    """
    done = subprocess.run(
        [embedded_postgres.program(name), *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=environment(),
        check=False,
    )
    if done.returncode:
        refuse(name, done.stderr)


def pipe(first: list[str], second: list[str]) -> None:
    """Run two programs, the first writing into the second.

    Raises: UnavailableError with the last words of the one that failed; the second's when both did.
    """
    path = embedded_postgres.program
    with (
        subprocess.Popen(
            [path(first[0]), *first[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
        ) as writer,
        subprocess.Popen(
            [path(second[0]), *second[1:]],
            stdin=writer.stdout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment(),
        ) as reader,
    ):
        if writer.stdout:
            writer.stdout.close()
        words_of_reader = reader.communicate()[1]
        words_of_writer = writer.stderr.read() if writer.stderr else b""
    if reader.returncode:
        refuse(second[0], words_of_reader)
    if writer.returncode:
        refuse(first[0], words_of_writer)


def refuse(name: str, words: bytes) -> None:
    """Turn a program's last words into our error."""
    said = " / ".join(words.decode(errors="replace").strip().splitlines()[-3:]) or "it said nothing"
    raise UnavailableError(f"{name} did not finish: {said}")
