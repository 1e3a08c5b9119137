"""What a provider says of somebody, whatever it says."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prodsec.accounts.rules import claims, id_tokens
from prodsec.accounts.types import GroupRule, SignInRefusedError

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
ANYTHING = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(
    st.dictionaries(st.sampled_from(["groups", "realm_access", "_claim_names", "x"]), ANYTHING), st.text(max_size=12)
)
def test_any_claims_give_names_or_are_refused(said: dict[str, object], path: str) -> None:
    for place in ("groups", "realm_access.roles", path):
        with contextlib.suppress(SignInRefusedError):
            groups = claims.groups_in(said, place)
            assert groups is None or all(isinstance(name, str) and name for name in groups)


def test_groups_are_found_inside_and_under_their_very_name_first() -> None:
    assert claims.groups_in({"groups": ["a", "b", ""]}, "groups") == frozenset({"a", "b"})
    assert claims.groups_in({"groups": "a"}, "groups") == frozenset({"a"})
    assert claims.groups_in({"realm_access": {"roles": ["a"]}}, "realm_access.roles") == frozenset({"a"})
    assert claims.groups_in({"a.b": ["very"], "a": {"b": ["inside"]}}, "a.b") == frozenset({"very"})
    assert claims.groups_in({"a": 5}, "a.b") is None
    assert claims.groups_in({"groups": []}, "groups") == frozenset()


@pytest.mark.parametrize("nonsense", [5, {"a": 1}, [1], [["a"]], True, ["a"] * (claims.MOST_GROUPS + 1)])
def test_groups_that_are_no_names_are_refused(nonsense: object) -> None:
    with pytest.raises(SignInRefusedError):
        claims.groups_in({"groups": nonsense}, "groups")


@given(st.text(max_size=30))
def test_an_address_has_a_domain_only_if_it_is_plain(text: str) -> None:
    domain = claims.domain_of(text)
    if domain:
        assert text.isascii()
        assert text.strip().lower().endswith(f"@{domain}")
        assert text.count("@") == 1


def test_an_address_is_trusted_only_if_verified_and_of_the_very_domain() -> None:
    assert claims.may_vouch("Anna@Acme.example", is_verified=True, domains=["acme.example"])
    for email, is_verified in (
        ("anna@acme.example", False),
        ("anna@sub.acme.example", True),
        ("anna@acme.example.evil.example", True),
        ("anna@acme.example@evil.example", True),
        ("anna@evil.example\n@acme.example", True),
        ("@acme.example", True),
        ("", True),
    ):
        assert not claims.may_vouch(email, is_verified=is_verified, domains=["acme.example"])


def test_groups_lead_to_what_their_rules_say_and_nothing_else() -> None:
    rules = [GroupRule("a", team_id=1), GroupRule("b", team_id=2), GroupRule("a", role="viewer", asset_id=7),
             GroupRule("c", role="auditor")]  # fmt: skip
    assert claims.teams_given(rules, {"a", "x"}) == {1}
    assert claims.roles_given(rules, {"a", "c"}) == {("viewer", 7), ("auditor", None)}
    assert claims.teams_given(rules, {"A"}) == frozenset()


@given(st.text(max_size=60) | st.from_regex(r"[\w-]{1,20}\.[\w-]{1,20}\.[\w-]{0,20}", fullmatch=True))
def test_any_text_that_is_no_token_is_refused_in_words(text: str) -> None:
    with pytest.raises(SignInRefusedError):
        id_tokens.verified(text, keys={"keys": []}, issuer="i", client_id="c", nonce="n")
