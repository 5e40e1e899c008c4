#!/bin/sh
# m40-answers.sh - whatever real servers send back to campaign mail: three
# bounces of Postfix' and Dovecot's, an absence, a responder that must stay
# silent, a person who writes with swaks
#
# Postfix takes the mail and hands it on: to Dovecot's LMTP (full@ is over its
# quota, vacation@ has a Sieve script), to a second smtpd with a policy
# (strict@), to an absence responder of Exchange's kind (away@). gone@ is in no
# table.
TESTS=$(cd "$(dirname "$0")/.." && pwd)
. "$TESTS/lib/lib.sh"
. "$TESTS/lib/mta.sh"

postfix_install dovecot-core dovecot-lmtpd dovecot-sieve swaks
SMTP_PORT=$(free_port)
strict=$(free_port)
lmtp=$(free_port)
mkdir -p "$TMP/sieve"
chown nobody:nogroup "$TMP/sieve"
postfix_configure "$SMTP_PORT"
postfix_answers
cat >>"$etc/main.cf" <<CF
recipient_delimiter = +
virtual_mailbox_domains = example.org mail.kestrel.example
virtual_transport = lmtp:inet:127.0.0.1:$lmtp
CF
cat >>"$etc/master.cf" <<CF
127.0.0.1:$strict inet n - n - - smtpd
  -o smtpd_recipient_restrictions=check_recipient_access,texthash:$etc/policy
CF
cat >>"$etc/transport" <<CF
/^gone@/ virtual:
/^strict@/ smtp:[127.0.0.1]:$strict
CF
echo "strict@example.org 554 5.7.1 Mail refused by our policy" >"$etc/policy"
for who in full strict away vacation keen; do echo "$who@example.org x"; done >"$etc/mailboxes"
for who in talent anna.schmidt; do echo "$who@mail.kestrel.example x"; done >>"$etc/mailboxes"
for who in full vacation keen talent anna.schmidt; do
    limit=
    [ $who != full ] || limit='userdb_quota_rule=*:bytes=100'
    echo "$who:::::$TMP/mail/$who::$limit"
done >"$TMP/users"
cat >"$TMP/sieve/vacation.sieve" <<'S'
require ["vacation"];
vacation :days 1 :addresses ["vacation@example.org"] :subject "Out of office"
  "I am away until 16 March 2026.";
S
cat >"$TMP/dovecot.conf" <<CF
base_dir = $TMP/dovecot
log_path = $TMP/dovecot.log
protocols = lmtp
ssl = no
first_valid_uid = 1
mail_location = maildir:%h
auth_username_format = %Ln
submission_host = 127.0.0.1:$SMTP_PORT
postmaster_address = postmaster@example.org
quota_full_tempfail = no
mail_plugins = quota
passdb {
  driver = passwd-file
  args = $TMP/users
}
userdb {
  driver = passwd-file
  args = $TMP/users
  override_fields = uid=nobody gid=nogroup
}
protocol lmtp {
  mail_plugins = quota sieve
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp
  }
}
plugin {
  quota = maildir:User quota
  sieve_before = $TMP/sieve/%n.sieve
}
CF
chmod 644 "$TMP/users" "$TMP/sieve/vacation.sieve" "$TMP/dovecot.conf"
stop_server() { stop_postfix_and_dovecot; }
at "2026-03-03 09:00"
shared_workspace
sed -i '/^holdout/d' "$TMP/ws/campaigns/backend-nurture/campaign.md"
sed -i 's/^legal:/receiving:\n  authserv_id: mx.kestrel.example\nlegal:/' "$TMP/ws/nurture.yaml"
{
    head -1 "$tests/data/people.csv"
    for who in gone full strict away vacation keen; do
        echo "$who@example.org,Kim,Berg,DE,en,senior,backend,,,no,2026-01-05,you joined our talent community"
    done
} >"$TMP/people.csv"
chmod 644 "$TMP/people.csv"
who() { echo "SELECT c.email FROM $1 x JOIN candidate c USING (candidate_id) WHERE"; }
idle() { [ "$(postqueue -c "$etc" -p)" = "Mail queue is empty" ]; }
mailbox_count() { find "$TMP/mail/$1" -path '*/new/*' -type f 2>/dev/null | wc -l; }

plan 32
ok "Postfix starts" postfix -c "$etc" start
ok "Dovecot starts" dovecot -c "$TMP/dovecot.conf"
ok "Postfix answers" wait_for_port "$SMTP_PORT"
ok "so does its neighbour" wait_for_port "$strict"
ok "and LMTP" wait_for_port "$lmtp"

# Does Pigeonhole answer at all? To a person it does.
timeout 30 swaks --silent 3 --server 127.0.0.1:"$SMTP_PORT" --from talent@mail.kestrel.example --to vacation@example.org \
    --header "Subject: lunch?" --body "Are you in?" >"$TMP/swaks" 2>&1 || true
until_true idle || true
arrived() { [ "$(mailbox_count talent)" = 1 ]; }
ok "the Sieve script answers a person" until_true arrived

