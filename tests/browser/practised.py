"""How long a practised editor takes for what they do, by counting: no clock is asked, so that every machine agrees.

The keystroke-level model (Card, Moran and Newell 1980, CACM 23(7)): a key 0.2 s (a typist of 55 words a minute), a
click 1.1 s of pointing and 0.2 s of pressing, a hand moved to the other device 0.4 s, a thought before a step 1.35 s.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

KEY, POINT, CLICK, HOME, THINK = 0.2, 1.1, 0.2, 0.4, 1.35
PASTE = 2 * KEY
"""Control and V: what is pasted lies ready."""


@dataclass
class Practised:
    """An editor at a page; `seconds` is what all that they have done so far takes them."""

    page: Page
    seconds: float = 0.0
    has_mouse: bool = False

    def type(self, field: Locator, text: str) -> None:
        """Reach a field by the tabulator, and type."""
        self._to_keys()
        self.seconds += THINK + KEY * (1 + len(text))
        field.press_sequentially(text)

    def paste(self, field: Locator, text: str) -> None:
        self._to_keys()
        self.seconds += THINK + KEY + PASTE
        field.fill(text)

    def choose(self, field: Locator, option: str) -> None:
        """Choose from a list by the letter that it begins with."""
        self._to_keys()
        self.seconds += THINK + 2 * KEY
        field.select_option(option)

    def set_moment(self, field: Locator, moment: str) -> None:
        """Type day and time into a field for both: twelve digits, with a key between day and time."""
        self._to_keys()
        self.seconds += THINK + 14 * KEY
        field.fill(moment)

    def click(self, what: Locator) -> None:
        self.seconds += THINK + POINT + CLICK + (0 if self.has_mouse else HOME)
        self.has_mouse = True
        what.click()

    def look(self, seconds: float) -> None:
        """Read what is shown."""
        self.seconds += seconds

    def _to_keys(self) -> None:
        self.seconds += HOME if self.has_mouse else 0
        self.has_mouse = False
