"""The names in templates: what a template may depend on, told by its text alone."""

from __future__ import annotations

from dataclasses import dataclass

from jinja2 import Environment, Template, meta, nodes

COUNTER = "links"
"""The namespace whose `count` is the number of the latest link in a text part."""
WORDS = ("gettext", "ngettext")
_FUNCTIONS = frozenset({"_", *WORDS, "namespace", "range"})
# With one of these a template may depend on more than the names in it.
_BEYOND_NAMES = (nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block)


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a template, with what it includes, may read from around it, and those that it sets itself."""

    template: Template
    read: frozenset[str]
    own: frozenset[str]
    has_parts: bool


@dataclass(frozen=True, slots=True)
class _Alone:
    """The same of a template without what it includes; `parts` are None where they, or names, cannot be told."""

    read: frozenset[str]
    own: frozenset[str]
    parts: tuple[str, ...] | None


MOST_KNOWN = 500
_KNOWN: dict[str, _Alone] = {}
"""By the text of a template: every environment has the same extensions and filters."""


class NamesIn:
    """Looks names up in the templates of an environment."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def of(self, name: str, within: frozenset[str] = frozenset()) -> Names | None:
        """Return the names in a template; None if they cannot be told, or do not tell all that it depends on."""
        assert self._environment.loader
        template = self._environment.get_template(name)
        alone = _alone(self._environment, self._environment.loader.get_source(self._environment, name)[0])
        if alone.parts is None or name in within:
            return None
        read, own = alone.read, alone.own
        for part in alone.parts:
            if (inner := self.of(part, within | {name})) is None:
                return None
            read, own = read | (inner.read - alone.own), own | inner.own
        return Names(template, read, own, bool(alone.parts))


def _alone(environment: Environment, source: str) -> _Alone:
    if source not in _KNOWN:
        if len(_KNOWN) >= MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[source] = _looked_at(environment.parse(source))
    return _KNOWN[source]


def _looked_at(tree: nodes.Template) -> _Alone:
    includes = [*tree.find_all(nodes.Include)]
    parts = [_part(include) for include in includes]
    told = [part for part in parts if part]
    is_told = len(told) == len(parts) and not next(tree.find_all(_BEYOND_NAMES), None) and _only_counts(tree)
    return _Alone(
        frozenset(meta.find_undeclared_variables(tree) - _FUNCTIONS),
        frozenset(one.name for one in tree.find_all(nodes.Name) if one.ctx == "store"),
        tuple(told) if is_told else None,
    )


def _part(include: nodes.Include) -> str:
    """Return the name of an included template where it always is the same one, else nothing."""
    name = include.template.value if isinstance(include.template, nodes.Const) else None
    return name if isinstance(name, str) and not include.ignore_missing else ""


def _only_counts(tree: nodes.Template) -> bool:
    """Whether a template uses the counter for nothing but `links.count`."""
    named = sum(one.name == COUNTER for one in tree.find_all(nodes.Name))
    counts = [
        one.attr
        for one in tree.find_all(nodes.Getattr)
        if isinstance(one.node, nodes.Name) and one.node.name == COUNTER
    ]
    set_anew = [one.attr for one in tree.find_all(nodes.NSRef) if one.name == COUNTER]
    return named == len(counts) and {*counts, *set_anew} <= {"count"}
