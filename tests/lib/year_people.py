#!/usr/bin/env python3
"""year_people.py - what a tenth of the made-up year's people do with their mail,
by the ways people have: links over HTTP, answers and bounces by mail

    year_people.py act INBOX BASE STATE NURTURE
                              the new mails of INBOX, the pages at BASE; mail
                              goes to 'NURTURE receive'; STATE remembers
    year_people.py count DATABASE STATE
                              did all of it become what it was meant to be?
"""
import email
import email.policy
import json
import os
import random
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request

SEED = 20250301
OURS = re.compile(rb"^To: [^\r\n]*\bp[0-9]*5@year\.example", re.M)
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

ANSWERS = [
    ("positive", "Sounds interesting, please tell me more about the role."),
    ("negative", "Thanks, but I am not interested."),
]


def fetch(base, url, who, form=None):
    """Everybody sits in a network of their own, behind the front server."""
    number = int(re.sub(r"\D", "", who))
    home = "%d.%d.%d.7" % (60 + number // 65536, number // 256 % 256,
                           number % 256)
    path = re.sub(r"^https?://[^/]+", "", url)
    request = urllib.request.Request(base + path, form and form.encode(),
                                     {"User-Agent": AGENT,
                                      "X-Forwarded-For": home,
                                      "Accept-Language": "en"})
    opener = urllib.request.build_opener(Stay())
    with opener.open(request, timeout=60) as answer:
        return answer.status


class Stay(urllib.request.HTTPRedirectHandler):
    """The company's blog is not there."""

    def redirect_request(self, *_):
        return None

    def http_error_302(self, request, fp, code, message, headers):
        return fp


def receive(nurture, mail):
    subprocess.run([nurture, "-q", "receive"], input=mail, check=True)


def answer(mail, text):
    return ("From: %s\r\nTo: %s\r\nSubject: Re: %s\r\nMessage-ID: <a-%s\r\n"
            "In-Reply-To: %s\r\nDate: %s\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n" % (
                mail["To"], mail["Reply-To"], mail["Subject"],
                mail["Message-ID"][1:], mail["Message-ID"], mail["Date"],
                text)).encode()


def report(mail):
    return ("From: MAILER-DAEMON@mx.example.org\r\n"
            "To: bounces@mail.kestrel.example\r\n"
            "Subject: Undelivered Mail Returned to Sender\r\n"
            "Message-ID: <b-%s\r\nDate: %s\r\nMIME-Version: 1.0\r\n"
            "Content-Type: multipart/report; report-type=delivery-status;"
            " boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n"
            "no such user\r\n\r\n--b\r\nContent-Type: "
            "message/delivery-status\r\n\r\nReporting-MTA: dns; "
            "mx.example.org\r\n\r\nFinal-Recipient: rfc822; %s\r\n"
            "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 "
            "5.1.1 user unknown\r\n\r\n--b\r\nContent-Type: message/rfc822"
            "\r\n\r\nMessage-ID: %s\r\nSubject: %s\r\n\r\nx\r\n--b--\r\n" % (
                mail["Message-ID"][1:], mail["Date"],
                email.utils.parseaddr(mail["To"])[1], mail["Message-ID"],
                mail["Subject"])).encode()


def one(mail, base, nurture, done):
    """At most one end: a bounce is no answer, and who left does not click."""
    text = mail.get_body(("plain",)).get_content()
    html = mail.get_body(("html",)).get_content()
    who = email.utils.parseaddr(mail["To"])[1]
    rng = random.Random("%d %s %s" % (SEED, who, mail["Subject"]))
    chance = rng.random()
    if chance < 0.04:
        receive(nurture, report(mail))
        done["bounced"] += 1
        return
    if who not in done["consented"] and rng.random() < 0.6:
        fetch(base, re.search(r"https://t\.kestrel\.example/p/\S+", text)[0],
              who, "action=tracking_on&value=click_tracking")
        done["consented"].append(who)
    links = re.findall(r"https://t\.kestrel\.example/c/[\w-]+", html)
    if links and rng.random() < 0.5:
        fetch(base, links[0], who)
        done["clicked"] += 1
    if chance < 0.14:
        meaning, words = rng.choice(ANSWERS)
        receive(nurture, answer(mail, words))
        done[meaning] += 1
    elif chance < 0.17:
        fetch(base, mail["List-Unsubscribe"].split("<")[-1].split(">")[0]
              if "https" in mail["List-Unsubscribe"].split("<")[-1] else
              re.search(r"https://[^>]+", mail["List-Unsubscribe"])[0], who,
              "List-Unsubscribe=One-Click")
        done["opted_out"] += 1


def act(inbox, base, state, nurture):
    done = {"seen": [], "consented": [], "bounced": 0, "clicked": 0,
            "positive": 0, "negative": 0, "opted_out": 0}
    if os.path.exists(state):
        with open(state, encoding="utf-8") as file:
            done = json.load(file)
    seen = set(done["seen"])
    for name in sorted(set(os.listdir(inbox)) - seen):
        with open(os.path.join(inbox, name), "rb") as file:
            text = file.read()
        if OURS.search(text[:4000]):
            one(email.message_from_bytes(text, policy=email.policy.default),
                base, nurture, done)
        done["seen"].append(name)
    with open(state, "w", encoding="utf-8") as file:
        json.dump(done, file)


def count(database, state):
    with open(state, encoding="utf-8") as file:
        done = json.load(file)
    db = sqlite3.connect(database)
    ours = ("machine = 0 AND candidate_id IN (SELECT candidate_id FROM"
            " candidate WHERE email LIKE 'p%5@year.example')")
    wanted = {
        "bounced": "kind = 'bounced'", "clicked": "kind = 'clicked'",
        "positive": "kind = 'replied' AND positive = 1",
        "negative": "kind = 'replied' AND positive = 0",
        "opted_out": "kind = 'opted_out'"}
    known = {}
    for _ in range(600):  # the server writes down what hit it a little later
        known = {name: db.execute("SELECT count(*) FROM event WHERE %s AND %s"
                                  % (condition, ours)).fetchone()[0]
                 for name, condition in wanted.items()}
        if all(known[name] >= done[name] for name in wanted):
            break
        time.sleep(0.1)
    for name, got in known.items():
        print("%s: %d done, %d known" % (name, done[name], got))
    return sum(known.values()) > 0 and all(
        known[name] == done[name] for name in wanted)


if sys.argv[1] == "act":
    act(*sys.argv[2:])
else:
    sys.exit(not count(*sys.argv[2:]))
