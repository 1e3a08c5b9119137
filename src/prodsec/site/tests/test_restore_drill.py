"""The drill (T28): a populated installation is backed up, lost, and brought back into an empty home, by the commands alone."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from prodsec.kit import embedded_postgres

SPEC = "id: acme\ntitle: Acme\ntool: Acme\nkind: code\nreader: json\ndetect: [{json: [acme]}]\neach: acme[*]\nfields: {rule: a, title: a}\n"
SAMPLES = Path(__file__).parents[4] / "tests" / "samples"
EVERYTHING = """
SELECT 'activity', md5(string_agg(encode(digest, 'hex'), ',' ORDER BY id)) FROM activity_activity
UNION ALL SELECT 'findings', md5(string_agg(f::text, ',' ORDER BY id)) FROM findings_finding f
UNION ALL SELECT 'events', md5(string_agg(e::text, ',' ORDER BY id)) FROM findings_findingevent e
UNION ALL SELECT 'clocks', md5(string_agg(c::text, ',' ORDER BY finding_id, kind)) FROM policies_clock c
UNION ALL SELECT 'scans', md5(string_agg(s::text, ',' ORDER BY id)) FROM scans_scan s
"""


def prodsec(home: Path, *words: str, expect: int = 0) -> "subprocess.CompletedProcess[str]":
    environment = {key: value for key, value in os.environ.items() if key not in ("DATABASE_URL", "PRODSEC_SECRET_KEY")}
    done = subprocess.run(
        [sys.executable, "-m", "prodsec_cli.main", *words],
        env={**environment, "PRODSEC_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done


def content_of(home: Path) -> dict[str, Any]:
    with (
        embedded_postgres.running(home),
        psycopg.connect(**embedded_postgres.connection_of(home)) as connection,  # type: ignore[arg-type]
    ):
        return dict(connection.execute(EVERYTHING).fetchall())


def reports_in(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (home / "reports").glob("??/*")}


@pytest.fixture(scope="module")
def populated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("lost")
    prodsec(home, "migrate")
    for name in ("bandit/bandit.json", "gitleaks/v8.json"):
        prodsec(home, "import", str(SAMPLES / name), "--asset", "acme.example/shop")
    (home / "formats").mkdir()
    (home / "formats" / "acme.yaml").write_text(SPEC, encoding="utf-8")
    return home


@pytest.mark.xdist_group("drill")
def test_a_lost_installation_comes_back_whole(populated: Path, tmp_path: Path) -> None:
    archive, other = tmp_path / "backup.tar", tmp_path / "new"
    told = json.loads(prodsec(populated, "backup", str(archive), "--json").stdout)
    assert told["reports"] == 2
    assert told["has_key"] is False
    assert archive.stat().st_mode & 0o077 == 0

    refused = prodsec(other, "restore", str(archive), expect=3).stderr
    assert "another installation key" in refused
    (other / "secret.key").write_bytes((populated / "secret.key").read_bytes())
    (other / "formats").mkdir()
    (other / "formats" / "later.yaml").write_text("no spec\n", encoding="utf-8")
    prodsec(other, "restore", str(archive))

    before, after = content_of(populated), content_of(other)
    assert all(before.values()), before
    assert after == before
    assert reports_in(other) == reports_in(populated)
    assert {spec.name: spec.read_text("utf-8") for spec in (other / "formats").iterdir()} == {"acme.yaml": SPEC}


@pytest.mark.xdist_group("drill")
def test_what_is_there_is_not_thrown_away_by_accident(populated: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    prodsec(populated, "backup", str(archive), "--with-key")
    before = content_of(populated)
    assert "not empty" in prodsec(populated, "restore", str(archive), expect=3).stderr
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    broken = tmp_path / "broken.tar"
    broken.write_bytes(content)
    assert "changed or cut" in prodsec(populated, "restore", str(broken), "--replace", expect=3).stderr
    assert content_of(populated) == before
    prodsec(populated, "import", str(SAMPLES / "hadolint/hadolint.json"), "--asset", "acme.example/other")
    assert content_of(populated) != before
    prodsec(populated, "restore", str(archive), "--replace")
    assert content_of(populated) == before
