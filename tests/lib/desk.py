"""desk.py ADDRESS - what recruiters do on their pages; see t4300-desk.sh

Runs in the workspace's folder. With SHOTS=DIR it leaves pictures of the pages
there, for a phone and a desk, light and dark."""
import email
import email.policy
import glob
import os
import re
import sqlite3
import subprocess
import sys
import time
from browser import Browser, Tap

address = sys.argv[1]
nurture = os.environ["NURTURE"]
shots = os.environ.get("SHOTS")
tap = Tap()


def db(sql, *values):
    with sqlite3.connect("nurture.db", timeout=30) as connection:
        row = connection.execute(sql, values).fetchone()
    connection.close()
    return row[0] if row else None


def mail(name, person, step, state):
    at = int(time.time() * 1000) - 7200000
    db("INSERT INTO message (message_id, kind, dedupe_key, candidate_id,"
       " campaign, cycle, step, sender, rcpt, rcpt_hmac, rcpt_domain, state,"
       " not_before, not_after, sent_at, created_at, updated_at)"
       " VALUES (?1, 'campaign', ?1, ?2, 'spring', 1, ?3, 'anna', 'p', 'p',"
       " 'x.example', ?4, 0, 9000000000000, ?5, ?6, ?6)",
       name, person, step, state, at if state == "sent" else None, at)


def fill():
    now = int(time.time() * 1000)
    db("INSERT INTO campaign (campaign, snapshot, name, state, is_sequence,"
       " launched_at, start_at, updated_at) VALUES ('spring', 's',"
       " 'Spring letters', 'running', 1, ?1, ?1, ?1)", now)
    people = [("Zoë", "Novak", "interested", "I would love to talk."),
              ("Ben", "Huber", "question", "Is it remote?"),
              ("<b>Eve</b>", "<script>", "other",
               "<img src=x onerror=document.title='owned'>")]
    for i, (first, last, intent, text) in enumerate(people, 1):
        db("INSERT INTO candidate (candidate_id, email, email_key,"
           " address_hmac, first_name, last_name, added, updated_at)"
           " VALUES (?1, ?2, ?2, ?2, ?3, ?4, ?5, ?5)",
           i, "p%d@x.example" % i, first, last, now)
        mail("m%d" % i, i, "hello", "sent")
        db("INSERT INTO inbound (inbound_id, file, received_at, state)"
           " VALUES (?1, ?1, ?2, 'done')", "i%d" % i, now)
        db("INSERT INTO reply (reply_id, inbound_id, candidate_id, message_id,"
           " campaign, step, recruiter, from_address, subject, text, intent,"
           " received_at) VALUES (?1, ?2, ?1, ?3, 'spring', 'hello', 'anna',"
           " ?4, 'Re: Spring', ?5, ?6, ?7)", i, "i%d" % i, "m%d" % i,
           "p%d@x.example" % i, text, intent, now - 60000)
        db("INSERT INTO event (candidate_id, kind, message_id, campaign, step,"
           " at, positive) VALUES (?1, 'replied', ?2, 'spring', 'hello', ?3,"
           " ?4)", i, "m%d" % i, now - 60000, intent == "interested")


def mailed_link():
    """As the sender finds it: out of the outbox, over SMTP."""
    subprocess.run([nurture, "run", "-q"], check=True)
    for path in glob.glob("../mail/*.eml"):
        with open(path, "rb") as file:
            letter = email.message_from_binary_file(
                file, policy=email.policy.default)
        text = letter.get_body(("plain",)).get_content()
        found = re.search(r"http://\S+/login/\S+", text)
        if found and "anna@" in letter["To"]:
            return found.group(0)
    raise AssertionError("no mail with a link")


def quiet(b):
    """Nothing was refused by the policy, and nothing failed to load."""
    heard = [line for line in b.complaints() if " 404 " not in line]
    assert not heard, heard


