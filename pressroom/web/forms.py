"""What a form of ours sends: application/x-www-form-urlencoded, and nothing larger than a page of ours can send."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from starlette.requests import Request

MOST_BYTES, MOST_FIELDS = 100_000, 1_000

Fields = Mapping[str, Sequence[str]]


async def read_fields(request: Request) -> Fields:
    """Return the values of each field, in order; nothing for a body that no page of ours has sent."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return {}
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}


def first(fields: Fields, name: str) -> str:
    """Return the first value of a field, "" without one."""
    return next(iter(fields.get(name, ())), "")
