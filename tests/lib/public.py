"""public.py ADDRESS MAILS - what candidates do on the public pages; see
t4220-public-pages.sh

Runs in the workspace's folder; MAILS is where the sink leaves them. With
SHOTS=DIR it leaves pictures of the pages there, for a phone and a desk, light
and dark."""
import email
import email.policy
import glob
import os
import re
import sqlite3
import subprocess
import sys
import webtoken
from browser import Browser, Tap

address, mails = sys.argv[1:]
nurture = os.environ["NURTURE"]
shots = os.environ.get("SHOTS")
tap = Tap()


def db(sql, *values):
    with sqlite3.connect("nurture.db", timeout=30) as connection:
        row = connection.execute(sql, values).fetchone()
    connection.close()
    return row[0] if row else None


def fill():
    db("INSERT INTO campaign (campaign, snapshot, name, state, is_sequence,"
       " launched_at, start_at, updated_at, topic) VALUES ('spring', 's',"
       " 'Spring', 'paused', 1, 0, 0, 0, 'meetups')")
    for i in (1, 2, 3):
        db("INSERT INTO candidate (candidate_id, email, email_key,"
           " address_hmac, first_name, source, added, updated_at)"
           " VALUES (?1, ?2, ?2, ?2, 'Kim', 'fair', 0, 0)", i,
           "p%d@x.example" % i)
        db("INSERT INTO consent (candidate_id, purpose, state, at)"
           " VALUES (?, 'mail', 'given', 1)", i)
        db("INSERT INTO message (message_id, kind, dedupe_key, candidate_id,"
           " campaign, cycle, step, language, sender, rcpt, rcpt_hmac,"
           " rcpt_domain, state, not_before, not_after, sent_at, created_at,"
           " updated_at) VALUES (?1, 'campaign', ?1, ?2, 'spring', 1, 'one',"
           " 'en', 'anna', ?3, ?3, 'x.example', 'sent', 0, 1, 1000, 0, 0)",
           message(i), i, "p%d@x.example" % i)


def message(person):
    return "aebagbafaydqqci" + "klm"[person - 1]


def page(letter, kind, person):
    return "%s/%s/%s" % (address, letter,
                         webtoken.web_token("keys", message(person), kind))


def run():
    subprocess.run([nurture, "run"], check=True, capture_output=True)


def letters(rcpt):
    """The mails that reached an address, the oldest first."""
    found = []
    for path in sorted(glob.glob(mails + "/**/*", recursive=True),
                       key=lambda p: os.stat(p).st_mtime_ns):
        if os.path.isfile(path):
            with open(path, "rb") as file:
                got = email.message_from_binary_file(
                    file, policy=email.policy.default)
            if rcpt in str(got["To"]):
                found.append(got)
    return found


def link_in(letter):
    text = letter.get_body(("plain",)).get_content()
    return address + re.search(r"https://t\.kestrel\.example(/y/\S+)",
                               text).group(1)


def quiet(browser):
    said = [c for c in browser.complaints() if "favicon" not in c and " 404 " not in c]
    assert not said, said


def look_at(browser, name):
    """No page is wider than a phone; has one heading, and labels."""
    for width in (320, 390, 1280):
        browser.look(width)
        assert browser.overflow() <= 0, (name, width, browser.overflow())
    assert len(browser.all("h1")) == 1 and len(browser.all("main")) == 1
    bare = browser.run(
        "return [...document.querySelectorAll('input:not([type=hidden]),select"
        "')].filter(e => !e.labels.length).length")
    assert bare == 0, name
    if shots:
        for width in (390, 1280):
            for dark in (False, True):
                browser.look(width, dark=dark)
                browser.screenshot("%s/public-%s-%d-%s.png" % (
                    shots, name, width, "dark" if dark else "light"))
    browser.look(1280)
    quiet(browser)


def curl(*arguments):
    return subprocess.run(["curl", "-s", "-o", "/dev/null", "-w",
                           "%{http_code}", *arguments], check=True,
                          capture_output=True, text=True).stdout


