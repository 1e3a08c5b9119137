"""How a person likes the pages: theirs alone, so it is no row of `activity`."""

from prodsec.accounts.models import PersonChoices
from prodsec.accounts.types import DENSITIES, THEMES, Viewer
from prodsec.kit.errors import ForbiddenError, InvalidError


def choose(
    viewer: Viewer, *, theme: str | None = None, density: str | None = None, hides_first_steps: bool | None = None
) -> None:
    """Keep what was chosen; None leaves it as it was.

    Raises: InvalidError for a word that is no choice, ForbiddenError for who is no person. Cost: up to 4 queries.
    """
    if viewer.person_id is None:
        raise ForbiddenError("Only a person has choices of their own.")
    if theme is not None and theme not in THEMES:
        raise InvalidError(f"choose one of {', '.join(THEMES)}", place="theme")
    if density is not None and density not in DENSITIES:
        raise InvalidError(f"choose one of {', '.join(DENSITIES)}", place="density")
    asked = {"theme": theme, "density": density, "hides_first_steps": hides_first_steps}
    chosen = {name: value for name, value in asked.items() if value is not None}
    PersonChoices.objects.update_or_create(person_id=viewer.person_id, defaults=chosen)
