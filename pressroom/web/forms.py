"""What a form of ours sends: application/x-www-form-urlencoded. What is too large has been refused before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

from starlette.requests import Request

MOST_FIELDS = 10_000

Fields = Mapping[str, Sequence[str]]


async def read_fields(request: Request) -> Fields:
    """Return the values of each field, in order; nothing for a body that no page of ours has sent."""
    return fields_of(request, await request.body())


def fields_of(request: Request, body: bytes) -> Fields:
    """Return what `read_fields` does, for a body that is here already; a large one takes a while."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        return {}
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        return {}


def first(fields: Fields, name: str) -> str:
    """Return the first value of a field, "" without one."""
    return next(iter(fields.get(name, ())), "")
