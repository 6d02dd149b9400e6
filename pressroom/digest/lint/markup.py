"""Whether the HTML is nothing but text and links: no scripts, nothing fetched, every link a whole address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pressroom.digest.lint.css import declarations, plain
from pressroom.digest.lint.mail import Cause, Mail
from pressroom.digest.lint.page import Element, start_tag, tag_of
from pressroom.models.text import shown

_REFUSED = (
    "script", "form", "iframe", "frame", "object", "applet", "embed", "svg", "base", "link", "input", "button",
    "select", "textarea", "audio", "video", "frameset", "math", "portal", "bgsound", "layer", "ilayer", "image",
    "source", "track", "keygen",
)  # fmt: skip
_FETCHED = re.compile(
    r"url\(\s*['\"]?(?![#)'\"])[^)]*\)?|image-set\([^)]*\)?|@import\b[^;]*|@font-face\b|expression\([^)]*\)?|"
    r"alphaimageloader\b[^;]*|(?<![\w-])(?:behavior|-moz-binding)\s*:[^;}]*",
    re.IGNORECASE,
)
_IN_COMMENTS = re.compile(
    r"<(?:script|form|iframe|object|embed|base|link)\b[^>]*|<meta\b[^>]*\brefresh\b[^>]*|\bsrc\s*=[^>]*|url\([^)]*\)|"
    r"@import\b",
    re.IGNORECASE,
)
_FETCHING = frozenset({"background", "srcset", "poster", "lowsrc", "dynsrc", "ping", "manifest", "srcdoc"})
_REFUSED_ORDERS = frozenset({"refresh", "set-cookie"})
_DOT = re.compile(r"[01](?:\.0*)?(?:px|pt)?")


def scripts(mail: Mail) -> Iterator[Cause]:
    for element in mail.page.named(*_REFUSED):
        yield Cause(
            start_tag(element),
            f"The formatted part holds {start_tag(element)}, which mailboxes remove or take for an attack; take it out "
            "of the template.",
        )
    for element, name, value in mail.page.attributes:
        if name.lower().startswith("on"):
            yield Cause(
                f"{name} {value}",
                f"The element <{tag_of(element)}> runs a script by {shown(f'{name}={value}')}, which mailboxes take "
                "for an attack; take that attribute out of the template.",
            )
    for meta in mail.page.named("meta"):
        if str(meta.get("http-equiv", "")).strip().lower() in _REFUSED_ORDERS:
            yield Cause(
                start_tag(meta),
                f"The formatted part holds {start_tag(meta)}, which leads the reader to another page or marks the "
                "browser; take it out of the template.",
            )
    yield from _pictures(mail)
    yield from _fetched(mail)


def _pictures(mail: Mail) -> Iterator[Cause]:
    for image in mail.page.named("img"):
        if mail.known.brand.logo and image.get("src") == mail.known.brand.logo:
            continue  # the same for everybody, and the organisation's own choice
        if _is_dot(image):
            yield Cause(
                f"dot {image.get('src')}",
                f"The image {start_tag(image)} is a dot that tells who opened the mail, for which the law asks "
                "everybody's consent; take it out of the template.",
            )
        elif re.match(r"(https?:|[/\\]{2})", re.sub(r"[\x00-\x20]", "", str(image.get("src", ""))), re.IGNORECASE):
            yield Cause(
                f"image {image.get('src')}",
                f"The image {start_tag(image)} is fetched when the mail is opened, by which its sender can see who "
                "reads it; say in words what it shows.",
            )


def _is_dot(image: Element) -> bool:
    """Whether an image is at most one pixel wide and high."""
    said = declarations(str(image.get("style", "")))
    sides = [said.get(side) or str(image.get(side, "")) for side in ("width", "height")]
    return all(_DOT.fullmatch(side.strip()) for side in sides)


def _fetched(mail: Mail) -> Iterator[Cause]:
    page = mail.page
    found = [match[0] for style in page.styles for match in _FETCHED.finditer(plain(style))]
    # As a style, “u\\72l(” fetches; as an attribute, a backslash is one.
    said = (spelling for text in page.comments for spelling in dict.fromkeys((text, plain(text))))
    found += [match[0] for text in said for match in _IN_COMMENTS.finditer(text)]
    for _, name, value in page.attributes:
        if name in _FETCHING and value.strip():
            found.append(f"{name}={value}")
        elif name == "style":
            found += [match[0] for match in _FETCHED.finditer(plain(value))]
    for what in found:
        yield Cause(
            f"fetched {what}",
            f"The formatted part fetches something when it is opened ({shown(what)}), by which its sender can see who "
            "reads it; take it out of the template.",
        )


def relative_links(mail: Mail) -> Iterator[Cause]:
    names = {value for _, name, value in mail.page.attributes if name in ("id", "name")}
    for element, name, value in mail.page.attributes:
        if name in ("href", "src") and not _is_whole(value.strip(), names):
            words = mail.page.links.get(value.strip(), "")
            yield Cause(
                value,
                f"The address {shown(value)} of {f'the link {shown(words)}' if words else start_tag(element)} leads "
                "nowhere from a mailbox; give a whole one that begins with https://, http:// or mailto:.",
            )


def _is_whole(address: str, names: set[str]) -> bool:
    if address.startswith("#"):
        return address[1:] in names
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return bool(parts.netloc) if parts.scheme in ("http", "https") else parts.scheme == "mailto" and bool(parts.path)
