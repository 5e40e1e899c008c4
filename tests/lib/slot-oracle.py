#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slot-oracle.py CASES SEED - when steps are due, by Python's zoneinfo.

Each line is one case of tests/test_slot.c: zone, team zone, window (days,
start, end, recipient), waking hours (start, end; -1 = none), holidays, wait
(unit, count), weekday, time of day, start, anchor, and then what is due and
the end of that slot. The rules are written down a second time here, on
datetime: a skipped wall time takes the offset before the gap, one that comes
twice is the first. Half of the anchors lie around a clock change."""
import datetime as dt
import functools
import random
import sys
import zoneinfo

UTC = dt.timezone.utc
ZONES = """Europe/Berlin Europe/London Europe/Dublin Europe/Lisbon Europe/Athens
Europe/Moscow Europe/Istanbul Atlantic/Azores Africa/Cairo Africa/Casablanca
Africa/Lagos America/New_York America/Chicago America/Phoenix
America/Los_Angeles America/St_Johns America/Havana America/Santiago
America/Asuncion America/Sao_Paulo America/Mexico_City America/Nuuk
Asia/Kathmandu Asia/Kolkata Asia/Tokyo Asia/Tehran Asia/Jerusalem Asia/Beirut
Asia/Gaza Asia/Pyongyang Australia/Sydney Australia/Lord_Howe
Australia/Adelaide Pacific/Auckland Pacific/Chatham Pacific/Apia
Pacific/Kiritimati Pacific/Norfolk Antarctica/Troll UTC""".split()
DAY = dt.timedelta(days=1)


def localise(zone, day, minute):
    wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def minute_of(local):
    return local.hour * 60 + local.minute


def inside(hours, zone, at):
    days, start, end = hours
    local = at.astimezone(zone)
    return bool(days >> local.weekday() & 1) and start <= minute_of(local) < end


def hours_next(hours, zone, at):
    if inside(hours, zone, at):
        return at
    today = at.astimezone(zone).date()
    for n in range(15):
        opens = localise(zone, today + n * DAY, hours[1])
        if opens >= at and inside(hours, zone, opens):
            return opens
    raise ValueError("never opens")


class Case:
    def __init__(self, r):
        self.name, self.team = r.choice(ZONES), r.choice(ZONES)
        self.zone = zoneinfo.ZoneInfo(self.name)
        self.recipient = r.random() < 0.7
        self.window_zone = (self.zone if self.recipient
                            else zoneinfo.ZoneInfo(self.team))
        start = r.choice([0, 60, 120, 150, 540, 570, 1320])
        end = r.choice([m for m in (180, 210, 600, 960, 1020, 1410, 1440)
                        if m > start])
        self.window = (r.choice([0x7f, 0x1f, 0x0e, 0x0e, 0x10, 0x60, 0x4f]),
                       start, end)
        self.waking = None
        if r.random() < 0.3:
            self.waking = (0x7f, r.choice([420, 480]), r.choice([1200, 1320]))
        self.unit, self.count = r.choice(["m", "h", "d", "d", "b", "b"]), 0
        self.count = r.randrange({"m": 4000, "h": 200, "d": 20, "b": 15}[self.unit])
        self.on = r.choice([-1, -1, -1, 0, 1, 3, 6])
        self.at = r.choice([-1, -1, 90, 120, 150, 165, 180, 570, 1425])
        self.anchor = self.choose_anchor(r)
        self.start = None
        if r.random() < 0.2:
            self.start = self.anchor + dt.timedelta(hours=r.randrange(400))
        first = self.anchor.date()
        self.holidays = sorted({first + r.randrange(30) * DAY
                                for _ in range(r.choice([0, 0, 2, 8]))})

    def choose_anchor(self, r):
        year = r.randrange(2005, 2037)
        at = dt.datetime(year, 1, 1, tzinfo=UTC) + dt.timedelta(
            seconds=r.randrange(365 * 86400))
        found = changes(self.name, year)
        if found and r.random() < 0.6:
            at = r.choice(found) + dt.timedelta(
                seconds=r.randrange(-4 * 86400, 86400))
        return at

    # -- the rules
    def is_holiday(self, day):
        return day in self.holidays

    def slot_next(self, at):
        for _ in range(732):
            if self.waking:
                last = at + 28 * DAY
                while at <= last:
                    then = hours_next(self.waking, self.zone, hours_next(
                        self.window, self.window_zone, at))
                    if then == at:
                        break
                    at = then
                else:
                    return None
            else:
                at = hours_next(self.window, self.window_zone, at)
            day = at.astimezone(self.zone).date()
            if not self.is_holiday(day):
                return at
            at = localise(self.zone, day + DAY, 0)
        return None

    def slot_end(self, at):
        ends = [localise(self.window_zone,
                         at.astimezone(self.window_zone).date(),
                         self.window[2])]
        own = at.astimezone(self.zone).date()
        if self.waking:
            ends.append(localise(self.zone, own, self.waking[2]))
        if self.holidays:
            ends.append(localise(self.zone, own, 1440))
        return max(min(ends), at)

    def moved(self):
        local = self.anchor.astimezone(self.zone)
        if self.unit == "m":
            return self.anchor + dt.timedelta(minutes=self.count)
        if self.unit == "h":
            return self.anchor + dt.timedelta(hours=self.count)
        day, left = local.date(), self.count
        if self.unit == "d":
            day += left * DAY
        else:
            days = self.window[0] if bin(self.window[0]).count("1") == 5 else 0x1f
            while left:
                day += DAY
                left -= bool(days >> day.weekday() & 1) and not self.is_holiday(day)
        below = dt.timedelta(seconds=self.anchor.second)
        return localise(self.zone, day, minute_of(local)) + below

    def due(self):
        floor = max(self.anchor, self.start or self.anchor)
        due = max(self.moved(), floor)
        if self.on >= 0 or self.at >= 0:
            due = self.on_day(due, floor)
        opens = self.slot_next(due)
        if opens is None:
            return due
        if opens != due and self.at >= 0:
            wished = localise(self.zone, opens.astimezone(self.zone).date(),
                              self.at)
            if wished >= opens and self.slot_next(wished) == wished:
                return wished
        return opens

    def on_day(self, due, floor):
        local = due.astimezone(self.zone)
        same = local.date() == self.anchor.astimezone(self.zone).date()
        ahead = 0
        if self.on >= 0:
            ahead = (self.on - local.weekday()) % 7
            if same and ahead == 0:
                ahead = 7
        minute = self.at if self.at >= 0 else minute_of(local)
        moved = localise(self.zone, local.date() + ahead * DAY, minute)
        if moved >= (floor if self.unit in "db" else due):
            return moved
        ahead += 7 if self.on >= 0 else 1
        return localise(self.zone, local.date() + ahead * DAY, minute)


@functools.lru_cache(maxsize=None)
def changes(name, year):
    """Roughly when the offset changes in a year."""
    zone = zoneinfo.ZoneInfo(name)
    days = [dt.datetime(year, 1, 1, tzinfo=UTC) + n * DAY for n in range(366)]
    offsets = [d.astimezone(zone).utcoffset() for d in days]
    return [days[i + 1] for i in range(365) if offsets[i] != offsets[i + 1]]


def ms(at):
    return round(at.timestamp()) * 1000 if at else 0


def main(cases, seed):
    r = random.Random(seed)
    for _ in range(cases):
        c = Case(r)
        due = c.due()
        opens = c.slot_next(due)
        print(c.name, c.team, *c.window, int(c.recipient),
              *((c.waking[1:] if c.waking else (-1, -1))),
              ",".join(d.strftime("%Y%m%d") for d in c.holidays) or "-",
              c.unit, c.count, c.on, c.at, ms(c.start), ms(c.anchor), ms(due),
              ms(c.slot_end(opens)) if opens else -1)


main(int(sys.argv[1]), int(sys.argv[2]))
