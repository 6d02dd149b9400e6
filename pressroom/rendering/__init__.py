"""Templates and the words in them: what a site brings comes first, then what is built in."""

from pressroom.rendering.kept import KeptParts
from pressroom.rendering.late import Late, LateUsedError
from pressroom.rendering.pieces import Piece
from pressroom.rendering.templates import Templates
from pressroom.rendering.translations import Translations

__all__ = ["KeptParts", "Late", "LateUsedError", "Piece", "Templates", "Translations"]
