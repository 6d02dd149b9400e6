"""What stands on the pages where people agree to mail. Pages show these texts, and consents keep their hashes.

Whoever changes a text gives it the next number, so that records name what was read.
"""

from __future__ import annotations

from pressroom.models.consent import Wording
from pressroom.models.people import Frequency
from pressroom.models.words import Words, marked

_STOP = {
    Frequency.IMMEDIATE: marked("Stop the immediate emails"),
    Frequency.DAILY: marked("Stop the daily digest"),
    Frequency.WEEKLY: marked("Stop the weekly digest"),
    Frequency.MONTHLY: marked("Stop the monthly digest"),
}


def sign_up(site: str, words: Words) -> Wording:
    """Return what stands above the button of the sign-up form of `site`."""
    text = words.gettext(
        "You are asking %(site)s to send you these digests. We keep your address and choices for this only, with your "
        "consent. First we send one email that asks you to confirm, and nothing else until you do. Every digest has a "
        "link that ends them all straight away."
    )
    return Wording(f"sign-up 2, {words.language}", text % {"site": site})


def confirming(site: str, words: Words) -> Wording:
    """Return what stands above the button that confirms an address."""
    text = words.gettext(
        "Nothing has begun yet. By confirming, you agree that %(site)s sends these digests to this address until you "
        "stop them."
    )
    return Wording(f"confirm 2, {words.language}", text % {"site": site})


def preferences(site: str, words: Words) -> Wording:
    """Return what stands above the button that saves preferences."""
    text = words.gettext("By saving, you agree that %(site)s sends you what is ticked, as often as you chose.")
    return Wording(f"preferences 2, {words.language}", text % {"site": site})


def pausing(words: Words) -> Wording:
    """Return what stands above the button that pauses until a day."""
    text = words.gettext(
        "What comes out in the meantime is sent afterwards. Without a date, the pause lasts until you end it."
    )
    return Wording(f"pause 2, {words.language}", text)


def pausing_for_four_weeks(words: Words) -> Wording:
    """Return what stands above the button behind the link in a digest."""
    text = words.gettext(
        "Nothing has changed yet. The button stops all digests until %(day)s. What comes out in the meantime is sent "
        "afterwards."
    )
    return Wording(f"pause for four weeks 2, {words.language}", text)


def resuming(words: Words) -> Wording:
    """Return what stands on the button that ends a pause."""
    return Wording(f"resume 1, {words.language}", words.gettext("Send me digests again"))


def undoing(words: Words) -> Wording:
    """Return what stands on the button that takes an unsubscribe back."""
    return Wording(f"undo 1, {words.language}", words.gettext("Undo: send me digests as before"))


def leaving(words: Words) -> Wording:
    """Return what stands above the button that ends everything."""
    text = words.gettext("Nothing has changed yet. The button ends every digest that this address gets, straight away.")
    return Wording(f"unsubscribe 1, {words.language}", text)


def stopping(frequency: Frequency, words: Words) -> Wording:
    """Return what stands on the button that ends what comes at one frequency."""
    return Wording(f"stop {frequency} 1, {words.language}", words.gettext(_STOP[frequency]))


def having_a_feed(words: Words) -> Wording:
    """Return what stands above the button that makes a feed of one's own."""
    text = words.gettext("A feed of your own holds what your digests hold, for a feed reader. You may have both.")
    return Wording(f"own feed 1, {words.language}", text)


def renewing_a_feed(words: Words) -> Wording:
    """Return what stands above the button that gives that feed another address."""
    text = words.gettext("A new address replaces this one, which then stops working.")
    return Wording(f"own feed, new address 1, {words.language}", text)


def ending_a_feed(words: Words) -> Wording:
    """Return what stands on the button that ends that feed."""
    return Wording(f"own feed, end 1, {words.language}", words.gettext("End this feed"))
