"""Finds each context's templates in its `web/templates` room."""

from pathlib import Path

from django.apps import apps
from django.template.loaders.filesystem import Loader


class ContextLoader(Loader):
    """A filesystem loader over `<context>/web/templates` of every installed context of ours."""

    def get_dirs(self) -> list[str | Path]:
        """The template rooms, in the order of INSTALLED_APPS."""
        rooms = (
            Path(app.path) / "web" / "templates" for app in apps.get_app_configs() if app.name.startswith("prodsec.")
        )
        return [room for room in rooms if room.is_dir()]
