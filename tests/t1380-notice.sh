#!/bin/sh
# t1380-notice.sh - Article 14 in a first campaign mail; a notice that bounces;
# whose month is over
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 26
at() { export NURTURE_NOW="$1 10:00"; }
at 2026-01-10
start_sink "$TMP/mail"
workspace "$TMP/ws"
cd "$TMP/ws" || exit 1
sed -i 's/lawful_basis: consent.*/lawful_basis: legitimate-interest\n  notice: first-mail/' nurture.yaml
echo everyone >segments/all.seg
mkdir campaigns/one
printf -- '---\nname: News\nfrom: talent-team\naudience: [all]\nstatus: ready\nsteps:\n  - mail: hello\n---\n' >campaigns/one/campaign.md
printf -- '---\nsubject: News one\npreheader: What we did about it.\n---\nHello, this is one.\n' >campaigns/one/hello.md
printf -- '---\nsubject: Neues\npreheader: Was wir getan haben.\n---\nHallo, das ist eins.\n' >campaigns/one/hello.de.md
cat >campaigns/two.md <<'MD'
---
name: News two
from: talent-team
audience: [all]
status: ready
subject: News two
preheader: What we did about it.
---
Hello, this is two.
MD
cat >people.csv <<'CSV'
email,first_name,language,source,source_detail
anna@example.org,Anna,de,sourced,öffentliches Profil
bo@example.org,Bo,en,sourced,
cy@example.org,Cy,en,event,the fair
di@example.org,Di,en,sourced,her talk | slides
CSV
ok "people come in" "$NURTURE" candidates import people.csv
DB=$(find "$XDG_STATE_HOME" -name nurture.db)
sql() { sqlite3 -cmd '.timeout 5000' "$DB" "$1"; }
due() { "$NURTURE" retention --within 0 | grep '^now' | tr -s ' ' | cut -d' ' -f2,4-; }
text() { # ADDRESS SUBJECT: the text part of the mail caught
    python3 - "$TMP/mail" "$1" "$2" <<'PY'
import email, email.policy, pathlib, sys
for p in pathlib.Path(sys.argv[1]).glob("*.eml"):
    m = email.message_from_bytes(p.read_bytes(), policy=email.policy.default)
    if sys.argv[2] in m["To"] and m["Subject"] == sys.argv[3]:
        html = m.get_body(("html",)).get_content()
        print(m.get_body(("plain",)).get_content().replace("\r", ""))
        print("HTML", html.count("GDPR") + html.count("DSGVO"))
PY
}
is "with first-mail no letter is due for two weeks" "$(due)" ""
ok "check has nothing against it" "$NURTURE" check
is "a preview shows the notice" "$("$NURTURE" preview one --as bo@example.org | grep -c 'GDPR Article 14\|did not get your data from you: it comes from public professional sources')" 1
"$NURTURE" -q launch one --yes=4 >/dev/null 2>&1 || true
"$NURTURE" -q run >/dev/null 2>&1
text anna@example.org Neues >anna.txt
text bo@example.org 'News one' >bo.txt
text cy@example.org 'News one' >cy.txt
text di@example.org 'News one' >di.txt
is "her first mail tells Anna in her language" "$(grep -c '^Kestrel Labs hat Ihre Daten nicht von Ihnen selbst: öffentliches Profil\. .*Datenschutzbehörde beschweren\.$' anna.txt)" 1
is "in both parts" "$(tail -1 anna.txt)" "HTML 1"
is "Bo in his, with the day of erasure" "$(grep -c 'public professional sources.*we erase your data by 10 January 2028' bo.txt)" 1
is "Di with what is known" "$(grep -c 'from you: her talk | slides\. We keep' di.txt)" 1
is "who was not sourced reads nothing of it" "$(grep -c 'GDPR' cy.txt || true)" 0
is "they have been told" "$(sql "SELECT count(*) FROM candidate WHERE notified_at = (SELECT sent_at FROM message m WHERE m.candidate_id = candidate.candidate_id)")" 3
at 2026-01-12
"$NURTURE" -q launch two --yes=4 >/dev/null 2>&1 || true
"$NURTURE" -q run >/dev/null 2>&1
is "the second mail does not repeat it" "$(text bo@example.org 'News two' | grep -c GDPR || true)" 0

# It bounces: a delivery report for Di's first mail
python3 - "$TMP/mail" >dsn.eml <<'PY'
import email, email.policy, pathlib, sys
for p in pathlib.Path(sys.argv[1]).glob("*.eml"):
    m = email.message_from_bytes(p.read_bytes(), policy=email.policy.default)
    if "di@" in m["To"] and m["Subject"] == "News one":
        break
env = m["X-Envelope-From"] or m["Return-Path"]
print("""From: MAILER-DAEMON@mx.example.org
To: bounces@mail.kestrel.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-1@mx.example.org>
Date: Mon, 12 Jan 2026 10:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

no such user

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; di@example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 user unknown

--b
Content-Type: message/rfc822

Message-ID: %s
From: %s
To: %s
Subject: %s

x
--b--""" % (m["Message-ID"], m["From"], m["To"], m["Subject"]))
PY
ok "a bounce arrives" "$NURTURE" receive <dsn.eml
"$NURTURE" -q run >/dev/null 2>&1
is "it is one" "$(sql "SELECT count(*) FROM event WHERE kind = 'bounced'")" 1
is "so Di has not been told" "$(sql "SELECT notified_at IS NULL FROM candidate WHERE email LIKE 'di@%'")" 1
at 2026-01-25
is "it is listed, and what can be done" "$(due)" \
    "notice di@example.org waits: the notice did not arrive: tell them another way and log it ('candidates log WHO notified'), or erase them"
is "in time so far" "$("$NURTURE" status | grep -c 'Article 14' || true)" 0
at 2026-02-11
is "then the month is over" "$(due | cut -c1-63)" \
    "notice di@example.org OVERDUE: the month of Article 14 is over "
is "for programs, too" "$("$NURTURE" --json retention --within 0 | grep -c '"deadline":"2026-02-10T10:00:00Z","overdue":true')" 1
is "status says so" "$("$NURTURE" status | grep -c '^1 sourced people have not been told for more than a month')" 1
ok "told on the phone" "$NURTURE" candidates log di@example.org notified --note "on the phone"
event=$(sed -n 's/.*--undo \([0-9]*\)/\1/p' "$TMP/out")
is "nothing is due" "$(due)" ""
ok "taken back" "$NURTURE" candidates log --undo "$event"
is "it is again" "$(due | cut -c1-21)" "notice di@example.org"

# Nobody mailed him in time: the letter
printf 'email,first_name,language,source\nel@example.org,El,nl,sourced\n' >el.csv
"$NURTURE" -q candidates import el.csv >/dev/null
at 2026-02-24
is "two weeks are for a campaign" "$(due | grep -c el@ || true)" 0
at 2026-02-25
is "then the letter goes" "$("$NURTURE" --json retention --apply | cut -d, -f2)" '"notices":1'
"$NURTURE" -q run >/dev/null 2>&1
is "in Dutch" "$(text el@example.org 'Hoe Kestrel Labs aan uw gegevens komt' | grep -c 'Goedendag El,')" 1
done_testing
