#!/bin/sh
# t3200-doctor.sh - 'nurture doctor' with everything right, and then with one
# thing after the other wrong; the DNS and the mail server are ours
. "$(dirname "$0")/lib/lib.sh"

command -v openssl >/dev/null || skip_all "needs openssl"
openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj "/CN=localhost" -addext subjectAltName=DNS:localhost \
    -keyout "$TMP/key.pem" -out "$TMP/cert.pem" 2>/dev/null
export SSL_CERT_FILE="$TMP/cert.pem" SECRET=correct-horse
: >"$TMP/smtp.log"
background python3 "$tests/lib/tls-smtp.py" "$TMP/smtp.port" "$TMP/smtp.log" "$TMP/cert.pem" "$TMP/key.pem" --auth PLAIN
wait_for "$TMP/smtp.port"
SMTP_PORT=$(cat "$TMP/smtp.port")
workspace "$TMP/ws"
sed -i -e 's/host: 127.0.0.1/host: localhost/' -e 's/tls: off/tls: required/' \
    -e 's/^smtp:/smtp:\n  user: nurture\n  password_from: env SECRET/' "$TMP/ws/nurture.yaml"
printf 'dkim:\n  sign: here\n' >>"$TMP/ws/nurture.yaml"
n() { "$NURTURE" -C "$TMP/ws" "$@"; }
people 3 >"$TMP/people.csv"
n -q candidates import "$TMP/people.csv" >/dev/null
n -q dkim keygen
state=$(dirname "$DB")
# The public pages, and where they are reached.
background "$NURTURE" -q -C "$TMP/ws" serve --listen 127.0.0.1:0 --once-ready-file "$TMP/serve.url"
wait_for "$TMP/serve.url"
web=$(cat "$TMP/serve.url")
sed -i '/^tracking:/,/^[a-z]/ { /base_url/d }' "$TMP/ws/nurture.yaml"
grep -q '^tracking:' "$TMP/ws/nurture.yaml" || echo 'tracking:' >>"$TMP/ws/nurture.yaml"
sed -i "s|^tracking:|tracking:\\n  base_url: $web|" "$TMP/ws/nurture.yaml"
domain=$(sed -n "s/^ *domain: *\([a-z.]*\).*/\1/p" "$TMP/ws/nurture.yaml")
parent=${domain#*.}
{
    n dkim dns --json | python3 -c 'import json, sys
for r in json.load(sys.stdin)["records"]: print(r["name"], "TXT", r["value"])'
    echo "$domain TXT v=spf1 include:_spf.$parent -all"
    echo "_spf.$parent TXT v=spf1 ip4:192.0.2.0/24 -all"
    echo "$domain MX 10 mx.$parent"
    echo "mx.$parent A 192.0.2.9"
    echo "_dmarc.$parent TXT v=DMARC1; p=none; rua=mailto:d@$parent"
    echo "9.2.0.192.in-addr.arpa PTR mx.$parent"
} >"$TMP/good.zone"
cp "$TMP/good.zone" "$TMP/zone"
background python3 "$tests/lib/dns-server.py" "$TMP/zone" "$TMP/dns.port"
wait_for "$TMP/dns.port"
doctor() { n doctor --dns "127.0.0.1:$(cat "$TMP/dns.port")" --ip 192.0.2.9 "$@"; }
mail='relay spf dkim dmarc mx ptr one-click database files disk'
# wrong CHECK CODE WORDS SED-SCRIPT: of the zone
wrong() {
    sed "$4" "$TMP/good.zone" >"$TMP/zone"
    doctor "$1" >"$TMP/out" 2>"$TMP/err" || true
    ok "$1: $3" grep -qE "\[$2\]: .*$3" "$TMP/err"
}
plan 37

# shellcheck disable=SC2086
status_is "all is right" 0 doctor --strict $mail
cp "$TMP/out" "$TMP/good"
is "nothing is said on stderr but that" "$(cat "$TMP/err")" "Everything is as it must be."
is "each check says what it saw" "$(cut -d' ' -f1 "$TMP/good" | uniq | tr '\n' ' ')" "$mail "
ok "of the mail server" grep -q "^relay .*localhost:$SMTP_PORT takes mail, TLSv1.2 .*certificate until .*logged in as nurture, pipelining" "$TMP/good"
ok "of DMARC, found above the domain" grep -q "^dmarc .*policy none, from _dmarc.$parent" "$TMP/good"
is "the two keys" "$(grep -c '^dkim .*has the key that signs' "$TMP/good")" 2
ok "no mail was sent for it" sh -c '! grep -qE "RCPT|DATA|message" "$1"' - "$TMP/smtp.log"
is "nobody was opted out for it" "$(sqlite3 "$DB" "SELECT count(*) FROM suppression")" 0
doctor --json spf >"$TMP/json"
ok "--json is JSON" python3 -c 'import json, sys
for line in open(sys.argv[1]): assert json.loads(line)["check"] == "spf"' "$TMP/json"
status_is "a check that there is not" 2 doctor spff
ok "is told which there are" grep -q "one-click" "$TMP/err"
status_is "a DNS server that is none" 2 n doctor spf --dns nowhere

wrong spf W804 "there is no SPF record" "/^$domain TXT/d"
ok "with the record to publish" grep -qF "publish: $domain. IN TXT \"v=spf1 ip4:192.0.2.9 -all\"" "$TMP/err"
status_is "a warning alone is no failure" 0 doctor spf
status_is "but for --strict" 1 doctor spf --strict
wrong spf W804 "SPF does not let 192.0.2.9 send for it: fail" "s|192.0.2.0/24|203.0.113.1|"
ok "with the old record and ours" grep -qF "\"v=spf1 ip4:192.0.2.9 include:_spf.$parent -all\"" "$TMP/err"
wrong spf W804 "more than one SPF record" "\$a$domain TXT v=spf1 +all"
wrong spf W804 "asks the DNS more than ten times" "s/^_spf.*/_spf.$parent TXT v=spf1 include:_spf.$parent -all/"
wrong dkim W804 "there is no DKIM record" "/^nurture._domainkey/d"
printf '%s\n' "$(sed -n 's/.*publish: .* IN TXT (\(.*\))/\1/p' "$TMP/err" | tr -d '" ')" >"$TMP/got"
is "the record is that of 'nurture dkim dns'" "$(cat "$TMP/got")" "$(sed -n 's/^nurture._domainkey[^ ]* TXT //p' "$TMP/good.zone" | tr -d ' ')"
wrong dkim W804 "another key than the one that signs" "s/\\(^nurture._domainkey.*p=\\)..../\\1AAAA/"
wrong dkim W804 "the key is revoked" "s/\\(^nurture._domainkey.*p=\\).*/\\1/"
wrong dmarc W804 "there is no DMARC record" "/^_dmarc/d"
wrong dmarc W804 "there is no DMARC record" "/^_dmarc/p" # two are as none
wrong mx E806 "null MX" "s/^$domain MX.*/$domain MX 0 ./"
wrong mx E806 "has no address" "/^mx/d"
wrong mx E806 "no MX and no address" "/ MX /d"
wrong ptr W807 "the address has no name" "/PTR/d"
wrong ptr W807 "does not lead back" "s/^mx.*/mx.$parent A 192.0.2.10/"
wrong mx W814 "the DNS does not answer" "s/^$domain MX.*/$domain FAIL/"

# An escape sequence in a record does not reach the terminal.
printf '%s TXT v=spf1 \033[31mred -all\n' "$domain" >"$TMP/zone"
doctor spf >"$TMP/out" 2>&1 || true
ok "strangers' bytes are shown, not obeyed" sh -c '! grep -q "$(printf "\033")" "$1"' - "$TMP/out"
cp "$TMP/good.zone" "$TMP/zone"

# Damage in the middle of the file: the first page is sound.
"$NURTURE" -C "$TMP/ws" backup "$TMP/copy.db" >/dev/null 2>&1 || cp "$DB" "$TMP/copy.db"
sqlite3 "$DB" "PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
dd if=/dev/urandom of="$DB" bs=4096 seek=20 count=8 conv=notrunc 2>/dev/null
rm -f "$DB-wal" "$DB-shm"
status_is "a damaged database" 1 doctor database
ok "is found" grep -q "\[E812\]" "$TMP/err"
chmod 644 "$state/keys"
status_is "keys that others may read" 1 doctor files
ok "with the command to run" grep -q "chmod 600 '$state/keys'" "$TMP/err"
done_testing
