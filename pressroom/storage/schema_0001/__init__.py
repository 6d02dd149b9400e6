"""The first schema, whole. A released migration is never edited: a change is a further migration.

Any SQLite program may add a release: `INSERT INTO releases (title) VALUES (…)` is enough, so every other column has a
default, and triggers and checks use SQLite's own functions only. Moments are RFC 3339 text in UTC.
"""

from pressroom.storage.schema_0001.people import PEOPLE
from pressroom.storage.schema_0001.releases import ANNOUNCEMENTS, RELEASES, VERSIONS
from pressroom.storage.schema_0001.runs import DELIVERIES, RUNS
from pressroom.storage.schema_0001.staff import STAFF

SCRIPTS = (RELEASES, ANNOUNCEMENTS, VERSIONS, PEOPLE, RUNS, DELIVERIES, STAFF)
