#!/usr/bin/env python3
"""year.py - a made-up year of a company, and its figures counted again

    year.py people N FROM TO       a CSV of people FROM to TO of N
    year.py react DATABASE UNTIL   what people and machines did with new mails
    year.py news DATABASE UNTIL BASE SECRET
                                   applications up to then, as their ATS exports
                                   them, for 'nurture ats apply'; a tenth is
                                   posted, as Greenhouse does
    year.py truth DATABASE UNTIL EXPORT
                                   did all of them arrive as they were?
    year.py costs                  a CSV of costs
    year.py check REPORT EXPORT FROM UNTIL < report.json
                                   every figure of a report against the export

Everything follows from the seed. The check shares no code and no SQL with the
program: it reads the lines of 'nurture events export' and nothing else. What a
tenth of people do with their mail goes the ways people have: year_people.py.
"""
import hashlib
import hmac
import json
import random
import sqlite3
import sys
from collections import defaultdict
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

DAY = 86400000
SEED = 20250301
WINDOW = 90 * DAY
ZONE = ZoneInfo("Europe/Berlin")


def ms(text):
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.utc)
    return int(at.timestamp() * 1000)


# -- making it ---------------------------------------------------------------

INTERESTS = ["backend", "sre", "data", "product", "design", "sales"]
LEVELS = ["junior", "mid", "senior", "staff"]
COUNTRIES = ["DE", "DE", "DE", "AT", "CH", "FR"]
SOURCES = ["LinkedIn", "Referral", "Careers page", "Agency", "Job board", None]


def people(count, first, last):
    print("email,first_name,country,seniority,interest,source,"
          "consent_at,consent_source")
    for i in range(first, last):
        rng = random.Random("%d person %d" % (SEED, i))
        consent = "2025-0%d-%02d,job fair" % (rng.randint(1, 2),
                                              rng.randint(1, 28))
        if rng.random() < 0.05:
            consent = ","
        print("p%d@year.example,Pat,%s,%s,%s,%s,%s" % (
            i, rng.choice(COUNTRIES), rng.choice(LEVELS),
            ";".join(rng.sample(INTERESTS, rng.randint(1, 2))),
            rng.choice(["sourced", "event", "referral"]), consent))


def add_event(db, candidate, kind, at, message=None, campaign=None, step=None,
              machine=0, positive=0, key=None):
    db.execute("INSERT OR IGNORE INTO event (candidate_id, kind, message_id,"
               " campaign, step, at, machine, positive, dedupe_key)"
               " VALUES (?,?,?,?,?,?,?,?,?)",
               (candidate, kind, message, campaign, step, at, machine,
                positive, key))


def react(path, until):
    db = sqlite3.connect(path)
    seen = db.execute("SELECT coalesce((SELECT CAST(value AS INTEGER) FROM fact"
                      " WHERE name = 'year.react'), 0)").fetchone()[0]
    rows = db.execute("SELECT event_id, candidate_id, message_id, campaign,"
                      " step, at FROM event WHERE kind = 'sent' AND event_id > ?"
                      " AND candidate_id NOT IN (SELECT candidate_id FROM candidate"
                      "  WHERE email LIKE 'p%5@year.example')"
                      " ORDER BY candidate_id, campaign, step", (seen,)).fetchall()
    for event, who, message, campaign, step, at in rows:
        rng = random.Random("%d mail %s %s %s" % (SEED, who, campaign, step))

        def add(kind, days, **more):
            add_event(db, who, kind, at + int(days * DAY), message, campaign,
                      step, **more)
        if rng.random() < 0.03:
            add("bounced", 0.01)
            continue
        if rng.random() < 0.30:
            add("opened", 0.001, machine=1)
        if rng.random() < 0.10:
            add("clicked", 0.001, machine=1)
        if rng.random() < 0.40:
            for _ in range(rng.randint(1, 3)):
                add("opened", rng.uniform(0.1, 6))
        if rng.random() < 0.12:
            for _ in range(rng.randint(1, 2)):
                add("clicked", rng.uniform(0.1, 6))
        if rng.random() < 0.05:
            add("replied", rng.uniform(0.2, 8), positive=rng.random() < 0.5)
        if rng.random() < 0.02:
            add("interested", rng.uniform(0.2, 8))
        if rng.random() < 0.03:
            add("auto_reply", 0.01)
        if rng.random() < 0.01:
            add("opted_out", rng.uniform(0.2, 8))
    db.execute("INSERT INTO fact VALUES ('year.react',"
               " (SELECT coalesce(max(event_id), 0) FROM event)) ON CONFLICT (name)"
               " DO UPDATE SET value = excluded.value")
    db.commit()


