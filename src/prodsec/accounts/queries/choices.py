"""How a person likes the pages."""

from prodsec.accounts.models import PersonChoices
from prodsec.accounts.types import Choices, Viewer


def choices(viewer: Viewer) -> Choices:
    """What the viewer chose for themselves, on whatever machine. Cost: 1 query."""
    row = PersonChoices.objects.filter(person=viewer.person_id).first()
    if row is None:
        return Choices()
    return Choices(theme=row.theme, density=row.density, hides_first_steps=row.hides_first_steps)
