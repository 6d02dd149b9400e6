"""Cutting a finished document into its entries again, so that those that have not changed need not be made anew."""

from __future__ import annotations

import json
import re
from html import unescape

from pressroom.models.feeds import Format

# Within an entry each < of a text is escaped, so that no text looks like the end of one.
_ENTRIES = {
    Format.ATOM: re.compile(rb"^  <entry .*?^  </entry>\n", re.DOTALL | re.MULTILINE),
    Format.RSS: re.compile(rb"^    <item>.*?^    </item>\n", re.DOTALL | re.MULTILINE),
}
_IDS = {Format.ATOM: re.compile(rb"<id>(.*?)</id>"), Format.RSS: re.compile(rb"<guid [^>]*>(.*?)</guid>")}
_JSON_ITEMS, _JSON_END, _JSON_ID = b', "items": [\n', b"\n]}\n", '{"id": '


def cut(content: bytes, form: Format) -> dict[str, bytes]:
    """Return the entries of a document that `Builder` has made, as bytes by id, in their order."""
    if form is Format.JSON:
        start = content.index(_JSON_ITEMS) + len(_JSON_ITEMS)
        lines = content[start : -len(_JSON_END)].split(b",\n")
        return {_json_id(line): line for line in lines if line}
    return {_xml_id(entry, form): entry for entry in _ENTRIES[form].findall(content)}


def _xml_id(entry: bytes, form: Format) -> str:
    found = _IDS[form].search(entry)
    return unescape(found[1].decode()) if found else ""


def _json_id(line: bytes) -> str:
    """Return the first member of an item, which is its id."""
    found: str = json.JSONDecoder().raw_decode(line.decode(), len(_JSON_ID))[0]
    return found
