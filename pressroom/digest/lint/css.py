"""Style sheets as a browser reads them, as far as mails need it: escapes, comments, and which declaration wins."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

Style = tuple[tuple[str, str, bool], ...]
"""Names and values in small letters, each name once, and whether a rule says it; what comes later wins."""

DEEPEST = 8
"""How many media queries are looked into that stand in one another."""

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|([^\n]))")
_STRING = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_COMPOUND = re.compile(r"(\*|[a-zA-Z][\w-]*)?((?:[.#][\w-]+)*)")
_FOR_EVERYBODY = frozenset({"", "all", "screen", "only screen"})
_ON_DARK_SCREENS = re.compile(r"(?:(?:all|(?:only )?screen) and )?\(prefers-color-scheme:dark\)")
_NOT_ON_DARK_SCREENS = re.compile(
    r"(?:only )?print\b.*|(?:(?:all|(?:only )?screen) and )?\(prefers-color-scheme:light\)"
)
_AT_RULE = re.compile(r"@([\w-]+)\s*(.*)", re.DOTALL)
# What asks for a pointer, or for a mail program that colours by itself, says nothing of the mail as it comes.
_ELSEWHERE = re.compile(r":(?:hover|active|focus[\w-]*|visited)\b|::|\[data-ogs[cb]\]", re.IGNORECASE)
_COLOURS = re.compile(r"\b(?:color|background)\b", re.IGNORECASE)


class Declaration(NamedTuple):
    name: str
    value: str
    is_important: bool


class Compound(NamedTuple):
    """What one element has to be: “p.quiet#foot”. `is_child` asks it of the parent of what follows, not of any."""

    tag: str
    names: frozenset[str]
    is_child: bool


class Rule(NamedTuple):
    compounds: tuple[Compound, ...]
    weight: tuple[int, int, int]
    said: tuple[Declaration, ...]


def plain(css: str) -> str:
    """Return a style without comments and with escapes undone (CSS Syntax 3, §4.3.7): “u\\72l(” is “url(”."""
    css = _COMMENT.sub("", css)
    return _ESCAPE.sub(lambda found: _sign(found[1]) if found[1] else found[2], css) if "\\" in css else css


