"""The background door of the demo: taking it out again, asked for on a page."""

from prodsec.kit import jobs
from prodsec.kit.errors import NotFoundError
from prodsec.site.demo import removal


@jobs.task(name=removal.JOB)
def remove_demo() -> None:
    """Remove the demo, whole or not at all; when it is gone already, there is nothing to do."""
    try:
        removal.remove()
    except NotFoundError:
        return