ok "import" n -q candidates import "$TMP/people.csv"
ok "launch" n -q launch backend-nurture --yes=6
ok "the first mail to six people" n -q run
ok "Postfix has nothing left" until_true idle || true

is "three bounces are events of whom they are about" \
    "$(sql "$(who event) x.kind = 'bounced' ORDER BY 1")" "$(printf '%s\n' full@example.org gone@example.org strict@example.org)"
is "each with its reason" \
    "$(sql "SELECT c.email, json_extract(x.detail, '$.reason'), json_extract(x.detail, '$.status') FROM event x JOIN candidate c USING (candidate_id) WHERE x.kind = 'bounced' ORDER BY 1")" \
    "$(printf '%s\n' 'full@example.org mailbox_full 5.2.2' 'gone@example.org user_unknown 5.1.1' 'strict@example.org policy 5.7.1')"
is "only the unknown user is suppressed" "$(sql "SELECT c.email, s.reason FROM suppression s JOIN candidate c USING (address_hmac)")" "gone@example.org bounced"
is "and out of the sequence" "$(sql "$(who enrolment) x.exit_reason = 'bounced'")" gone@example.org
is "the absence holds until its date" \
    "$(sql "SELECT c.email, date(h.until_at / 1000 + 7200, 'unixepoch') FROM hold h JOIN candidate c USING (candidate_id)")" \
    "away@example.org 2026-03-16"
is "and is no answer" "$(sql "SELECT count(*) FROM reply") $(sql "SELECT count(*) FROM event WHERE kind = 'replied'")" "0 0"
is "Pigeonhole got the mail" "$(mailbox_count vacation)" 2
is "and kept silent: three bounces and one absence came back" "$(sql "SELECT count(*) FROM inbound")" 4
ok "because it is list mail" grep -q 'discarding vacation response to mailinglist' "$TMP/dovecot.log"

# A person answers, from her own mail program, without our token.
mail=$(find "$TMP/mail/keen" -path '*/new/*' -type f | head -1)
id=$(tr -d '\r' <"$mail" | sed -n 's/^Message-ID: //Ip' | head -1)
to=$(tr -d '\r\n' <"$mail" | grep -o 'replies+[a-z0-9]*@mail.kestrel.example' | head -1)
answer() { # TO SUBJECT BODY
    timeout 30 swaks --silent 2 --server 127.0.0.1:"$SMTP_PORT" --from keen@example.org --to "$1" \
        --header "Subject: $2" --header "In-Reply-To: $id" --header "Message-ID: <$2@mx.example.org>" --body "$3"
}
at "2026-03-04 10:00"
ok "swaks sends her answer" answer "$to" Re:one "Yes, that sounds great, I am interested. Could we talk on Thursday?\n\nOn Tue, 3 Mar 2026 at 10:00, Talent wrote:\n> Hi Kim\n> we met once\n"
until_true idle || true
is "her words, and what they mean" "$(sql "SELECT c.email, r.intent, r.matched_by, r.text FROM reply r JOIN candidate c USING (candidate_id)")" \
    "keen@example.org interested exact Yes, that sounds great, I am interested. Could we talk on Thursday?"
is "end the sequence" "$(sql "$(who enrolment) x.exit_reason = 'replied'")" keen@example.org
ok "the same mail again" answer "$to" Re:one "Yes, that sounds great, I am interested. Could we talk on Thursday?\n\nOn Tue, 3 Mar 2026 at 10:00, Talent wrote:\n> Hi Kim\n> we met once\n"
until_true idle || true
is "is one event" "$(sql "SELECT count(*) FROM reply") $(sql "SELECT count(*) FROM event WHERE kind = 'replied'")" "1 1"
# What the recruiter reads about all this.
n digest >"$TMP/digest" 2>&1 || true
digest_says() { grep -iq "$1" "$TMP/digest" || { cat "$TMP/digest"; return 1; }; }
ok "the digest has her words" digest_says "sounds great"
ok "the absence" digest_says "away@example.org.*out of office, back on 16 March 2026"
ok "the unknown user" digest_says "gone@example.org.*user unknown; the address gets no mail"
ok "the full mailbox" digest_says "full@example.org.*mailbox full"
ok "and the refusal" digest_says "strict@example.org.*policy"

# It all goes out as mail.
ok "a run sends it" n -q run
until_true idle || true
forwarded() { grep -rlq "sounds great" "$TMP/mail/talent/new"; }
ok "her mail, forwarded to the recruiter" until_true forwarded
digest_mailed() { grep -rlq "^Subject: .*1 answer" "$TMP/mail/talent/new"; }
ok "and the digest" until_true digest_mailed

if [ "$failed" != 0 ]; then
    postqueue -c "$etc" -p | sed 's/^/# /'
    tail -60 "$TMP/maillog" | sed 's/^/# /'
    tail -20 "$TMP/dovecot.log" | sed 's/^/# /'
fi
done_testing
