"""Signed tokens: one purpose, one site, one moment until which they work; any change breaks them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.signing import Signer, is_signed_token, is_token, new_token

NOW = datetime(2026, 1, 26, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=72)
SIGNER = Signer(b"s" * 32)
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def test_a_token_names_its_subject_until_it_expires() -> None:
    subject = new_token()
    token = SIGNER.signed_token("confirmation", subject, LATER)
    assert SIGNER.subject_of("confirmation", token, NOW) == subject
    assert SIGNER.subject_of("confirmation", token, LATER - timedelta(seconds=1)) == subject
    assert SIGNER.subject_of("confirmation", token, LATER) is None


def test_a_token_is_for_one_purpose_and_one_site() -> None:
    token = SIGNER.signed_token("confirmation", new_token(), LATER)
    assert SIGNER.subject_of("preferences", token, NOW) is None
    assert Signer(b"t" * 32).subject_of("confirmation", token, NOW) is None


def test_the_same_token_is_made_each_time_and_looks_unlike_a_stored_one() -> None:
    subject = new_token()
    token = SIGNER.signed_token("confirmation", subject, LATER)
    assert token == SIGNER.signed_token("confirmation", subject, LATER)
    assert is_signed_token(token)
    assert not is_token(token)
    assert not is_signed_token(subject)


@given(place=st.integers(0, 57), letter=st.sampled_from(LETTERS))
def test_any_changed_letter_breaks_it(place: int, letter: str) -> None:
    token = SIGNER.signed_token("confirmation", "a" * 26, LATER)
    changed = token[:place] + letter + token[place + 1 :]
    assert (SIGNER.subject_of("confirmation", changed, NOW) is not None) == (changed == token)


@pytest.mark.parametrize("text", ["", "a", "é" * 58, "a" * 57, "A" * 58, "1" * 58, "a" * 58 + "\n", "a" * 5000])
def test_what_is_no_token_names_nothing(text: str) -> None:
    assert SIGNER.subject_of("confirmation", text, NOW) is None
