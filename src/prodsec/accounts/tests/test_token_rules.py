"""The shape of a token."""

from hypothesis import given
from hypothesis import strategies as st

from prodsec.accounts.rules import tokens as rules

chance = st.binary(min_size=32, max_size=32)


@given(chance)
def test_a_token_is_recognised_by_its_shape_alone(random_bytes: bytes) -> None:
    text = rules.token_text(random_bytes)
    assert text.startswith("pst_")
    assert len(text) == 50
    assert text[4:].isalnum()
    assert rules.is_well_formed(text)


@given(chance, st.integers(4, 49), st.sampled_from("09AZaz"))
def test_one_wrong_letter_is_noticed(random_bytes: bytes, place: int, letter: str) -> None:
    text = rules.token_text(random_bytes)
    changed = text[:place] + letter + text[place + 1 :]
    assert rules.is_well_formed(changed) == (changed == text)


@given(st.text(max_size=60))
def test_other_texts_are_no_tokens(text: str) -> None:
    assert not rules.is_well_formed(text)


@given(chance, chance)
def test_other_chance_makes_another_token(one: bytes, other: bytes) -> None:
    # 40 digits of base 62 hold 238 bits; chance that differs only above them is no other chance.
    same = int.from_bytes(one, "big") % 62**40 == int.from_bytes(other, "big") % 62**40
    assert (rules.token_text(one) == rules.token_text(other)) == same
