#!/bin/sh
# m10-postfix.sh - through a real Postfix and back: Maildir, STARTTLS and AUTH,
# a bounce, an absence and an answer
TESTS=$(cd "$(dirname "$0")/.." && pwd)
. "$TESTS/lib/lib.sh"
. "$TESTS/lib/mta.sh"

postfix_install dovecot-core openssl
make_certificates
SMTP_PORT=$(free_port)
submission=$(free_port)
postfix_configure "$SMTP_PORT"
postfix_answers
cat >>"$etc/main.cf" <<CF
virtual_mailbox_domains = example.org mail.kestrel.example volume.example
smtpd_tls_cert_file = $TMP/tls/cert.pem
smtpd_tls_key_file = $TMP/tls/key.pem
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
CF
cat >>"$etc/master.cf" <<CF
127.0.0.1:$submission inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_auth_only=yes -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
CF
cat >"$TMP/dovecot.conf" <<CF
base_dir = $TMP/dovecot
log_path = $TMP/dovecot.log
protocols =
ssl = no
passdb {
  driver = static
  args = user=nurture password=correct-horse
}
service auth {
  unix_listener $TMP/queue/private/auth {
    user = postfix
    group = postfix
    mode = 0660
  }
}
CF
stop_server() { stop_postfix_and_dovecot; }
at "2026-03-03 09:00"
shared_workspace
people=150
mta_people $people >"$TMP/people.csv"
all=$((people + 7))
awk -F, 'NR > 1 && $1 !~ /^(gone|away)@/ { sub("@.*", "", $1); print $1 "@example.org " $1 "/" }' "$TMP/people.csv" >"$etc/mailboxes"
echo "@volume.example volume/" >>"$etc/mailboxes"
for who in talent anna.schmidt; do echo "$who@mail.kestrel.example recruiters/"; done >>"$etc/mailboxes"
chmod 644 "$TMP/people.csv"

idle() { [ "$(postqueue -c "$etc" -p)" = "Mail queue is empty" ]; }
plan 44
ok "Postfix starts" postfix -c "$etc" start
mkdir -p "$TMP/queue/private"
ok "Dovecot starts" dovecot -c "$TMP/dovecot.conf"
ok "and answers" wait_for_port "$SMTP_PORT"

# 1. Plain: the first step; what comes back comes back before the newsletter.
n -q candidates import "$TMP/people.csv" >"$TMP/import" 2>&1
control=$(n plan backend-nurture --json | grep -o '"control":[0-9]*' | cut -d: -f2)
ok "launch of the sequence" n -q launch backend-nurture "--yes=$((all - control))"
ok "its first step" n -q run
ok "Postfix delivers all" until_true idle
who() { echo "SELECT DISTINCT c.email FROM $1 x JOIN candidate c USING (candidate_id) WHERE"; }
is "its bounce is an event of whom it is about" "$(sql "$(who event) x.kind = 'bounced'")" gone@example.org
is "who is suppressed now" "$(sql "SELECT c.email, s.reason FROM suppression s JOIN candidate c USING (address_hmac)")" "gone@example.org bounced"
is "and out of the sequence" "$(sql "$(who enrolment) x.exit_reason = 'bounced'")" gone@example.org
is "the absence holds until its date" \
    "$(sql "SELECT DISTINCT c.email, date(h.until_at / 1000 + 7200, 'unixepoch') FROM hold h JOIN candidate c USING (candidate_id) WHERE h.kind = 'out_of_office'")" \
    "away@example.org 2026-03-16"

# 2. The newsletter, and a person answers.
ok "launch of the newsletter" n -q launch engineering-update --yes=$((all - 1))
ok "the newsletter" n -q run
at "2026-03-04 10:00"
welcome=$(grep -l '^List-Id: Backend nurture' "$TMP"/mail/keen/new/*)
ok "an answer is taken" python3 "$tests/lib/answer.py" "$SMTP_PORT" "$welcome" "That sounds great. Could we talk on Thursday?"
until_true idle
is "it is a reply of hers" "$(sql "SELECT c.email, r.intent, r.text FROM reply r JOIN candidate c USING (candidate_id)")" \
    "keen@example.org interested That sounds great. Could we talk on Thursday?"
is "and ends the sequence" "$(sql "$(who enrolment) x.exit_reason = 'replied'")" keen@example.org

# 3. The rest encrypted and logged in; first with a wrong password, on the day
# on which the cap lets the second step leave. A run a day, or it would be late.
for day in $(days 2026-03-05 13); do
    at "$day 09:00"
    n -q run >>"$TMP/run.out" 2>&1 || true
done
later() { sql "SELECT count(*) FROM message WHERE step IN ('team', 'salary', 'check-in')"; }
plain=$(later) # to whoever has been away
at "2026-03-18 09:00"
encrypted "$submission"
sed -i "s/correct-horse/wrong-horse/" "$TMP/bin/n"
before=$(sql "SELECT count(*) FROM message WHERE state = 'sent'")
status_is "a wrong password stops the run" 4 n -q run
is "and costs nobody a mail" "$(sql "SELECT group_concat(DISTINCT state) FROM message WHERE state NOT IN ('sent', 'bounced')") $(sql "SELECT count(*) FROM message WHERE state = 'sent'")" "scheduled $before"
sed -i "s/wrong-horse/correct-horse/" "$TMP/bin/n"
for day in $(days 2026-03-18 35); do
    at "$day 09:00"
    n -q run >>"$TMP/run.out" 2>&1 || true
done
is "STARTTLS and AUTH: nothing was said on stderr" "$(cat "$TMP/run.out")" ""
ok "and Postfix knew who it was" test "$(grep -c 'sasl_username=nurture' "$TMP/maillog")" -ge $(($(later) - plain))
ok "Postfix delivers all" until_true idle
is "everybody else got the newsletter and all steps" "$(sql "SELECT x, count(*) FROM
    (SELECT c.email, count(*) || ' of ' || (CASE WHEN e.control THEN 1 ELSE 5 END) AS x
     FROM message m JOIN candidate c USING (candidate_id)
     JOIN enrolment e ON e.candidate_id = c.candidate_id AND e.campaign = 'backend-nurture'
     WHERE m.state = 'sent' AND c.email NOT IN ('gone@example.org', 'away@example.org', 'keen@example.org') GROUP BY 1)
    GROUP BY 1")" "1 of 1 $control
5 of 5 $((all - control - 3))"
arrived=$(find "$TMP/mail" -path '*/new/*' -type f ! -path '*/recruiters/*' | wc -l)
is "every mail that was sent is in a mailbox, once" "$arrived" "$(sql "SELECT count(*) FROM message m JOIN candidate c USING (candidate_id) WHERE m.state = 'sent' AND c.email NOT IN ('gone@example.org', 'away@example.org')")"
is "no Message-ID twice" "$(find "$TMP/mail" -path '*/new/*' -type f -exec grep -h '^Message-ID:' {} + | sort | uniq -d)" ""
ok "GMime finds nothing to complain of" find "$TMP/mail" -path '*/new/*' -type f ! -path '*/recruiters/*' -exec "${NURTURE%/*}/tests/parse-mail" {} +
for who in anna zoe blank held; do
    ok "mails to $who as in tests/data/golden" golden "$TMP/mail/$who" $who
done

# 4. Many more, plain, and encrypted and logged in.
mta_volume plain
mta_volume tls "$submission"
[ $failed = 0 ] || tail -50 "$TMP/maillog" | sed 's/^/# /'
done_testing
