"""What cannot be done with a release or a topic."""

from __future__ import annotations

from collections.abc import Iterable

from pressroom.errors.family import NotFoundError, PublisherError, RefusedError, SettingsError


class ReleaseNotFoundError(NotFoundError):
    def __init__(self, reference: str) -> None:
        super().__init__("release", reference, "“publisher release list” shows ids and slugs")


class TopicNotFoundError(NotFoundError):
    def __init__(self, reference: str) -> None:
        super().__init__("topic", reference, "“publisher topic list” shows the slugs, “topic add” makes one")


class ReleaseExistsError(PublisherError):
    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(
            f"This release is in the catalogue already, as “{slug}”; use “release edit” to change it or "
            "“release revise” to change it and tell readers."
        )


class ToldAlreadyError(RefusedError):
    """A mail has told of the release already, or waits in a run."""

    def __init__(self, reference: str) -> None:
        self.reference = reference
        super().__init__(
            f"A digest has told of “{reference}” already, or is about to; use “release withdraw”, which tells its "
            "readers, or cancel the run first."
        )


class IdTakenError(PublisherError):
    def __init__(self, release_id: str, slug: str) -> None:
        self.id, self.slug = release_id, slug
        super().__init__(f"The id “{release_id}” belongs to “{slug}” already; an id is given once and never moves.")


class TopicExistsError(PublisherError):
    def __init__(self, slug: str) -> None:
        self.slug = slug
        super().__init__(f"The topic “{slug}” exists already (perhaps as an alias); use it, or choose another name.")


class NewTopicsError(PublisherError):
    """`--strict-topics` was given and a file brings topics that the catalogue does not know."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"Unknown topics: {', '.join(self.names)}; add them first with “topic add”.")


class EmbargoedError(RefusedError):
    def __init__(self, slug: str, until: str) -> None:
        self.slug, self.until = slug, until
        super().__init__(
            f"“{slug}” is under embargo until {until}; it goes out by itself then, or set another embargo first."
        )


class TemplateBrokenError(SettingsError):
    def __init__(self, name: str, line: int | None, problem: str) -> None:
        self.name, self.line = name, line
        where = name if line is None else f"{name}, line {line}"
        super().__init__(f"The template {where} is broken: {problem}; mend it, or delete it to use the built-in one.")
