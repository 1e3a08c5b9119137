"""The generated pages, as the tests compare them."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def generated() -> dict[str, str]:
    """Name of each generated page → what it should say."""
    spec = importlib.util.spec_from_file_location("docs_generate", Path(__file__).with_name("generate.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {name: module.page(make) for name, make in module.PAGES.items()}
