"""The test database: the embedded PostgreSQL, started once for the whole run, gone afterwards."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import hypothesis
import pytest

SETTINGS = "prodsec.site.settings"
# Durability is tested by the kill tests on a server of their own; here it would only cost time.
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "100"}

_started: "list[tuple[Path, subprocess.Popen[bytes]]]" = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the one flag that writes snapshots again."""
    parser.addoption("--regenerate", action="store_true", help="write the snapshots of sample reports again")


# The machine that judges a change always tries the same examples, and does not spend minutes on making one smaller.
IN_CI = bool(os.environ.get("CI"))
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    derandomize=IN_CI,
    phases=[
        phase
        for phase in hypothesis.Phase
        if not (IN_CI and phase in (hypothesis.Phase.shrink, hypothesis.Phase.explain))
    ],
)
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Start PostgreSQL (in the controlling process only) and let Django read its settings."""
    if not hasattr(config, "workerinput") and "PRODSEC_TEST_HOME" not in os.environ:
        home = Path(tempfile.mkdtemp(prefix="prodsec-test-"))
        os.environ["PRODSEC_TEST_HOME"] = str(home)
        os.environ["PRODSEC_HOME"] = str(home)
        os.environ.pop("DATABASE_URL", None)
        from prodsec.kit import embedded_postgres

        _started.append((home, embedded_postgres.start(home, settings=FAST)))
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    import django

    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop PostgreSQL and remove its files."""
    while _started:
        home, server = _started.pop()
        from prodsec.kit import embedded_postgres

        embedded_postgres.stop(server)
        shutil.rmtree(home, ignore_errors=True)
        os.environ.pop("PRODSEC_TEST_HOME", None)


@pytest.fixture(autouse=True)
def _private_home(tmp_path: Path, settings: object) -> None:
    """Each test has a home of its own for raw reports."""
    settings.PRODSEC_HOME = tmp_path / "home"  # type: ignore[attr-defined]
