"""Foreign keys point down the layers and migrations are the models' own history (style.md §3 and §7)."""

import configparser
import re
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import ForeignKey, ManyToManyField, Model

OURS = "prodsec."


# Rows of a rehearsal: reached through its scan only, and gone with it after some days.
WITHOUT_ASSET = {"PreviewChange"}


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith(OURS)]


def order_of_layers(house: Any) -> list[str]:
    contract = configparser.ConfigParser()
    contract.read(house.root / ".importlinter")
    layers = contract["importlinter:contract:contexts"]["layers"].split()
    return [layer.strip("()") for layer in layers if layer != "|"]


def keys_across() -> list[tuple[str, str, Any]]:
    """(from context, to context, field) of every key that leaves its context."""
    return [
        (model._meta.app_label, field.related_model._meta.app_label, field)
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey | ManyToManyField)
        and isinstance(field.related_model, type)
        and field.related_model._meta.app_label != model._meta.app_label
        and field.related_model.__module__.startswith(OURS)
    ]


def test_keys_point_down(house: Any) -> None:
    order = order_of_layers(house)
    up = [str(field) for own, other, field in keys_across() if order.index(own) >= order.index(other)]
    assert keys_across(), "There are keys across contexts; this test has lost sight of them."
    assert not up, f"These keys point up or sideways: {up}"


def test_the_other_side_does_not_know() -> None:
    named = [str(field) for _, _, field in keys_across() if field.remote_field.related_name != "+"]
    assert not named, f'related_name="+" is missing: {named}'


def test_tables_that_grow_with_findings_carry_the_asset() -> None:
    """So that they can be spread over machines by it (design.md §8)."""
    without = [
        model.__name__
        for model in our_models()
        if model.__name__ not in WITHOUT_ASSET
        and any(f.name == "finding" for f in model._meta.get_fields())
        and not any(getattr(f, "attname", "") == "asset_id" for f in model._meta.get_fields())
    ]
    assert not without, f"No asset_id: {without}"


@pytest.mark.django_db
def test_migrations_are_up_to_date() -> None:
    out = StringIO()
    labels = sorted({model._meta.app_label for model in our_models()})
    try:
        call_command("makemigrations", *labels, check=True, dry_run=True, stdout=out)
    except SystemExit:
        pytest.fail(f"Models and migrations differ; run `python -m django makemigrations`.\n{out.getvalue()}")


def test_migrations_have_names_and_no_application_code(house: Any) -> None:
    for path in house.python:
        if path.parent.name != "migrations" or path.stem == "__init__":
            continue
        assert re.fullmatch(r"\d{4}_[a-z0-9_]+", path.stem), house.name(path)
        assert "_auto_" not in path.stem, f"{house.name(path)}: name it after what it does."
        ours = [name for name in house.imports(path) if name.startswith(OURS)]
        assert not ours, f"{house.name(path)} imports {ours}; code moves on, a migration must not."