with Browser() as b:
    with tap("without a session there is only the way in"):
        b.go(address + "/campaigns")
        assert b.url == address + "/login", b.url
    with tap("the link comes by mail, and lets in once"):
        b.type("#address", "anna@mail.kestrel.example")
        b.follow("main button")
        b.find("h1", "Look at your mail")
        link = mailed_link()
        b.go(link)
        b.follow("main button", "Log in")
        b.find("h1", "Answers")
        cookie = [c for c in b.cookies() if c["name"] == "nurture"][0]
        assert cookie["httpOnly"] and cookie["sameSite"] == "Lax"
        b.go(link)
        b.find("h1", "This link does not work")
    with tap("an empty inbox says what to expect"):
        b.go(address + "/replies")
        assert "Nothing waits for you" in b.text("main")
        quiet(b)
    fill()
    with tap("the inbox shows answers by what they mean"):
        b.go(address + "/replies")
        assert [e.text for e in b.all(".rows strong")] == \
            ["Zoë Novak", "Ben Huber", "<b>Eve</b> <script>"]
        b.follow(".chips a", "Question")
        b.wait(lambda: len(b.all(".rows li")) == 1, "one answer")
    with tap("what strangers wrote is text"):
        b.go(address + "/replies/3")
        assert "<img src=x" in b.text(".letter")
        assert b.title.startswith("<b>Eve</b>"), b.title
        assert not b.all("img, main script")
        quiet(b)
    with tap("review: the intent is corrected"):
        b.go(address + "/replies/2")
        b.choose("#intent", "interested")
        b.follow("button", "Correct")
        b.find(".history", "labelled interested")
        assert db("SELECT label FROM reply WHERE reply_id = 2") == "interested"
    with tap("review: an answer is put off, and can be found again"):
        b.follow("button", "A month")
        b.find(".said", "snoozed until")
        assert db("SELECT state FROM reply WHERE reply_id = 2") == "snoozed"
        b.follow(".tabs a", "Snoozed")
        b.follow(".rows a", "Ben Huber")
        b.follow("button", "Open again")
        b.find("button", "Done")
        assert db("SELECT state FROM reply WHERE reply_id = 2") == "open"
    with tap("review: done, and the number in the navigation goes down"):
        b.follow("button", "Done")
        b.find(".said", "done")
        assert "2" in b.text(".top .count")
        assert db("SELECT state FROM reply WHERE reply_id = 2") == "done"
    with tap("review: handed over to a colleague"):
        b.go(address + "/replies/1")
        b.choose("#to", "jonas")
        b.follow("button", "Hand over")
        b.find(".said", "handed over to jonas")
    with tap("a campaign is paused after a question, and goes on"):
        b.go(address + "/campaigns")
        b.follow("a", "Spring letters")
        b.follow("a", "Pause")
        b.find("h1", "Pause this campaign?")
        b.follow("main button", "Pause")
        b.find(".title .tag", "paused")
        assert db("SELECT state FROM campaign") == "paused"
        b.follow("a", "Go on")
        b.follow("main button", "Go on")
        b.find(".title .tag", "running")
        quiet(b)
    with tap("progress moves while mails leave, without a reload"):
        mail("due1", 1, "next", "scheduled")
        b.go(address + "/campaigns/spring")
        b.find("[data-part=sending]", "1 due now")
        b.run("window.still = true")
        mail("due2", 2, "next", "scheduled")
        b.find("[data-live]", "2 due now")
        assert b.run("return window.still")
        db("DELETE FROM message WHERE state = 'scheduled'")
        b.find("[data-part=still]")
        quiet(b)
    with tap("panic pauses everything"):
        b.go(address + "/campaigns")
        b.follow("a", "Pause everything")
        b.follow("main button", "Pause everything now")
        b.find("td .tag", "paused")
    with tap("somebody is found, and nothing of the search is in the address"):
        b.go(address + "/people")
        b.type("#query", "novak")
        b.follow("button", "Find")
        b.follow(".rows a", "Zoë Novak")
        b.find("h1", "Zoë Novak")
        assert b.url == address + "/people/1", b.url
        assert "Answered" in b.text(".history")
        assert "Score" in b.text("main")
    with tap("what happened elsewhere is logged"):
        b.click("summary", "Log what happened elsewhere")
        b.choose("#kind", "met")
        b.type("#note", "Talked at the <i>fair</i>")
        b.follow("button", "Log it")
        b.find(".history", "Talked at the <i>fair</i>")
    with tap("erasing asks for the reason and a word"):
        b.go(address + "/people/2/erase")
        b.type("#name", "erase")
        b.follow("main button", "Erase for ever")
        b.find("h1", "Erased")
        assert db("SELECT email FROM candidate WHERE candidate_id = 2") \
            != "p2@x.example"
    pages = ["/replies", "/replies/3", "/people", "/people/1", "/campaigns",
             "/campaigns/spring", "/delivery", "/reports", "/reports/pipeline",
             "/reports/segments", "/panic"]
    with tap("no page is wider than the window, down to a small phone"):
        for width in (320, 390, 768, 960, 1280):
            b.look(width)
            for page in pages:
                b.go(address + page)
                assert b.overflow() <= 0, (page, width, b.overflow())
        quiet(b)
    with tap("pages have one heading, a language, labels and landmarks"):
        for page in pages:
            b.go(address + page)
            assert len(b.all("h1")) == 1, page
            assert len(b.all("main")) == 1 and b.all("header nav")
            assert b.run("return document.documentElement.lang") == "en"
            bare = b.run(
                "return [...document.querySelectorAll('input:not([type=hidden]"
                "),select,textarea')].filter(e => !e.labels.length).length")
            assert bare == 0, page
    with tap("the keyboard reaches the content first, and shows where it is"):
        b.look(1280)
        b.go(address + "/replies")
        b.press("\ue004")  # Tab
        assert b.run("return document.activeElement.className") == "skip"
        b.press("\ue007")  # Enter
        b.wait(lambda: b.url.endswith("#main"), "the content")
        b.press("\ue004")
        assert b.run("return getComputedStyle(document.activeElement)"
                     ".outlineStyle") == "solid"
    if shots:
        for page in pages:
            for width in (1280, 390):
                for dark in (False, True):
                    b.look(width, dark=dark)
                    b.go(address + page)
                    b.screenshot("%s/%s-%d-%s.png" % (
                        shots, page.strip("/").replace("/", "-"), width,
                        "dark" if dark else "light"))
    with tap("logged out is out, also for the back button"):
        b.look(1280)
        b.go(address + "/replies")
        b.follow("button", "Log out")
        b.find("h1", "Log in")
        b.go(address + "/replies/3")
        assert b.url == address + "/login", b.url

with Browser(scripts=False) as b:
    with tap("all of it works without scripts"):
        got = subprocess.run([nurture, "login-link", "jonas"], check=True,
                             capture_output=True, text=True).stdout.strip()
        b.go(got)
        b.follow("main button", "Log in")
        b.follow(".rows a", "Zoë Novak")
        b.follow("button", "Done")
        b.find(".said", "done")
        assert not b.all("nav a[href='/reports']")  # a recruiter
tap.done()
