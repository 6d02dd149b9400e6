"""Pressroom: a newsletter and feed publisher.

The rooms and what each may import are drawn in `docs/architecture.md` and checked by `tests/test_house.py`.
"""

__version__ = "0.1.0"
