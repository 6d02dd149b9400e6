"""Signed tokens: one purpose, one site, one moment until which they work; any change breaks them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pressroom.models.bounces import TOKEN_LETTERS
from pressroom.signing import Signer, is_signed_token, is_token, named_by, new_token

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


# Short tokens.


@given(number=st.integers(0, 2**40 - 1), root=st.text())
def test_a_short_token_names_kind_and_number_and_is_sealed_with_its_root(number: int, root: str) -> None:
    token = SIGNER.short_token("d", number, root)
    assert len(token) == TOKEN_LETTERS
    assert named_by(token) == ("d", number)
    assert token == SIGNER.short_token("d", number, root)
    others = [
        SIGNER.short_token("l", number, root),
        SIGNER.short_token("d", number, f"{root}\n"),
        SIGNER.short_token("d", (number + 1) % 2**40, root),
        Signer(b"t" * 32).short_token("d", number, root),
    ]
    assert token[9:] not in {other[9:] for other in others}  # 20 letters: 100 bits


@pytest.mark.parametrize("text", ["", "d", "d" * 28, "D" * 29, "1" * 29, "d" + "1" * 28, "d" * 29 + "\n", "é" * 29])
def test_what_is_no_short_token_names_nothing(text: str) -> None:
    assert named_by(text) is None