def _sign(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if 0 < number < 0xD800 or 0xDFFF < number <= 0x10FFFF else "\ufffd"


@lru_cache(maxsize=1_024)  # a mail has a handful of styles, and all mails of a run have the same
def declared(style: str) -> tuple[Declaration, ...]:
    """Return what a style says, in small letters and in its order."""
    pairs = (declaration.partition(":") for declaration in plain(style).lower().split(";"))
    return tuple(
        Declaration(name.strip(), " ".join(value.partition("!")[0].split()), "!" in value)
        for name, colon, value in pairs
        if colon
    )


def declarations(style: str) -> dict[str, str]:
    """Return what an inline style says, in small letters: {"color": "#1b1f24"}."""
    return {said.name: said.value for said in declared(style)}


def holds(query: str, *, is_dark: bool = False) -> bool:
    """Whether a list of media queries asks nothing of the screen; with `is_dark` at most that it be dark."""
    asked = _queries(query)
    return any(one in _FOR_EVERYBODY or (is_dark and _ON_DARK_SCREENS.fullmatch(one)) for one in asked)


def _may_hold_in_the_dark(query: str) -> bool:
    return not all(_NOT_ON_DARK_SCREENS.fullmatch(one) for one in _queries(query))


def _queries(query: str) -> list[str]:
    """Return the queries of a list, in small letters and one spelling."""
    plain_query = re.sub(r"\s*([:()])\s*", r"\1", " ".join(query.lower().split()))
    return [re.sub(r"\band\(", "and (", one.strip()).replace(")and", ") and") for one in plain_query.split(",")]


def knows_dark(style: str) -> bool:
    """Whether a style sheet has anything of its own for dark screens."""
    return "prefers-color-scheme" in style.lower()


class Sheet:
    """The rules of a mail's style sheets that say anything of the properties in `names`, on light or dark screens.

    Only those count that hold whatever the size of the screen. Those whose selector asks for more than tags, classes,
    ids and what is around an element are left out; `is_whole` says that none of these colours anything.
    """

    def __init__(self, styles: Iterable[str], names: Collection[str], *, is_dark: bool = False) -> None:
        self._rules: dict[str, list[tuple[int, Rule]]] = {}
        self.is_whole = True
        for order, rule in enumerate(rule for style in styles for rule in _rules(style, is_dark=is_dark)):
            if not any(said.name in names for said in rule.said):
                continue
            if not rule.compounds:
                self.is_whole = self.is_whole and not any(_COLOURS.search(said.name) for said in rule.said)
                continue
            last = rule.compounds[-1]
            self._rules.setdefault(min(last.names, default=last.tag), []).append((order, rule))

    def style_of(self, element: etree._Element) -> Style:
        """Return what holds for an element, by its own style and by the rules: the weightiest last."""
        inline = str(element.attrib.get("style", ""))
        found = list(self._matching(element))
        if not found:
            return _style_alone(inline)
        said = [((one.is_important, False, rule.weight, order), one) for order, rule in found for one in rule.said]
        said += [((one.is_important, True, (0, 0, 0), place), one) for place, one in enumerate(declared(inline))]
        said.sort(key=lambda pair: pair[0])
        return _in_order([(one, not is_inline) for (_, is_inline, _, _), one in said])

    def _matching(self, element: etree._Element) -> Iterator[tuple[int, Rule]]:
        for handle in (*_names(element), str(element.tag), "*"):
            for order, rule in self._rules.get(handle, ()):
                if _matches(element, rule.compounds):
                    yield order, rule


@lru_cache(maxsize=1_024)
def _style_alone(inline: str) -> Style:
    return _in_order([(one, False) for one in declared(inline)])


def _in_order(said: Iterable[tuple[Declaration, bool]]) -> Style:
    style: dict[str, tuple[str, bool]] = {}
    for one, is_of_a_rule in said:
        style.pop(one.name, None)
        style[one.name] = one.value, is_of_a_rule
    return tuple((name, value, is_of_a_rule) for name, (value, is_of_a_rule) in style.items())


def _rules(css: str, depth: int = 0, *, is_dark: bool = False) -> Iterator[Rule]:
    """Yield the rules; one whose selector is not understood has no compounds."""
    for selectors, said in _blocks(plain(_STRING.sub('""', _COMMENT.sub("", css)))):
        if at_rule := _AT_RULE.match(selectors):
            is_media, query = at_rule[1].lower() == "media", at_rule[2]
            if is_media and holds(query, is_dark=is_dark) and depth < DEEPEST:
                yield from _rules(said, depth + 1, is_dark=is_dark)
            elif not is_media or (is_dark and _may_hold_in_the_dark(query)):
                yield Rule((), (0, 0, 0), declared(said.replace("{", ";").replace("}", ";")))
            continue
        for selector in selectors.split(","):
            if not _ELSEWHERE.search(selector):
                compounds = _compounds(selector)
                yield Rule(compounds, _weight(compounds), declared(said))


def _blocks(css: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before and within each of the outermost braces; the end closes those that are open."""
    depth = start = opened = 0
    for brace in re.finditer(r"[{}]|\Z", css):
        if brace[0] == "{":
            opened = opened if depth else brace.start()
            depth += 1
        elif depth:
            depth = depth - 1 if brace[0] else 0
            if not depth:
                yield css[start:opened].rpartition(";")[2].strip(), css[opened + 1 : brace.start()]
                start = brace.end()


def _compounds(selector: str) -> tuple[Compound, ...]:
    """Return what a selector asks for, from the outside to the element itself; nothing where it is not understood."""
    compounds: list[Compound] = []
    is_child = False
    for part in re.sub(r":(?:any-)?link\b", "", selector).replace(">", " > ").split():
        found = _COMPOUND.fullmatch(part)
        if part == ">" and compounds:
            is_child = True
        elif found:
            names = frozenset(re.findall(r"[.#][\w-]+", found[2]))
            compounds.append(Compound((found[1] or "*").lower(), names, is_child))
            is_child = False
        else:
            return ()
    return () if is_child else tuple(compounds)


def _weight(compounds: Iterable[Compound]) -> tuple[int, int, int]:
    """Return the specificity of a selector (Selectors 4, §17): ids, classes, tags."""
    names = [name for compound in compounds for name in compound.names]
    ids = sum(name.startswith("#") for name in names)
    return ids, len(names) - ids, sum(compound.tag != "*" for compound in compounds)


def _names(element: etree._Element) -> set[str]:
    attributes = element.attrib
    names = {f".{name}" for name in str(attributes.get("class", "")).split()}
    return names | {f"#{attributes['id']}"} if "id" in attributes else names


def _matches(element: etree._Element, compounds: tuple[Compound, ...]) -> bool:
    *outer, own = compounds
    if own.tag not in ("*", element.tag) or not own.names <= _names(element):
        return False
    if not outer:
        return True
    around = element.iterancestors()
    return any(_matches(one, tuple(outer)) for one in (list(around)[:1] if own.is_child else around))
