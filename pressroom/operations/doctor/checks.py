"""What the doctor looks at, in the order in which it tells."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial

from pressroom.delivery.mime import ascii_domain
from pressroom.operations.doctor import local
from pressroom.operations.doctor.diagnosis import Diagnosis, ok
from pressroom.operations.doctor.dkim import look_at_key
from pressroom.operations.doctor.dmarc import Senders, look_at_dmarc
from pressroom.operations.doctor.dns import SECONDS, Dns, system_dns
from pressroom.operations.doctor.examining import Check
from pressroom.operations.doctor.feeds import look_at_files
from pressroom.operations.doctor.hosts import look_at_exchangers, look_at_sender
from pressroom.operations.doctor.looking import Looking
from pressroom.operations.doctor.smtp import look_at_server
from pressroom.operations.doctor.spf import look_at_spf
from pressroom.operations.doctor.web import Web
from pressroom.settings import Settings
from pressroom.tools import Tools

CONNECTION_SECONDS = 10.0
"""For a check that asks a web server or a mail server."""
A_MOMENT = 1.0
"""What a check gets beyond the time of its questions, so that it can say which one was not answered."""


Look = Callable[[Tools, datetime], Iterable[Diagnosis]]


def checks(tools: Tools, now: datetime, templates: Look, *, is_offline: bool = False) -> list[Check]:
    """Return all checks; `templates` looks at templates, `is_offline` leaves out those that need the network."""
    looking = Looking(tools.site, tools.settings)
    found = [*_of_the_machine(looking, now, templates)]
    if not is_offline:
        found += _of_the_mail(looking)
        found += _of_the_web(Web(looking, now, CONNECTION_SECONDS))
    return found


def _of_the_machine(tools: Tools, now: datetime, templates: Look) -> Iterator[Check]:
    yield Check("settings", lambda: [ok("every setting is understood")])
    yield Check("folders", partial(local.look_at_folders, tools))
    yield Check("rights", partial(local.look_at_rights, tools))
    yield Check("disk", partial(local.look_at_disk, tools))
    yield Check("catalogue", partial(local.look_at_catalogue, tools, now))
    yield Check("ids", partial(local.look_at_ids, tools))
    yield Check("files", partial(look_at_files, tools, now))
    yield Check("templates", partial(templates, tools, now))
    yield Check("mail", partial(local.look_at_mail, tools))
    if tools.settings.smtp.host:
        yield Check("keys", partial(local.look_at_keys, tools))


def _of_the_mail(tools: Tools) -> Iterator[Check]:
    """Yield what mail needs to be let in, and to be believed; of a site that sends none, nothing."""
    settings = tools.settings
    if not settings.smtp.host:
        return
    yield Check("smtp", partial(look_at_server, settings.smtp, CONNECTION_SECONDS), CONNECTION_SECONDS + A_MOMENT)

    def asking(name: str, look: Callable[[Dns], Iterable[Diagnosis]]) -> Check:
        return Check(name, lambda: look(Dns(system_dns())), SECONDS + A_MOMENT)

    for domain in _domains(senders.envelope for senders in _senders(settings)):
        yield asking("spf", partial(look_at_spf, domain=domain))
    for selector in settings.dkim.selectors:
        yield asking("dkim", partial(_look_at_selector, tools=tools, selector=selector))
    for senders in _senders(settings):
        yield asking("dmarc", partial(look_at_dmarc, senders=senders))
    for domain, use in _answered(settings).items():
        yield asking("mx", partial(look_at_exchangers, domain=domain, use=use))
    if settings.smtp.is_loopback:
        yield asking("ptr", lambda dns: look_at_sender(dns, socket.getfqdn()))
    else:
        yield Check("ptr", lambda: [ok(f"{settings.smtp.host} sends the mail, and its provider sees to its name")])


def _look_at_selector(dns: Dns, tools: Tools, selector: str) -> Iterator[Diagnosis]:
    return look_at_key(dns, ascii_domain(tools.settings.signing_domain), tools.dkim_keys.get(selector))


def _of_the_web(web: Web) -> Iterator[Check]:
    limit = web.seconds + A_MOMENT
    yield Check("address", web.look_at_address, limit)
    yield Check("clock", partial(web.if_it_answers, web.look_at_clock), limit)
    yield Check("private", partial(web.if_it_answers, web.look_at_private), limit)
    yield Check("feeds", partial(web.if_it_answers, web.look_at_feeds), limit)
    if web.tools.settings.brand.logo:
        yield Check("logo", web.look_at_logo, limit)


def _senders(settings: Settings) -> list[Senders]:
    """Return the domains of digests, and of letters that ask, where those are of another."""
    signing = ascii_domain(settings.signing_domain) if settings.dkim.selectors else ""
    authors = _domains(_domain(one) for one in (settings.mail.from_address, settings.mail.asks_from))
    return [Senders(author, signing, ascii_domain(settings.bounces.domain).lower() or author) for author in authors]


def _answered(settings: Settings) -> dict[str, str]:
    """Return the domains that mail comes to, and what comes there."""
    mail = settings.mail
    found = {ascii_domain(settings.bounces.domain).lower(): "mail that comes back"} if settings.bounces.address else {}
    for address in (mail.reply_to or mail.from_address, mail.from_address):
        found.setdefault(_domain(address), "what readers answer")
    return found


def _domain(address: str) -> str:
    return ascii_domain(address.rpartition("@")[2]).lower()


def _domains(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
