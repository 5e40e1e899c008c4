#!/bin/sh
# t9010-wire.sh - what arrives: no defects, every header, golden files
. "$(dirname "$0")/lib/lib.sh"

golden=$tests/data/golden
start_sink "$TMP/mail"
workspace "$TMP/ws"
# Bytes must not change: a fixed key, a fixed clock, fixed people.
NURTURE_NOW="2026-03-03 09:00"
export NURTURE_NOW
keys=$(dirname "$DB")/keys
echo "1 0f0e0d0c0b0a090807060504030201000f0e0d0c0b0a09080706050403020100" >"$keys"
sed -i '/^id:/d' "$TMP/ws/nurture.yaml"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
sed -i "s|^company:|database: $DB\ncompany:|" "$TMP/ws/nurture.yaml"
cat >"$TMP/people.csv" <<'CSV'
email,first_name,last_name,country,language,seniority,interest,employer,open_to_work,consent_at,consent_source
anna@example.org,Anna,Berg,DE,en,senior,backend;sre,ACME,no,2026-01-05,you joined our talent community
zoe@example.org,Zoë,O'Neil,AT,de,staff,sre,"Müller & Söhne ""GmbH""",no,2026-01-05,Sie unserer Talent-Community beigetreten sind
blank@example.org,,,,,senior,backend,,no,2026-01-05,you joined our talent community
CSV
plan 12
ok "import" n -q candidates import "$TMP/people.csv"
ok "launch of the sequence" n launch backend-nurture --yes=3 -q
ok "launch of the newsletter" n launch engineering-update --yes=3 -q
step=0
for day in 2026-03-03 2026-03-09 2026-03-24 2026-04-08; do
    step=$((step + 1))
    NURTURE_NOW="$day 09:00" n -q run 2>>"$TMP/run.err" || status=1
done
is "nothing was said on stderr" "$(cat "$TMP/run.err")" ""
sent=$(wc -l <"$TMP/mail.log")
# 5 % of the sequence are held out: a hash of the address decides.
control=$(sqlite3 "$DB" "SELECT count(*) FROM enrolment WHERE control = 1")
is "a newsletter and four steps for everybody who is not held out" "$sent" "$((3 + 4 * (3 - control)))"
ok "Python's parser finds no defects and every header is right" python3 "$tests/lib/check-mail.py" "$TMP/mail"
is "the tokens stand in envelope, Reply-To and Message-ID" "$(grep -c 'from=<bounces+[a-z2-7]\{34\}@' "$TMP/mail.log")" "$sent"

# Golden: by step and person, without what the port number changes.
mkdir -p "$TMP/got"
sed 's/.* to=<\([^>@]*\)@.* file=\(.*\)/\1 \2/' "$TMP/mail.log" | while read -r who file; do
    step=$(sqlite3 "$DB" "SELECT campaign || '-' || step FROM message WHERE message_id = (SELECT message_id FROM message WHERE rcpt LIKE '$who@%' ORDER BY sent_at LIMIT 1 OFFSET 0)")
    python3 "$tests/lib/golden-mail.py" "$TMP/mail/$file" >>"$TMP/got/$who.txt"
    : "$step"
done
for who in anna zoe blank; do
    [ "${UPDATE:-}" = 1 ] && mkdir -p "$golden" && cp "$TMP/got/$who.txt" "$golden/"
    is "mails to $who as in tests/data/golden" "$(diff "$golden/$who.txt" "$TMP/got/$who.txt" | head -20)" ""
done
is "no name became markup" "$(grep -l '<b>' "$TMP"/mail/*.eml | wc -l)" 0
is "List-Unsubscribe is never encoded" "$(grep -h '^List-Unsubscribe' "$TMP"/mail/*.eml | grep -c '=?')" 0
done_testing
