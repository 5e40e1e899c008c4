#!/bin/sh
# t1360-retention.sh - who is told, asked, reminded and anonymised, and when
# shellcheck source=tests/lib/lib.sh
. "$(dirname "$0")/lib/lib.sh"

plan 32
mkdir -p "$TMP/ws/senders" "$TMP/ws/segments"
cd "$TMP/ws"
cat >nurture.yaml <<'YAML'
company: Kestrel Labs
time_zone: UTC
languages: [en, de]
sending:
  domain: mail.kestrel.example
  fallback_sender: team
  bounces: bounces@mail.kestrel.example
  replies: replies@mail.kestrel.example
smtp:
  host: 127.0.0.1
  tls: off
legal:
  postal_address: Kestrel Labs, 1 Nest Road, Berlin
  privacy_url: https://kestrel.example/privacy
  lawful_basis: legitimate-interest
  retention: 24 months
YAML
printf -- '---\nname: Team\nemail: team@mail.kestrel.example\n---\nThe team\n' \
    >senders/team.md
cat >p.csv <<'CSV'
email,first_name,language,source,source_detail,ats_status
anna@example.org,Anna,de,sourced,her public profile,
bo@example.org,,en,event,the fair,
cy@example.org,Cy,en,event,the fair,interviewing
di@example.org,Di,en,event,the fair,
CSV
database() { find "$TMP/state" -name nurture.db; }
sql() { sqlite3 -cmd '.timeout 5000' "$(database)" "$1"; }
at() { export NURTURE_NOW="$1 09:00"; }
due() { "$NURTURE" retention --within 0 | grep '^now' | tr -s ' ' | cut -d' ' -f2,4-; }
apply() { "$NURTURE" --json retention --apply | cut -d, -f2- | tr -d '"}' | sed 's/,questions:0,archived:0//'; }
leave() { sql "UPDATE message SET state = 'sent', sent_at = not_before WHERE state = 'scheduled'"; }
letter() { sql "SELECT CAST(bytes AS TEXT) FROM message_body b JOIN message m USING (message_id) WHERE m.dedupe_key LIKE '$1%'" |
    python3 -c 'import email, email.policy, sys
m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
print(m["Subject"]); print(m.get_body(("plain",)).get_content())'; }

at 2026-03-03
ok "people come in" "$NURTURE" candidates import p.csv
sql "INSERT INTO suppression (address_hmac, scope, reason, at) SELECT address_hmac, 'all', 'opted_out', 0 FROM candidate WHERE email LIKE 'di@%'"

# Article 14
is "who was sourced is due to be told" "$(due)" "notice anna@example.org"
is "and is not mailed before" \
    "$("$NURTURE" --json why anna@example.org 2>&1 | grep -c no_notice)" 1
ok "a dry run writes nothing" [ "$(sql 'SELECT count(*) FROM message')" = 0 ]
is "it is queued" "$(apply)" \
    "notices:1,renewals:0,reminders:0,anonymised:0,waiting:0"
is "once" "$(apply)" \
    "notices:0,renewals:0,reminders:0,anonymised:0,waiting:1"
letter notice >letter.txt
is "in her language" "$(head -1 letter.txt)" "Woher Kestrel Labs Ihre Daten hat"
ok "it says where from" grep -q 'her public profile' letter.txt
ok "and for how long" grep -q '3. März 2028' letter.txt
ok "and where to object" grep -q 'mailto:replies+.*unsubscribe' letter.txt
ok "and who we are" grep -q 'Kestrel Labs, 1 Nest Road' letter.txt
leave
is "once it has left she may be mailed" \
    "$("$NURTURE" --json why anna@example.org 2>&1 | grep -c no_notice || true)" 0

# The clock
at 2028-01-01
is "two months and a bit before the end nobody is asked" "$(due)" ""
at 2028-01-05
is "then they are, but for who opted out, and who is in a process" "$(due)" \
    "renewal anna@example.org
renewal bo@example.org
renewal cy@example.org waits: in a hiring process, hired, or no fresh news of the ATS"
is "letters are queued" "$(apply)" \
    "notices:0,renewals:2,reminders:0,anonymised:0,waiting:1"
letter 'renewal 2' >letter.txt
is "in English" "$(head -1 letter.txt)" "May Kestrel Labs keep in touch?"
is "and greets by no name that is not known" "$(sed -n 2p letter.txt)" "Hello,"
ok "with the day" grep -q '5 March 2028' letter.txt
leave
# Bo answers the letter itself, with a word.
at 2028-01-06
sql "SELECT CAST(bytes AS TEXT) FROM message_body b JOIN message m USING (message_id) WHERE m.dedupe_key LIKE 'renewal 2%'" |
    python3 -c 'import email, email.policy, sys
m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)
print("From: Bo <bo@example.org>\r\nTo: %s\r\nSubject: Re: %s\r\nMessage-ID: <bo-1@example.org>\r\nIn-Reply-To: %s\r\nDate: Thu, 06 Jan 2028 09:00:00 +0000\r\n\r\nYes please.\r" % (
    m["Reply-To"] or m["From"], m["Subject"], m["Message-ID"]))' >reply.eml
ok "an answer is taken" "$NURTURE" receive <reply.eml
"$NURTURE" -q run >/dev/null 2>&1 || true
is "it is contact" "$(sql "SELECT last_engaged IS NOT NULL FROM candidate WHERE email LIKE 'bo@%'")" 1
at 2028-02-25
is "who has answered is not reminded" "$(apply)" \
    "notices:0,renewals:0,reminders:1,anonymised:0,waiting:1"
leave
at 2028-03-04
is "who opted out goes at the end, who was reminded late does not yet" \
    "$(apply)" "notices:0,renewals:0,reminders:0,anonymised:1,waiting:1"
at 2028-03-09
is "but two weeks after the reminder" "$(due)" \
    "renewal cy@example.org waits: in a hiring process, hired, or no fresh news of the ATS"
at 2028-03-10
is "nobody is anonymised by looking" "$(due)" \
    "anonymise anna@example.org
renewal cy@example.org waits: in a hiring process, hired, or no fresh news of the ATS"
is "she is" "$(apply)" \
    "notices:0,renewals:0,reminders:0,anonymised:1,waiting:1"
is "those who stay are there" "$("$NURTURE" candidates list --fields email)" \
    "bo@example.org
cy@example.org"
is "and no file of ours has a trace of the others" \
    "$(grep -rliE 'anna@|di@example|Anna' "$TMP/state" || true)" ""
status_is "nor does the old list bring them back" 1 "$NURTURE" candidates import p.csv
is "the audit says so" "$("$NURTURE" audit list --action anonymised | cut -c19- | tr -s ' ' | cut -d' ' -f2-)" \
    "anonymised candidate 1
anonymised candidate 4"

# By itself
at 2031-01-01
"$NURTURE" -q run >/dev/null 2>&1 || true
is "run does none of it unasked" \
    "$(sql "SELECT count(*) FROM message WHERE dedupe_key LIKE 'renewal%'")" 2
printf 'retention:\n  automatic: yes\n' >>nurture.yaml
"$NURTURE" -q run >/dev/null 2>&1 || true
is "and does when it is switched on" \
    "$(sql "SELECT count(*) FROM message WHERE dedupe_key LIKE 'renewal%'")" 3
ok "once a day" [ "$(sql "SELECT count(*) FROM fact WHERE name = 'retention.day'")" = 1 ]
