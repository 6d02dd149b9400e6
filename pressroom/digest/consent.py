"""What stands on the pages where people agree to mail. Pages show these texts, and consents keep their hashes.

Whoever changes a text gives it the next number, so that records name what was read.
"""

from __future__ import annotations

from pressroom.models.consent import Wording
from pressroom.models.words import Words


def sign_up(site: str, words: Words) -> Wording:
    """Return what stands above the button of the sign-up form of `site`."""
    text = words.gettext(
        "You ask %(site)s to send you digests of what you chose. We keep your address and these choices, with your "
        "consent and for nothing else. First comes one mail that asks you to confirm; nothing else comes before you "
        "do. Every digest has a link that ends all of it at once."
    )
    return Wording(f"sign-up 1, {words.language}", text % {"site": site})


def confirming(site: str, words: Words) -> Wording:
    """Return what stands above the button that confirms an address."""
    text = words.gettext(
        "Nothing has begun yet. With the button you agree that %(site)s sends digests of this to this address, until "
        "you stop them."
    )
    return Wording(f"confirm 1, {words.language}", text % {"site": site})


def preferences(site: str, words: Words) -> Wording:
    """Return what stands above the button that saves preferences."""
    text = words.gettext("With the button you agree that %(site)s sends you what is ticked here, as often as it says.")
    return Wording(f"preferences 1, {words.language}", text % {"site": site})