def applications(path, until):
    """Some apply by themselves, more after a mail; some are hired."""
    db = sqlite3.connect(path)
    start = ms("2025-03-01")
    mailed = dict(db.execute("SELECT candidate_id, min(at) FROM event"
                             " WHERE kind = 'sent' GROUP BY candidate_id"))
    for who, email in db.execute("SELECT candidate_id, email FROM candidate"
                                 " ORDER BY candidate_id").fetchall():
        for n in range(2):
            rng = random.Random("%d application %d-%d" % (SEED, who, n))
            by_itself = start + int(rng.uniform(0, 365) * DAY)
            after_mail = mailed.get(who, until) + int(rng.expovariate(1 / 40)
                                                      * DAY)
            chance = rng.random()
            if chance < 0.05:
                at = by_itself
            elif chance < 0.11 and who in mailed:
                at = after_mail
            else:
                continue
            one = one_application(rng, at // 1000 * 1000, until)
            if one:
                yield dict(one, who=who, email=email, n=n)


def one_application(rng, at, until):
    if at >= until:
        return None
    source, interviewed = rng.choice(SOURCES), rng.random() < 0.45
    hired = interviewed and rng.random() < 0.4
    stage_at = at + int(rng.uniform(3, 30) * DAY) // 1000 * 1000
    end_at = stage_at + int(rng.uniform(3, 40) * DAY) // 1000 * 1000
    interviewed = interviewed and stage_at < until
    hired = hired and end_at < until
    over = end_at < until
    rating = left_at = None
    if hired and rng.random() < 0.8:
        rating = rng.randint(1, 5)
    if hired and rng.random() < 0.2:
        left_at = iso(end_at + rng.randint(20, 300) * DAY)[:10]
    return {"status": "hired" if hired else "rejected" if over else "active",
            "reached": "offer" if hired else "interview" if interviewed
            else "applied", "applied_at": at, "source": source,
            "hired_at": end_at if hired else None, "rating": rating,
            "rejected_at": end_at if over and not hired else None,
            "left_at": left_at,
            "updated_at": end_at if over else stage_at if interviewed else at}


def iso(at):
    return datetime.fromtimestamp(at / 1000, timezone.utc).strftime(
        "%Y-%m-%dT%H:%M:%SZ")


def by_hook(a):
    return a["who"] % 10 == 3


JOBS = ["Backend engineer", "SRE", "Data engineer", "Designer", "Seller"]


def news(path, until, base, secret):
    """All candidates first, as exports are; what is not known is left out."""
    made = list(applications(path, until))
    mine = [a for a in made if not by_hook(a)]
    lines = [{"type": "candidate", "src": "made-up", "id": "c%d" % a["who"],
              "emails": [a["email"]], "updated_at": iso(a["applied_at"])}
             for a in mine]
    lines += [{"type": "job", "src": "made-up", "id": str(i), "title": title,
               "status": "open", "updated_at": "2025-01-01T00:00:00Z"}
              for i, title in enumerate(JOBS)]
    for a in mine:
        one = {"type": "application", "src": "made-up",
               "id": "%d-%d" % (a["who"], a["n"]),
               "candidate_id": "c%d" % a["who"],
               "job_id": str(a["who"] % len(JOBS)), "reject_by": "us"}
        for key in ("status", "reached", "source", "rating", "left_at"):
            one[key] = a[key]
        for key in ("applied_at", "hired_at", "rejected_at", "updated_at"):
            one[key] = iso(a[key]) if a[key] else None
        lines.append({k: v for k, v in one.items() if v is not None})
    for line in lines:
        print(json.dumps(line))
    for a in made:
        if by_hook(a):
            post(a, base, secret)


STAGES = {"applied": "Application Review", "interview": "Face to Face",
          "offer": "Offer"}
ACTIONS = {"active": "application_updated", "rejected": "reject_candidate",
           "hired": "candidate_hired"}


def payload(a):
    moment = iso(a["updated_at"])
    return {"action": ACTIONS[a["status"]], "payload": {
        "offer": {"resolved_at": moment}, "application": {
            "id": "%d-%d" % (a["who"], a["n"]), "prospect": False,
            "status": a["status"], "applied_at": iso(a["applied_at"]),
            "rejected_at": iso(a["rejected_at"]) if a["rejected_at"] else None,
            "last_activity_at": moment,
            "rejection_reason": {"type": {"name": "We rejected them"}}
            if a["status"] == "rejected" else None,
            "source": {"public_name": a["source"]},
            "current_stage": {"name": STAGES[a["reached"]]},
            "candidate": {"id": a["who"], "last_activity": moment,
                          "email_addresses": [{"value": a["email"]}]},
            "jobs": [{"id": 7, "name": "Cook", "status": "open"}]}}}


def post(a, base, secret):
    """Every time, though it may be known: a copy is harmless."""
    body = json.dumps(payload(a)).encode()
    import urllib.request  # slow, and only some calls need it
    sign = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(
        base + "/hooks/greenhouse", body,
        {"Signature": "sha256 " + sign, "Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=60).read()


def truth(path, until, export):
    """What was made, beside what the export says of it."""
    def of_hook(key, by_hook):
        return None if by_hook and key in ("rating", "left_at") else key
    keys = ("status", "reached", "applied_at", "hired_at", "source", "rating",
            "left_at")
    made, told = defaultdict(list), defaultdict(list)
    for a in applications(path, until):
        made[a["who"]].append(tuple(a.get(of_hook(k, by_hook(a)))
                                    for k in keys))
    with open(export, encoding="utf-8") as lines:
        for line in lines:
            one = json.loads(line)
            if one["type"] == "application":
                told[one["candidate"]].append(tuple(one[k] for k in keys))
    wrong = [who for who in set(made) | set(told)
             if sorted(made[who], key=str) != sorted(told[who], key=str)]
    for who in wrong[:5]:
        print("candidate %d: made %s, told %s" % (who, made[who], told[who]))
    count = sum(map(len, made.values()))
    print("%d applications, of %d people another than made" % (
        count, len(wrong)))
    return count > 0 and not wrong


def costs():
    print("source,month,amount,currency")
    for year, month in [(2025, m) for m in range(3, 13)] + [(2026, 1), (2026, 2)]:
        rng = random.Random("%d cost %d" % (SEED, month))
        for source in ["LinkedIn", "Agency", "Job board", "Event", "crm"]:
            print("%s,%d-%02d,%d.%02d,EUR" % (
                source, year, month, rng.randint(300, 9000), rng.randint(0, 99)))


# -- counting it again -------------------------------------------------------

class Export:
    def __init__(self, path, since, until):
        self.since, self.until = since, until
        self.lines = defaultdict(list)
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                one = json.loads(line)
                self.lines[one["type"]].append(one)
        self.messages = {m["id"]: m for m in self.lines["message"]}
        self.events = [e for e in self.lines["event"] if e["at"] < until]
        self.by_message = defaultdict(list)
        self.by_person = defaultdict(list)
        for e in self.events:
            if e["message"] in self.messages:
                self.by_message[e["message"]].append(e)
            if e["candidate"] is not None:
                self.by_person[e["candidate"]].append(e)
        self.bounced = {e["message"] for e in self.events
                        if e["kind"] == "bounced" and e["message"]}
        self.touches = defaultdict(list)
        for e in self.events:
            if self.is_touch(e):
                self.touches[e["candidate"]].append(e)

    def is_touch(self, e):
        if e["candidate"] is None or e["machine"]:
            return False
        if e["kind"] == "sent":
            return e["message"] in self.messages and \
                e["message"] not in self.bounced
        return e["kind"] in ("clicked", "replied", "interested", "contacted",
                             "met")

    def segment(self, e):
        if e["message"] is None:
            return "(by hand)"
        return self.messages[e["message"]]["segment"] or "(no segment)"

    def inside(self, at):
        return at is not None and self.since <= at < self.until

    def after(self, who, kinds, at):
        """The first event of a kind at or after a moment, not of machines."""
        times = [e["at"] for e in self.by_person[who]
                 if e["kind"] in kinds and e["at"] >= at and not e["machine"]]
        return min(times) if times else None

    def first_contacts(self):
        for who in sorted(self.touches):
            times = [e["at"] for e in self.touches[who]
                     if e["kind"] in ("sent", "contacted", "met")]
            if times:
                yield who, min(times)

    def applications(self):
        known = {a["candidate"] for a in self.lines["application"]}
        for a in self.lines["application"]:
            if a["applied_at"] is None or a["applied_at"] >= self.until:
                continue
            hired = a["hired_at"] if a["status"] == "hired" and \
                a["hired_at"] < self.until else None
            yield self.credited({
                "candidate": a["candidate"],
                "source": (a["source"] or "").strip() or "(not known)",
                "applied": a["applied_at"], "hired": hired,
                "interviewed": a["reached"] in ("interview", "offer")
                or a["status"] == "hired",
                "rating": a["rating"],
                "left": ms(a["left_at"]) if a["left_at"] else None})
        by_hand = defaultdict(list)
        for e in self.events:
            if e["by_hand"] and e["kind"] in ("applied", "interviewed",
                                              "hired") \
                    and e["candidate"] not in known:
                by_hand[e["candidate"]].append(e)
        for who, events in by_hand.items():
            hires = [e["at"] for e in events if e["kind"] == "hired"]
            yield self.credited({
                "candidate": who, "source": SOURCE_OF[who],
                "applied": min(e["at"] for e in events),
                "hired": min(hires) if hires else None,
                "interviewed": any(e["kind"] != "applied" for e in events),
                "rating": None, "left": None})

    def credited(self, a):
        near = [e for e in self.touches[a["candidate"]]
                if a["applied"] - WINDOW < e["at"] <= a["applied"]]
        a["touch"] = max(near, key=lambda e: (e["at"], e["id"])) if near \
            else None
        return a


SOURCE_OF = defaultdict(lambda: "event")


def share(part, whole):
    return part / whole if whole else None


def quartiles(numbers):
    numbers = sorted(numbers)
    out = [len(numbers)]
    for p in (0, 0.25, 0.5, 0.75, 1):
        if not numbers:
            out.append(None)
            continue
        at = p * (len(numbers) - 1)
        low = int(at)
        high = min(low + 1, len(numbers) - 1)
        out.append(numbers[low] + (at - low) * (numbers[high] - numbers[low]))
    return out


def wilson(k, n):
    z = 1.959963984540054
    p = k / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * (p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5 / (1 + z * z / n)
    return max(0, middle - half), min(1, middle + half)


def newcombe(a, m, b, n):
    (la, ha), (lb, hb) = wilson(a, m), wilson(b, n)
    p, q = a / m, b / n
    return (p - q, p - q - ((p - la) ** 2 + (hb - q) ** 2) ** 0.5,
            p - q + ((ha - p) ** 2 + (q - lb) ** 2) ** 0.5)


ENGAGED = ("clicked", "replied", "interested")


def pipeline(x):
    first = [(who, at) for who, at in x.first_contacts()]
    kinds = [ENGAGED, ("replied",), ("applied",), ("interviewed",), ("hired",)]
    counts = [sum(x.inside(at) for _, at in first)]
    for k in kinds:
        counts.append(sum(x.inside(at) and x.after(who, k, at) is not None
                          for who, at in first))
    names = ["Contacted", "Engaged", "Replied", "Applied", "Interviewed",
             "Hired"]
    funnel = [{"stage": n, "people": c, "of_contacted": share(c, counts[0]),
               "of_previous": share(c, counts[i - 1]) if i else None}
              for i, (n, c) in enumerate(zip(names, counts))]
    times = []
    for name, kind in (("to the first reply", "replied"),
                       ("to the first application", "applied"),
                       ("to the hire", "hired")):
        days = []
        for who, at in first:
            when = x.after(who, (kind,), at)
            if x.inside(when):
                days.append((when - at) / DAY)
        q = quartiles(days)
        times.append(dict(zip(("from_to", "people", "least", "quartile_1",
                               "median", "quartile_3", "most"), [name] + q)))
    return {"funnel": funnel, "time": times, "campaigns": campaigns(x),
            "uplift": uplift(x)}


def enrolled(x):
    groups = defaultdict(dict)
    for n in x.lines["enrolment"]:
        if x.inside(n["enrolled_at"]):
            now = groups[n["campaign"]].setdefault(
                n["candidate"], {"control": False, "at": n["enrolled_at"]})
            now["control"] |= n["control"]
            now["at"] = min(now["at"], n["enrolled_at"])
    return groups


def campaigns(x):
    out = []
    for name, who in sorted(enrolled(x).items()):
        row = {"campaign": name, "enrolled": 0, "mailed": 0, "replied": 0,
               "applied": 0, "interviewed": 0, "hired": 0}
        for person, n in who.items():
            if n["control"]:
                continue
            row["enrolled"] += 1
            sent = [e["at"] for e in x.touches[person]
                    if e["kind"] == "sent" and e["campaign"] == name]
            if not sent:
                continue
            row["mailed"] += 1
            row["replied"] += any(e["kind"] == "replied" and
                                  e["campaign"] == name
                                  for e in x.touches[person])
            for kind in ("applied", "interviewed", "hired"):
                row[kind] += x.after(person, (kind,), min(sent)) is not None
        row["reply_rate"] = share(row["replied"], row["mailed"])
        out.append(row)
    return [r for r in out if r["enrolled"]]


def uplift(x):
    out = []
    for name, who in sorted(enrolled(x).items()):
        if not any(n["control"] for n in who.values()):
            continue
        for kind in ("applied", "hired"):
            counts = {True: [0, 0], False: [0, 0]}
            for person, n in who.items():
                counts[n["control"]][0] += 1
                counts[n["control"]][1] += \
                    x.after(person, (kind,), n["at"]) is not None
            (m, a), (k, b) = counts[False], counts[True]
            difference, low, high = newcombe(a, m, b, k)
            out.append({"campaign": name, "outcome": kind, "people": m,
                        "share": a / m, "control": k, "control_share": b / k,
                        "uplift": difference, "low": low, "high": high,
                        "verdict": "it works" if low > 0 else "it harms"
                        if high < 0 else "could be chance"})
    return out


def by_key(x, key, cost_key, cost_counts):
    rows, money = defaultdict(lambda: defaultdict(float)), defaultdict(int)
    ratings = defaultdict(list)
    has_left = False
    for a in x.applications():
        row = rows[key(a)]
        has_left |= a["left"] is not None
        if x.inside(a["applied"]):
            row["applications"] += 1
            row["interviews"] += a["interviewed"]
            row["converted"] += a["hired"] is not None
        if x.inside(a["hired"]):
            row["hires"] += 1
            if a["rating"] is not None:
                ratings[key(a)].append(float(a["rating"]))
            half_year = a["hired"] + 180 * DAY
            if half_year <= x.until:
                row["old"] += 1
                row["stayed"] += a["left"] is None or a["left"] >= half_year

    def month(at):
        return datetime.fromtimestamp(at / 1000, ZONE).strftime("%Y-%m")
    first = month(x.since) if x.since else ""
    for c in x.lines["cost"]:
        if first <= c["month"] <= month(x.until - 1) and cost_counts(c):
            money[cost_key(c["source"])] += c["amount"]
    all_hires = sum(r["hires"] for r in rows.values())
    out = []
    for name in set(rows) | set(money):
        r, cost = rows[name], money.get(name)
        if r["applications"] + r["hires"] + (cost or 0) <= 0:
            continue
        rated = ratings[name]
        out.append({
            "name": name, "applications": r["applications"],
            "interviews": r["interviews"], "hires": r["hires"],
            "share_of_hires": share(r["hires"], all_hires),
            "hires_per_application": share(r["converted"], r["applications"]),
            "cost": None if cost is None else cost / 100,
            "cost_per_hire": None if cost is None or not r["hires"]
            else cost / 100 / r["hires"],
            "rating": sum(rated) / len(rated) if rated else None,
            "rated": len(rated),
            "stayed_180d": share(r["stayed"], r["old"]) if has_left else None})
    out.sort(key=lambda r: (-r["hires"], -r["applications"],
                            r["name"].encode()))
    return out


def renamed(rows, name):
    return [{(name if k == "name" else k): v for k, v in r.items()}
            for r in rows]


def without_gaps(months):
    year, month = map(int, months[0].split("-")) if months else (0, 0)
    out = []
    while months and out[-1:] != months[-1:]:
        out.append("%04d-%02d" % (year, month))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return out


def sources(x):
    def crm(a):
        return a["touch"] is not None
    other = "every other channel"
    segments, months = defaultdict(lambda: [0, 0, 0, []]), defaultdict(lambda: [0, 0])
    for a in x.applications():
        if crm(a):
            s = segments[x.segment(a["touch"])]
            if x.inside(a["applied"]):
                s[0] += 1
                s[1] += a["interviewed"]
                s[3].append((a["applied"] - a["touch"]["at"]) / DAY)
            s[2] += x.inside(a["hired"])
        if x.inside(a["hired"]):
            m = datetime.fromtimestamp(a["hired"] / 1000, ZONE)
            months[m.strftime("%Y-%m")][not crm(a)] += 1
    hires = sum(s[2] for s in segments.values())
    rows = [{"segment": n, "applications": s[0], "interviews": s[1],
             "hires": s[2], "share_of_hires": share(s[2], hires),
             "days": sum(s[3]) / len(s[3]) if s[3] else None}
            for n, s in segments.items() if s[0] + s[2] > 0]
    rows.sort(key=lambda r: (-r["hires"], -r["applications"], r["segment"]))

    def is_crm_cost(source):
        return source.lower() == "crm"
    return {
        "channels": renamed(by_key(
            x, lambda a: "CRM-sourced" if crm(a) else other,
            lambda s: "CRM-sourced" if is_crm_cost(s) else other,
            lambda c: True), "channel"),
        "channels_by_source": renamed(by_key(
            x, lambda a: "CRM-sourced" if crm(a) else a["source"],
            lambda s: "CRM-sourced" if is_crm_cost(s) else s,
            lambda c: True), "channel"),
        "sources": renamed(by_key(
            x, lambda a: a["source"], lambda s: s,
            lambda c: not is_crm_cost(c["source"])), "source"),
        "segments": rows,
        "months": [{"month": m, "crm": months[m][0], "other": months[m][1],
                    "share": share(months[m][0], sum(months[m]))}
                   for m in without_gaps(sorted(months))],
    }


def mails(x):
    first = {}
    for e in x.events:
        if e["kind"] == "sent" and e["message"] in x.messages and \
                x.inside(e["at"]):
            first.setdefault(e["message"], e)
    for message, e in first.items():
        got = x.by_message[message]
        kinds = {k["kind"] for k in got}
        people = {k["kind"] for k in got if not k["machine"]}
        yield {"campaign": e["campaign"], "step": e["step"], "at": e["at"],
               "segment": x.messages[message]["segment"] or "(no segment)",
               "bounced": "bounced" in kinds,
               "opened": "opened" in people, "opened_raw": "opened" in kinds,
               "clicked": "clicked" in people,
               "clicked_raw": "clicked" in kinds,
               "replied": "replied" in kinds,
               "interested": "interested" in kinds or any(
                   k["kind"] == "replied" and k["positive"] for k in got),
               "opted_out": "opted_out" in kinds}


def engagement(x, names):
    groups = defaultdict(list)
    for m in mails(x):
        groups[tuple(m[n] for n in names)].append(m)
    out = []
    for key, all_of in groups.items():
        row = dict(zip(names, key))
        row["sent"] = len(all_of)
        for k in ("bounced", "opened", "opened_raw", "clicked", "clicked_raw",
                  "replied", "interested", "opted_out"):
            row[k] = sum(m[k] for m in all_of)
        arrived = row["sent"] - row["bounced"]
        for rate, k in (("open_rate", "opened"), ("open_rate_raw", "opened_raw"),
                        ("click_rate", "clicked"),
                        ("click_rate_raw", "clicked_raw"),
                        ("reply_rate", "replied")):
            row[rate] = share(row[k], arrived)
        row["_first"] = min(m["at"] for m in all_of)
        out.append(row)
    return out


def segments(x):
    start = defaultdict(dict)
    for who, touches in x.touches.items():
        for e in touches:
            if e["kind"] == "sent" and e["at"] >= x.since:
                s = start[x.segment(e)]
                s[who] = min(s.get(who, e["at"]), e["at"])
    ways = []
    for name, who in start.items():
        row = {"segment": name, "mailed": len(who)}
        for kind in ("replied", "applied", "interviewed", "hired"):
            row[kind] = sum(x.after(p, (kind,), at) is not None
                            for p, at in who.items())
        row["reply_rate"] = share(row["replied"], row["mailed"])
        row["apply_rate"] = share(row["applied"], row["mailed"])
        row["interview_rate"] = share(row["interviewed"], row["applied"])
        row["hire_rate"] = share(row["hired"], row["interviewed"])
        row["hire_of_mailed"] = share(row["hired"], row["mailed"])
        ways.append(row)
    ways.sort(key=lambda r: (-r["mailed"], r["segment"]))
    by_segment = engagement(x, ("segment",))
    by_segment.sort(key=lambda r: (-r["sent"], r["segment"]))
    by_mail = engagement(x, ("campaign", "step", "segment"))
    step = defaultdict(lambda: sys.maxsize)
    for r in by_mail:
        k = (r["campaign"], r["step"])
        step[k] = min(step[k], r["_first"])
    by_mail.sort(key=lambda r: (r["campaign"], step[r["campaign"], r["step"]],
                                r["step"], r["segment"]))
    for r in by_segment + by_mail:
        del r["_first"]
    return {"conversion": ways, "engagement": by_segment, "mails": by_mail}


def cohorts(x):
    months = defaultdict(list)
    for who, at in x.first_contacts():
        if x.inside(at):
            month = datetime.fromtimestamp(at / 1000, ZONE).strftime("%Y-%m")
            months[month].append((who, at))
    out = []
    for month, who in sorted(months.items()):
        n = len(who)
        row = {"month": month, "people": n}
        when = {k: [(at, x.after(p, (k,), at)) for p, at in who]
                for k in ("replied", "applied", "interviewed", "hired")}
        for k, times in when.items():
            row[k] = sum(t is not None for _, t in times)
        row["reply_rate"] = row["replied"] / n
        row["apply_rate"] = row["applied"] / n
        row["hire_rate"] = row["hired"] / n
        last = max(at for _, at in who)
        for name, k, days in (("applied_90d", "applied", 90),
                              ("hired_180d", "hired", 180)):
            done = sum(t is not None and t < at + days * DAY
                       for at, t in when[k])
            row[name] = done / n if last + days * DAY <= x.until else None
        out.append(row)
    return {"cohorts": out}


def same(got, want):
    if isinstance(want, float) and isinstance(got, (int, float)):
        return abs(got - want) <= max(0.0051, 1e-9 * abs(want)) \
            if abs(want) > 1.5 else abs(got - want) <= 0.0051
    return got == want


def check(name, export, since, until):
    """Shares are printed with four digits, the rest with two."""
    report = json.load(sys.stdin)
    wanted = {"pipeline": pipeline, "sources": sources, "segments": segments,
              "cohorts": cohorts}[name](Export(export, since, until))
    figures = wrong = 0
    if set(wanted) != set(report) - {"schema", "report", "period", "currency",
                                     "rules"}:
        print("tables differ: %s" % sorted(report))
        wrong += 1
    for sheet, rows in wanted.items():
        got = report[sheet]
        if len(got) != len(rows):
            print("%s: %d rows, not %d" % (sheet, len(got), len(rows)))
            wrong += 1
        for i, (g, w) in enumerate(zip(got, rows)):
            if set(g) != set(w):
                print("%s: columns %s" % (sheet, set(g) ^ set(w)))
                wrong += 1
            for column, value in w.items():
                figures += 1
                tight = isinstance(value, float) and abs(value) <= 1.5
                good = abs(g[column] - value) <= 0.0051 \
                    if tight and column in TWO_DIGITS and \
                    g[column] is not None else \
                    g[column] is not None and abs(g[column] - value) <= 0.000051 \
                    if tight else same(g[column], value)
                if not good:
                    wrong += 1
                    print("%s row %d %s: %s, not %s" % (
                        sheet, i, column, g[column], value))
    print("%d figures, %d wrong" % (figures, wrong))
    return wrong == 0 and figures > 0


TWO_DIGITS = {"least", "quartile_1", "median", "quartile_3", "most", "days",
              "rating", "cost", "cost_per_hire"}


def main():
    what, *args = sys.argv[1:]
    if what == "people":
        people(*map(int, args))
    elif what == "react":
        react(args[0], ms(args[1]))
    elif what == "news":
        news(args[0], ms(args[1]), *args[2:])
    elif what == "truth":
        sys.exit(not truth(args[0], ms(args[1]), args[2]))
    elif what == "costs":
        costs()
    elif what == "check":
        if len(args) > 4:
            for pair in args[4:]:
                who, source = pair.split("=")
                SOURCE_OF[int(who)] = source
        sys.exit(not check(args[0], args[1], int(args[2]), int(args[3])))
    else:
        sys.exit(__doc__)


main()
