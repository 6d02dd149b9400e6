"""`publisher doctor`: whether everything around the site is in order, and if not, what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from pressroom.commands.door import Door

if TYPE_CHECKING:
    from pressroom.operations.doctor.diagnosis import Diagnosis


@click.command("doctor")
@click.option("--offline", "is_offline", is_flag=True, help="Leave out what needs the network.")
@click.pass_obj
def command(door: Door, is_offline: bool) -> int:
    """Look at settings, folders, catalogue, mail server, DNS and web. Nothing is changed, and no mail is sent."""
    from pressroom.operations.doctor.diagnosis import Verdict

    found = _found(door, is_offline)
    door.answer([_document(one) for one in found], lambda: _tell(door, found))
    return 3 if any(one.verdict is Verdict.PROBLEM for one in found) else 0


def _found(door: Door, is_offline: bool) -> list[Diagnosis]:
    from pressroom.errors import SettingsError
    from pressroom.operations.doctor.checks import checks
    from pressroom.operations.doctor.diagnosis import problem_in
    from pressroom.operations.doctor.examining import examine
    from pressroom.web.template_trial import look_at_templates_apart

    try:
        tools, now = door.tools, door.now
    except SettingsError as error:
        return [replace(problem_in(sentence), check="settings") for sentence in error.problems]
    return list(examine(checks(tools, now, look_at_templates_apart, is_offline=is_offline)))


def _tell(door: Door, found: Sequence[Diagnosis]) -> None:
    width = max(len(one.check) for one in found)
    for one in found:
        click.echo(f"{one.verdict.value:<7}  {one.check:<{width}}  {one.sentence}")
    number = Counter(one.verdict.value for one in found)
    door.say(f"{number['problem']:,} problem(s), {number['warning']:,} warning(s), {number['ok']:,} ok.")


def _document(one: Diagnosis) -> dict[str, Any]:
    return {"check": one.check, "verdict": one.verdict.value, "words": one.words, "remedy": one.remedy}