fill()
# Without scripts: nothing here needs any.
with Browser(scripts=False) as b:
    with tap("opt-out: opening the link changes nothing"):
        b.go(page("u", webtoken.OPT_OUT, 1))
        look_at(b, "opt-out")
        assert db("SELECT count(*) FROM suppression") == 0
    with tap("opt-out: the button ends it"):
        b.follow("button", "Unsubscribe me")
        b.find("h1", "You are unsubscribed")
        look_at(b, "opt-out-done")
        assert db("SELECT reason FROM suppression WHERE address_hmac ="
                  " 'p1@x.example'") == "opted_out"
    with tap("one-click: what mail programs post, in both forms"):
        word = "List-Unsubscribe=One-Click"
        for person, how in ((2, "-d"), (3, "-F")):
            assert curl(how, word, page("u", webtoken.OPT_OUT, person)) == \
                "200"
            assert db("SELECT reason FROM suppression WHERE address_hmac = ?",
                      "p%d@x.example" % person) == "opted_out"
        db("DELETE FROM suppression WHERE address_hmac <> 'p1@x.example'")
    preferences = page("p", webtoken.PREFERENCES, 2)
    with tap("preferences: everything on one page"):
        b.go(preferences)
        look_at(b, "preferences")
        assert "p2@x.example" not in b.source
    with tap("preferences: one topic is left, and taken back"):
        b.follow(".item button", "No more of this")
        b.find(".item button", "Send it again")
        assert db("SELECT scope FROM suppression WHERE address_hmac ="
                  " 'p2@x.example'") == "topic:meetups"
        b.follow(".item button", "Send it again")
        b.find(".item button", "No more of this")
    with tap("preferences: less often"):
        b.choose("#often", "30")
        b.follow("button[value=frequency]")
        b.find("[role=status]", "Saved.")
        assert db("SELECT mail_gap / 86400000 FROM candidate"
                  " WHERE candidate_id = 2") == 30
    with tap("preferences: a break, and its end"):
        b.choose("#months", "6")
        b.follow("button[value=pause]")
        b.find("p", "You are on a break until")
        assert db("SELECT count(*) FROM hold WHERE lifted_at IS NULL") == 1
        look_at(b, "preferences-paused")
        b.follow("button[value=resume]")
        b.find("#months")
        assert db("SELECT count(*) FROM hold WHERE lifted_at IS NULL") == 0
    with tap("preferences: measuring on and off, each with its words"):
        b.follow("button[value=tracking_on]")
        b.find("p", "With your consent we see which links")
        assert db("SELECT wording FROM consent WHERE purpose ="
                  " 'click_tracking'").startswith("With your consent")
        b.follow("button[value=tracking_off]")
        b.find("p", "We do not record which links")
        assert db("SELECT state FROM consent WHERE purpose = 'click_tracking'"
                  " ORDER BY consent_id DESC") == "withdrawn"
    with tap("preferences: another language, at once"):
        b.choose("#language", "de")
        b.follow("button[value=language]")
        b.find("h1", "Ihre Einstellungen")
        b.choose("#language", "en")
        b.follow("button[value=language]")
        b.find("h1", "Your preferences")
    with tap("interest: the link asks, the button tells"):
        b.go(page("i", webtoken.INTEREST, 2))
        look_at(b, "interest")
        assert not db("SELECT count(*) FROM event WHERE kind = 'interested'")
        b.follow("button", "Yes")
        b.find("h1", "Thank you")
        assert db("SELECT count(*) FROM event WHERE kind = 'interested'") == 1
    with tap("joining: the form asks for consent"):
        b.go(address + "/join")
        look_at(b, "join")
        b.type("#email", "zoe@new.example")
        b.type("#f-first_name", "Zoë <b>")
        b.type("#f-city", "Bonn")
        assert "Last name" in b.text("form")
        b.click("button", "Join")  # the box is not ticked: the browser says so
        assert b.all("#email:valid") and b.all("input[name=agree]:invalid")
        assert db("SELECT count(*) FROM request") == 0
    with tap("joining: nothing but one mail until the link is confirmed"):
        b.click("input[name=agree]")
        b.follow("button", "Join")
        b.find("h1", "Look at your mail")
        look_at(b, "join-asked")
        run()
        run()
        assert len(letters("zoe@new.example")) == 1
        assert db("SELECT count(*) FROM candidate") == 3
    with tap("joining: the link shows what is agreed to, the button agrees"):
        b.go(link_in(letters("zoe@new.example")[0]))
        assert "Kestrel Labs may write to me" in b.text(".quote")
        look_at(b, "join-confirm")
        run()
        assert db("SELECT count(*) FROM candidate") == 3
        b.follow("button", "Yes, I want to join")
        b.find("h1", "Welcome")
        run()
        assert db("SELECT first_name FROM candidate WHERE email ="
                  " 'zoe@new.example'") == "Zoë <b>"
        assert db("SELECT city FROM candidate WHERE candidate_id = 4") == \
            "Bonn"
        assert "wording version 2026-11" in db(
            "SELECT evidence FROM consent WHERE candidate_id = 4")
    with tap("a copy of the data comes by mail, after a yes from the mailbox"):
        b.go(preferences)
        b.follow("button[value=export]")
        b.find("[role=status]", "Look at your mail")
        run()
        b.go(link_in(letters("p2@x.example")[0]))
        b.follow("button", "Send it to me")
        b.find("h1", "It is on its way")
        run()
        data = letters("p2@x.example")[1]
        assert b"p2@x.example" in \
            next(data.iter_attachments()).get_payload(decode=True)
    with tap("erasure is asked for, confirmed, and done"):
        b.go(preferences)
        b.follow("button[value=erase]")
        run()
        b.go(link_in(letters("p2@x.example")[2]))
        look_at(b, "erase-confirm")
        b.follow("button", "Erase everything")
        b.find("h1", "Your data will be erased")
        run()
        assert db("SELECT erased_at FROM candidate WHERE candidate_id = 2")
        b.go(preferences)
        b.find("h1", "There is nothing to set")
    with tap("a link that was cut leads to one page"):
        b.go(address + "/p/x")
        b.find("h1", "This link leads nowhere")
        look_at(b, "not-found")
tap.done()
