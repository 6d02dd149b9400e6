"""When digests are due: daily, weekly and monthly times in the site's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from pressroom.models.dates import in_utc, in_zone
from pressroom.models.people import Frequency

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Timetable:
    """The due times of a site. `weekly_on` counts from Monday as 0; `monthly_on` is a day of the month, 1 to 28."""

    zone: ZoneInfo
    at: time = time(8)
    weekly_on: int = 0
    monthly_on: int = 1
    quiet: timedelta = timedelta(minutes=10)
    longest_wait: timedelta = timedelta(minutes=60)

    def latest(self, frequency: Frequency, now: datetime) -> datetime:
        """Return the latest due time at or before `now`, in UTC."""
        day = in_zone(now, self.zone).date() + timedelta(days=1)
        while True:
            due = self._due_on(day.year, day.month, day.day)
            if due <= now and self._is_on(frequency, day.weekday(), day.day):
                return due
            day -= timedelta(days=1)

    def following(self, frequency: Frequency, moment: datetime) -> datetime:
        """Return the first due time after `moment`, in UTC."""
        day = in_zone(moment, self.zone).date() - timedelta(days=1)
        while True:
            due = self._due_on(day.year, day.month, day.day)
            if due > moment and self._is_on(frequency, day.weekday(), day.day):
                return due
            day += timedelta(days=1)

    def between(self, begin: datetime, end: datetime) -> dict[datetime, list[Frequency]]:
        """Return the due times after `begin` up to `end`, in their order, each with the frequencies that are due."""
        found: dict[datetime, list[Frequency]] = {}
        for frequency in SCHEDULED:
            moment = begin
            while (moment := self.following(frequency, moment)) <= end:
                found.setdefault(moment, []).append(frequency)
        return dict(sorted(found.items()))

    def immediate(self, first: datetime, last: datetime) -> datetime:
        """Return when announcements made from `first` to `last` are due at `immediate`."""
        return min(last + self.quiet, first + self.longest_wait)

    def _is_on(self, frequency: Frequency, weekday: int, day: int) -> bool:
        if frequency is Frequency.WEEKLY:
            return weekday == self.weekly_on
        if frequency is Frequency.MONTHLY:
            return day == self.monthly_on
        return True

    def _due_on(self, year: int, month: int, day: int) -> datetime:
        # A time that summer time skips or repeats is read with the offset before the change (fold 0): it happens once.
        local = datetime(year, month, day, self.at.hour, self.at.minute, tzinfo=self.zone)
        return in_utc(local)


SCHEDULED = (Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY)
