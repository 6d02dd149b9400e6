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


def pausing(words: Words) -> Wording:
    """Return what stands above the button that pauses until a day."""
    text = words.gettext("What comes out meanwhile comes afterwards. Without a day, the pause lasts until you end it.")
    return Wording(f"pause 1, {words.language}", text)


def pausing_for_four_weeks(words: Words) -> Wording:
    """Return what stands above the button behind the link in a digest."""
    text = words.gettext(
        "Nothing has changed yet. The button stops all digests until %(day)s. What comes out meanwhile comes "
        "afterwards."
    )
    return Wording(f"pause for four weeks 1, {words.language}", text)


def resuming(words: Words) -> Wording:
    """Return what stands on the button that ends a pause."""
    return Wording(f"resume 1, {words.language}", words.gettext("Send me digests again"))


def undoing(words: Words) -> Wording:
    """Return what stands on the button that takes an unsubscribe back."""
    return Wording(f"undo 1, {words.language}", words.gettext("Undo: send me digests as before"))
