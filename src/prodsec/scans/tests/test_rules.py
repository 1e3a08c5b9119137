"""The pure decisions of `scans`."""

import pytest

from prodsec.scans import rules
from prodsec.vocabulary.kinds import Kind


@pytest.mark.parametrize(
    ("told", "analysis", "target"),
    [
        ("", Kind.CODE, ""),
        (".", Kind.DEPENDENCY, ""),
        ("/builds/acme/api", Kind.DEPENDENCY, ""),
        ("C:\\work\\api", Kind.CODE, ""),
        ("image.tar", Kind.CONTAINER, ""),
        ("alpine:3.10", Kind.CONTAINER, "alpine"),
        ("registry.example:5000/payments/api:1.2.3", Kind.CONTAINER, "registry.example:5000/payments/api"),
        ("registry.example:5000/payments/api", Kind.CONTAINER, "registry.example:5000/payments/api"),
        ("api@sha256:" + "0" * 64, Kind.CONTAINER, "api"),
        ("api:1@sha256:" + "0" * 64, Kind.CONTAINER, "api"),
        ("services/api", Kind.DEPENDENCY, "services/api"),
        ("https://user:word@Shop.example:8443/cart?id=1", Kind.WEB, "https://shop.example:8443"),
        ("10.0.0.5:8080", Kind.NETWORK, "10.0.0.5:8080"),
        ("db-1.internal", Kind.HOST, "db-1.internal"),
    ],
)
def test_a_scope_is_named_by_what_does_not_change(told: str, analysis: Kind, target: str) -> None:
    assert rules.scope_target(told, analysis) == target


@pytest.mark.parametrize(
    ("target", "dry_run", "writes"),
    [("", False, True), ("main", False, True), ("topic", False, False), ("", True, False)],
)
def test_only_the_default_ref_writes_the_record(target: str, dry_run: bool, writes: bool) -> None:
    assert rules.writes_record(target=target, default_ref="main", dry_run=dry_run) is writes
