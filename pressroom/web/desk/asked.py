"""What a preview is asked to show, by its query: which view, which reader, which scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from starlette.requests import Request

from pressroom.models.feeds import Format
from pressroom.models.people import Frequency
from pressroom.models.staff import Role, Session
from pressroom.publishing.showing import Telling
from pressroom.signing import is_token
from pressroom.storage import Store
from pressroom.web.desk.framed import SCHEMES
from pressroom.web.forms import first

PANEL = "/desk/preview"
VIEWS = ("all", "feed", "page", "mail")
AS_READ = "reader"
"""The entry as a feed reader shows it, beside the formats."""
PARTS = ("html", "text")
NAMES_IT = ("release", "key", "note", "withdraws", "replacement")
"""What says which release it is, and how far it has been typed."""
MOST_LETTERS = 320


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be shown; `source` says of which release. A reader goes before a profile."""

    source: Mapping[str, str]
    view: str = "all"
    form: str = AS_READ
    part: str = "html"
    scheme: str = "light"
    reader: str = ""
    frequency: Frequency = Frequency.WEEKLY
    topics: Sequence[str] = field(default=())
    language: str = ""

    @classmethod
    def of(cls, request: Request, session: Session, source: Mapping[str, str] | None = None) -> Asked:
        """Return what a request asks for; what there is not is taken for the usual.

        Whom a reader follows is for who may see addresses: publishers and admins.
        """
        asked = request.query_params
        named = {name: asked[name] for name in NAMES_IT if asked.get(name)} if source is None else source
        return cls(
            named,
            view=_one_of(VIEWS, asked.get("view", "")),
            form=_one_of((AS_READ, *Format), asked.get("format", "")),
            part=_one_of(PARTS, asked.get("part", "")),
            scheme=_one_of(SCHEMES, asked.get("scheme", "")),
            reader=asked.get("reader", "").strip()[:MOST_LETTERS] if session.user.may(Role.PUBLISHER) else "",
            frequency=Frequency(_one_of((Frequency.WEEKLY, *Frequency), asked.get("frequency", ""))),
            topics=tuple(dict.fromkeys(asked.getlist("topic"))),
            language=asked.get("language", "")[:MOST_LETTERS],
        )

    def link(self, path: str = PANEL, **changes: str) -> str:
        """Return the address of this, or of the same with something changed."""
        query: dict[str, str | Sequence[str]] = {
            **self.source,
            "view": self.view,
            "format": self.form,
            "part": self.part,
            "scheme": self.scheme,
            "reader": self.reader,
            "frequency": self.frequency,
            "topic": self.topics,
            "language": self.language,
            **changes,
        }
        return f"{path}?{urlencode({name: value for name, value in query.items() if value}, doseq=True)}"


def telling_asked(request: Request, store: Store, session: Session) -> Telling:
    """Return what is to be told of a release that is out: `note=`, and with `withdraws=yes` that it is withdrawn.

    A form that is kept says the note itself.
    """
    asked = request.query_params
    kept = store.autosaves.find(asked["key"], session.user.pk) if is_token(asked.get("key", "")) else None
    typed = first(kept.fields, "note") if kept else ""
    newer = store.releases.find(asked["replacement"]) if asked.get("replacement") else None
    return Telling(typed or asked.get("note", ""), asked.get("withdraws") == "yes", newer.id if newer else None)


def _one_of(known: Sequence[str], word: str) -> str:
    return word if word in known else known[0]
