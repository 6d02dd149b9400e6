"""`publisher init`: a new site."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pressroom.commands.door import Door, short

if TYPE_CHECKING:
    from pressroom.tools import Tools

NEW_SETTINGS = """\
# The settings of this site; docs/settings.md describes every key.

[site]
name = "Example Association"
url = "http://localhost:8000"     # the public address; https before any mail leaves this machine
timezone = "Europe/London"        # the zone of all due times

[mail]
from_address = "digest@example.org"
postal_address = ""

# Mail goes into data/outbox/ (a Maildir) until a mail server is named here:
# [smtp]
# host = "smtp.example.org"
# user = "digest"
# security = "starttls"           # the password belongs in the environment: PUBLISHER_SMTP__PASSWORD
"""


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.pass_obj
def command(door: Door, folder: Path | None) -> None:
    """Make a site in FOLDER (here if not given): settings, an empty catalogue, a folder for feeds."""
    if folder is not None:
        door.site = folder.resolve()
    tools, made = make_site(door)
    document = {"site": str(door.site), "catalogue": str(tools.catalogue), "made": made}
    door.answer(document, lambda: _tell(door, made))


def make_site(door: Door, *, settings: str = NEW_SETTINGS, demo: bool = False) -> tuple[Tools, bool]:
    """Make what the site lacks and return its tools, and whether its catalogue is new.

    Refuses where a catalogue is away: it may come back, and the feeds that it has published would not.
    """
    from pressroom.files import new_file
    from pressroom.settings.loading import SETTINGS_FILE
    from pressroom.signing import make_secret
    from pressroom.storage import Store

    _refuse_to_replace(door.site)
    door.site.mkdir(parents=True, exist_ok=True)
    file = door.site / SETTINGS_FILE
    if not file.exists():
        with new_file(file) as draft:
            draft.write_text(settings, encoding="utf-8")
    tools = door.tools
    tools.data.mkdir(0o700, exist_ok=True)  # it holds addresses and keys
    tools.output.folder.mkdir(exist_ok=True)
    is_new = not tools.catalogue.exists()
    if is_new:
        make_secret(tools.secret_key)  # first: a catalogue that is there has had its key
        with Store.create(tools.catalogue, now=door.now, authority=f"{tools.host},{door.now.year}", demo=demo) as store:
            tools.arm(store)
    tools.open_store().close()
    assert tools.signer is not None  # a catalogue without its key is said now, not when somebody is to be mailed
    return tools, is_new


def _refuse_to_replace(site: Path) -> None:
    from pressroom.errors import RefusedError
    from pressroom.operations.readiness import FIRST_FEED

    catalogue, feeds = site / "data" / "catalogue.db", site / "feeds"
    if (feeds / FIRST_FEED).exists() and not catalogue.exists():
        raise RefusedError(
            f"There is no catalogue at {catalogue}, and {feeds} holds what one has published; see that its disk is "
            "mounted, else restore a backup (“publisher db restore FILE”), or empty that folder to begin anew."
        )


def _tell(door: Door, made: bool) -> None:
    from pressroom.settings.loading import SETTINGS_FILE

    door.say(f"{'Made' if made else 'There already was'} a site in {door.site}.")
    if made:
        settings = short(door.site / SETTINGS_FILE)
        door.say(f"Fill in {settings} first: ids begin with the host of [site] url, and never change.")
        door.say("Next: publisher import FILE, or publisher release add --title …, then publisher publish.")
