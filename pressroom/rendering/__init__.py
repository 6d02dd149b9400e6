"""Templates and the words in them: what a site brings comes first, then what is built in."""

from pressroom.rendering.templates import Templates
from pressroom.rendering.translations import Translations

__all__ = ["Templates", "Translations"]
