#!/bin/sh
# t3100-dkim.sh - keys, records, and signatures that somebody else verifies
. "$(dirname "$0")/lib/lib.sh"

# Debian's modules are Debian's Python's; another one may stand before it.
python=
for p in python3 /usr/bin/python3; do
    [ -n "$python" ] || ! $p -c 'import dkim, nacl' 2>/dev/null || python=$p
done
[ -n "$python" ] || skip_all "needs python3-dkim and python3-nacl"
start_sink "$TMP/mail"
workspace "$TMP/ws"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
state=$(dirname "$DB")
verdicts() { # [--break HOW] RECORDS FILE..: how many of each verdict
    $python "$tests/lib/check-dkim.py" "$@" | awk '{ print $2, $3 }' | sort | uniq -c | sed 's/^ *//'
}
plan 27

status_is "no command" 2 n dkim
status_is "no records without keys" 1 n dkim dns
status_is "a selector that is no name" 2 n dkim keygen --selector ../up
status_is "a key that is too short" 2 n dkim keygen --bits 1024
ok "keygen" n dkim keygen
is "two keys that nobody else may read" "$(find "$state/dkim" -name '*.pem' -perm 600 | wc -l)" 2
before=$(cat "$state"/dkim/*.pem | sha256sum)
status_is "keygen does not overwrite" 3 n dkim keygen
is "and has not" "$(cat "$state"/dkim/*.pem | sha256sum)" "$before"
ok "keys of another name beside them" n dkim keygen --selector next --bits 3072
is "no key is known to git" "$(find "$TMP/ws" -name '*.pem' | wc -l; cat "$state/dkim/.gitignore")" "0
*"
ok "records" sh -c '"$NURTURE" -C "$1" dkim dns --json >"$2"' - "$TMP/ws" "$TMP/dns.json"
is "one record for each key" "$(n dkim dns | grep -c '^nurture[a-z0-9-]*\._domainkey\..*\. IN TXT ($')" 2
is "no string above 255 octets" "$(n dkim dns --selector next | sed -n 's/^ *"\(.*\)".*/\1/p' | awk 'length > 255' | wc -l)" 0
is "the RSA record needs more than one" "$(n dkim dns | grep -c '^ *"')" 3

# The relay signs, unless we say otherwise.
people 4 >"$TMP/people.csv"
n -q candidates import "$TMP/people.csv" >/dev/null
n -q launch engineering-update --yes=4
ok "a run without signing" n -q run
is "four mails, none signed" "$(sed -n '/^DKIM-Signature:/p' "$TMP"/mail/*.eml; wc -l <"$TMP/mail.log")" 4

# Signed, and refused at first: two arrive at once, two on the second try.
kill "$SINK_PID"
start_sink "$TMP/signed" --fault DOT:4xx:1000:2
workspace "$TMP/ws2"
sed -i "s/port: [0-9]*/port: $SMTP_PORT/" "$TMP/ws2/nurture.yaml"
printf 'dkim:\n  sign: here\n' >>"$TMP/ws2/nurture.yaml"
m() { "$NURTURE" -C "$TMP/ws2" "$@"; }
m -q candidates import "$TMP/people.csv" >/dev/null
DB=$(find "$XDG_STATE_HOME" -path '*ws2*' -name nurture.db)
m -q launch engineering-update --yes=4
status_is "nothing leaves without a key" 1 m -q run
is "the message says what to do" "$(grep -c 'nurture dkim keygen' "$TMP/err")" 1
is "and nothing was claimed" "$(sqlite3 "$DB" "SELECT count(*) FROM attempt")" 0
m -q dkim keygen
m dkim dns --json >"$TMP/dns2.json"
m -q run || true
is "two were refused for now" "$(sqlite3 "$DB" "SELECT count(*) FROM message WHERE state = 'deferred'")" 2
sqlite3 "$DB" "SELECT hex(bytes) FROM message_body" | sort >"$TMP/kept"
# New keys in between change nothing of what was kept: below, all verify with
# the records of the old ones.
rm -r "${DB%/*}/dkim"
m -q dkim keygen
NURTURE_NOW=$(date -u -d '+2 hours' '+%Y-%m-%d %H:%M') m -q run
for f in "$TMP"/signed/*.eml; do od -An -v -tx1 "$f" | tr -d ' \n' | tr a-f A-F; echo; done | sort >"$TMP/all"
is "the second try was the same bytes" "$(comm -12 "$TMP/kept" "$TMP/all" | wc -l)" 2
is "all signatures verify, RSA and Ed25519" "$(verdicts "$TMP/dns2.json" "$TMP"/signed/*.eml)" "4 0 ok
4 1 ok"
for how in body header from list-unsubscribe; do
    is "none does after a change: $how" "$(verdicts --break $how "$TMP/dns2.json" "$TMP"/signed/*.eml)" "4 0 fail
4 1 fail"
done
is "nor with the keys of somebody else" "$(verdicts "$TMP/dns.json" "$TMP"/signed/*.eml)" "4 0 fail
4 1 fail"
done_testing
