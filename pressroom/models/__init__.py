"""The words of Pressroom as frozen dataclasses and enums, with every rule that needs no I/O."""
