# SPDX-License-Identifier: Apache-2.0
# local-time.py - prints local-time.inc: wall times around the clock changes of
# many zones, and the instants that Python's zoneinfo gives for them. Past years only:
# a new edition of tzdata changes what is to come.
import datetime as dt
import zoneinfo

UTC = dt.timezone.utc
ZONES = """Europe/Berlin Europe/London Europe/Dublin Europe/Lisbon Europe/Athens
Europe/Moscow Europe/Istanbul Atlantic/Azores Atlantic/Reykjavik
Africa/Cairo Africa/Casablanca Africa/Lagos Africa/Johannesburg America/New_York
America/Chicago America/Denver America/Phoenix America/Los_Angeles
America/Anchorage America/St_Johns America/Halifax America/Havana
America/Santiago America/Asuncion America/Sao_Paulo America/Mexico_City
America/Nuuk Asia/Kathmandu Asia/Kolkata Asia/Tokyo Asia/Tehran Asia/Jerusalem
Asia/Beirut Asia/Gaza Asia/Pyongyang Australia/Sydney Australia/Lord_Howe
Australia/Adelaide Australia/Brisbane Pacific/Auckland Pacific/Chatham
Pacific/Apia Pacific/Kiritimati Pacific/Norfolk Antarctica/Troll UTC""".split()


def offset(zone, utc):
    return utc.astimezone(zone).utcoffset()


def changes(zone, year):
    """The instants of a year at which the offset changes."""
    utc, end = dt.datetime(year, 1, 1, tzinfo=UTC), dt.datetime(
        year + 1, 1, 1, tzinfo=UTC)
    while utc < end:
        after = utc + dt.timedelta(days=1)
        if offset(zone, utc) != offset(zone, after):
            low, high = utc, after
            while high - low > dt.timedelta(minutes=1):
                middle = low + (high - low) / 2
                middle = middle.replace(second=0, microsecond=0)
                if offset(zone, low) == offset(zone, middle):
                    low = middle
                else:
                    high = middle
            yield high
        utc = after


def row(name, zone, wall):
    utc = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    skipped = utc.astimezone(zone).replace(tzinfo=None) != wall
    print('{"%s", %d, %d, %d, %d, %d, %s},' % (
        name, wall.year, wall.month, wall.day, wall.hour * 60 + wall.minute,
        utc.timestamp(), "true" if skipped else "false"))


print("/* SPDX-License-Identifier: Apache-2.0 */")
print("/* local-time.inc - made by local-time.py */")
for name in ZONES:
    zone = zoneinfo.ZoneInfo(name)
    row(name, zone, dt.datetime(2023, 1, 15, 9))
    row(name, zone, dt.datetime(2023, 7, 15, 9))
    for year in (2011, 2023):
        for change in changes(zone, year):
            old = (change + offset(zone, change - dt.timedelta(minutes=1)))
            old = old.replace(tzinfo=None)
            for minutes in (-30, 0, 29, 60):
                row(name, zone, old + dt.timedelta(minutes=minutes))
