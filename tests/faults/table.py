#!/usr/bin/env python3
"""table.py TABLE RESULTS VERSION - docs/RELIABILITY.md, to standard output

TABLE is table.tsv (row, fault, promise, how), RESULTS what the scripts wrote
(row, part, held or BROKEN, figures)."""
import csv
import datetime
import platform
import sqlite3
import sys

HEAD = """# What breaks, and what nurture does then

`make faults` breaks things on purpose and holds the database against the log
of what the receiving server accepted: it is on that server's disk before it
answers, so it is the truth about what left. This page is written by that
command; do not edit it. How many kills, and how large: `FAULTS_KILLS`,
`FAULTS_ROUNDS`, `FAULTS_ERRORS`, `FAULTS_POWER` (see the head of each script in
`tests/faults/`). `tests/faults/oracle.py` has the invariants, as SQL.

In the figures, *accepted* counts copies, *lost* messages that vanished or are
called sent though nobody took them, *doubled* copies too many that no refusal
explains (with `resend` that is the price, and each is recorded), *doubt*
messages in doubt, *false* those called sent that were not accepted.
"""
TAIL = """
## Bounds that are SQLite's

- Row 6: SQLite begins its write-ahead log anew only when nobody reads what is
  older than its end. Beside a reader who does not end, delivery claims nothing
  more once the log has 32 MB; what is on its way may add to it (46 MB measured;
  below 64). Other commands, such as an import, are not held back by it.

## Real servers

`MTA_MESSAGES=5000 NURTURE_DISPOSABLE=1 make check-mta` sends 5,000 signed mails
by each way through servers of Debian 12 on loopback, four connections. On
2026-11-30 all were sent, each arrived once, no Message-ID twice, and both
signatures of a sample of 100 verified: Postfix plain, and STARTTLS with AUTH;
OpenSMTPD plain; Exim plain, and STARTTLS with AUTH. Debian's OpenSMTPD
fails every TLS handshake by itself (RSA and ECDSA, `openssl s_client` sees the
same), so STARTTLS with AUTH is not tried there, and the test says so. Without
`MTA_MESSAGES` it is 5,000, but 1,000 for Exim with TLS.

The test also fails if they are not pipelined: on plain connections a recorder
on the wire must see nine of ten transactions in one piece (596 of 600 on
2026-12-01, 592 of them with the dot of the mail before); inside TLS each
connection must be logged as such, and Exim's own log must say so of nine mails
in ten. OpenSMTPD offers no PIPELINING; there it must see none.

## Not automated

- Row 9 with RFC 5321's own ten minutes at the dot: the tests scale the limit
  by `NURTURE_SMTP_TIMEOUT`.
- A run of days (soak): `make check-year` runs a year on a made-up clock.
"""


def rows(path, width):
    with open(path, encoding="utf-8", newline="") as lines:
        for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield (row + [""] * width)[:width]


def main():
    table, results, version = sys.argv[1:4]
    found = {}
    for number, part, verdict, figures in rows(results, 4):
        words = ", ".join(f"{k} {v}" for k, v in
                          (w.split("=", 1) for w in figures.split() if "=" in w))
        mark = "" if verdict == "held" else "**BROKEN** "
        found.setdefault(number, []).append(f"{mark}*{part}*: {words}")
    print(HEAD)
    print(f"Last run: {datetime.date.today()}, {version}, SQLite"
          f" {sqlite3.sqlite_version}, {platform.machine()}.\n")
    print("| # | fault | promise | how | figures of the last run |")
    print("|--:|---|---|---|---|")
    for number, fault, promise, how in rows(table, 4):
        figures = "<br>".join(sorted(found.get(number, ["not run"])))
        print(f"| {number} | {fault} | {promise} | {how} | {figures} |")
    print(TAIL, end="")


main()
