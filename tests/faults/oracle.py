#!/usr/bin/env python3
"""oracle.py - hold a database against the log of what the sink accepted

    oracle.py DATABASE SINK-LOG.. --planned N [--doubt-max N] [--waiting N]
              [--at-rest]

The sink writes a line to the disk before it answers 250, so its log is the
truth about what left. Each invariant below is a question in SQL that must
have no answer; an answer is printed and the exit status is 1. What was found
goes to standard output as `accepted=.. lost=.. doubled=.. doubt=.. false=..`.
--at-rest: as a process has left it that was ended; no other has come yet to
settle what it had in hand.
"""
import argparse
import base64
import re
import sqlite3
import sys

INVARIANTS = [
    ("I1: as many rows as were planned",
     "SELECT count(*), :planned FROM message WHERE kind = 'campaign'"
     " HAVING count(*) <> :planned"),
    ("I2: at most one copy, and one for each refusal and decision to resend",
     "SELECT message_id, state, copies, refusals, resends FROM message"
     " JOIN arrived USING (message_id) WHERE copies > 1 + refusals + resends"),
    ("I3: what is called sent was accepted",
     "SELECT message_id, attempt FROM message LEFT JOIN arrived"
     " USING (message_id) WHERE state = 'sent' AND copies IS NULL"),
    ("I4: what was accepted is sent, bounced, in doubt, or being resent",
     "SELECT message_id, state FROM message JOIN arrived USING (message_id)"
     " WHERE state NOT IN ('sent', 'in_doubt', 'bounced') AND resends = 0"),
    ("I4: what was accepted is a message of ours",
     "SELECT message_id FROM arrived EXCEPT SELECT message_id FROM message"),
    ("I5: nobody owns anything",
     "SELECT message_id, state, owner FROM message WHERE owner IS NOT NULL"
     " OR state IN ('claimed', 'committing')"),
    # An opt-out's time is from before it waited for the write lock, so marks
    # of the same moment may have come first.
    ("I7: no mark after the opt-out",
     "SELECT m.message_id, m.dot_at, s.at FROM message m JOIN suppression s"
     " ON s.address_hmac = m.rcpt_hmac"
     " WHERE m.state = 'sent' AND m.dot_at > s.at + 2000"),
    ("I7: no mark while on hold",
     "SELECT m.message_id, m.dot_at, h.created_at FROM message m JOIN hold h"
     " USING (candidate_id) WHERE m.state = 'sent' AND m.dot_at > h.created_at + 2000"),
    ("I8: no mark before its time",
     "SELECT message_id, dot_at, not_before FROM message"
     " WHERE state IN ('sent', 'in_doubt') AND dot_at < not_before"),
    ("I9: the ledger has each attempt of each message",
     "SELECT m.message_id, m.attempt, count(a.n) FROM message m LEFT JOIN"
     " attempt a USING (message_id) GROUP BY 1 HAVING count(a.n) <> m.attempt"),
    ("I9: the newest attempt ended as the message says",
     "SELECT m.message_id, m.state, a.outcome FROM message m LEFT JOIN attempt a"
     " ON a.message_id = m.message_id AND a.n = m.attempt"
     " WHERE m.state IN ('sent', 'in_doubt') AND a.outcome IS NOT m.state"),
    ("I9: no copy without an attempt that had its mark",
     "SELECT message_id, copies FROM arrived WHERE copies > (SELECT count(*)"
     " FROM attempt a WHERE a.message_id = arrived.message_id"
     " AND a.dot_at IS NOT NULL)"),
    ("in the end nobody waits but who is on hold",
     "SELECT count(*), :waiting FROM message WHERE state IN ('scheduled',"
     " 'deferred') AND kind = 'campaign' AND candidate_id NOT IN"
     " (SELECT candidate_id FROM hold) HAVING count(*) <> :waiting"),
    ("doubts within their limit",
     "SELECT count(*), :doubt_max FROM message WHERE state = 'in_doubt'"
     " HAVING count(*) > :doubt_max"),
]

# A mark is in doubt for whoever finds it: it may not be missing, or be gone.
AT_REST = [
    ("what was accepted has its mark",
     "SELECT message_id, state FROM message JOIN arrived USING (message_id)"
     " WHERE state NOT IN ('sent', 'bounced', 'in_doubt', 'committing')"
     " AND resends = 0"),
] + [i for i in INVARIANTS
     if i[0][:2] in ("I1", "I2", "I3") or i[0].endswith("of ours")]

FIGURES = {
    "accepted": "SELECT coalesce(sum(copies), 0) FROM arrived",
    # neither on its way, nor there, nor ended by a decision that is recorded
    "lost": "SELECT :planned - count(*) FROM message WHERE kind = 'campaign' AND"
            " (state <> 'sent' OR message_id IN (SELECT message_id FROM arrived))",
    "doubled": "SELECT coalesce(sum(copies - 1 - refusals), 0) FROM arrived"
               " JOIN message USING (message_id) WHERE copies > 1 + refusals",
    "doubt": "SELECT count(*) FROM message WHERE state = 'in_doubt'",
    "false": "SELECT count(*) FROM message WHERE state = 'sent' AND message_id"
             " NOT IN (SELECT message_id FROM arrived)",
}


def message_id(token):
    """The message a Message-ID's token is about: see include/nurture/token.h"""
    raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    return base64.b32encode(raw[1:11]).decode().lower()


def arrivals(logs):
    for log in logs:
        with open(log, encoding="utf-8") as lines:
            for line in lines:
                token = re.search(r" id=<([a-z2-7]+)@", line)
                if token:
                    yield (message_id(token[1]),)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("database")
    parser.add_argument("log", nargs="+")
    parser.add_argument("--planned", type=int, required=True)
    parser.add_argument("--doubt-max", type=int, default=0)
    parser.add_argument("--waiting", type=int, default=0)
    parser.add_argument("--at-rest", action="store_true")
    o = parser.parse_args()
    db = sqlite3.connect(o.database, timeout=30)
    db.execute("CREATE TEMP TABLE arrival (message_id TEXT)")
    db.executemany("INSERT INTO arrival VALUES (?)", arrivals(o.log))
    db.execute("CREATE TEMP TABLE arrived AS SELECT message_id, count(*) AS copies"
               " FROM arrival GROUP BY 1")
    limits = {"planned": o.planned, "doubt_max": o.doubt_max,
              "waiting": o.waiting}
    broken = 0
    for name, question in AT_REST if o.at_rest else INVARIANTS:
        rows = db.execute(question, limits).fetchall()
        for row in rows[:5]:
            print(f"# {name}: {row}", file=sys.stderr)
        broken += bool(rows)
    health = db.execute("PRAGMA integrity_check").fetchone()[0]
    if health != "ok":
        print(f"# I6: the database is whole: {health}", file=sys.stderr)
        broken += 1
    print(" ".join(f"{name}={db.execute(sql, limits).fetchone()[0]}"
                   for name, sql in FIGURES.items()))
    sys.exit(broken > 0)


main()
