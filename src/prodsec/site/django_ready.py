"""Getting Django, and the embedded database where one is used, ready for a command."""

import contextlib
import os
from collections.abc import Iterator


def set_up() -> None:
    """Load settings and contexts. Safe to call twice."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "prodsec.site.settings")
    import django

    django.setup()


@contextlib.contextmanager
def database() -> Iterator[None]:
    """Django with a database that answers: DATABASE_URL's, or the embedded one, started when nobody runs it."""
    set_up()
    from prodsec.site.settings import ENV

    if ENV.database_url:
        yield
        return
    from django.db import connections

    from prodsec.kit import embedded_postgres

    with embedded_postgres.running(ENV.home):
        try:
            yield
        finally:
            connections.close_all()
