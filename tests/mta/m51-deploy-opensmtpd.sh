#!/bin/sh
# m51-deploy-opensmtpd.sh - docs/deploy/opensmtpd.conf as it is printed, in a
# real OpenSMTPD: over LMTP, then by a process for each mail
TESTS=$(cd "$(dirname "$0")/.." && pwd)
. "$TESTS/lib/lib.sh"
. "$TESTS/lib/mta.sh"
sample=$TESTS/../docs/deploy/opensmtpd.conf

install_packages opensmtpd
start_sink "$TMP/sent"
at "2026-03-03 09:00"
shared_workspace
{
    head -1 "$tests/data/people.csv"
    for who in lmtp mda; do
        echo "$who@example.org,Kim,Berg,DE,en,senior,backend,,,no,2026-01-05,you joined our talent community"
    done
} >"$TMP/people.csv"
chmod 644 "$TMP/people.csv"
mkdir "$TMP/run"
chown nobody:nogroup "$TMP/run"
chmod 755 "$TMP/run"
sql() { sqlite3 -separator ' ' "$DB" ".timeout 5000" "$@"; }
has_bounced() { [ "$(sql "SELECT count(*) FROM event x JOIN candidate c USING (candidate_id) WHERE x.kind = 'bounced' AND c.email = '$1@example.org'")" = 1 ]; }
# serve EDIT: OpenSMTPD with the sample, changed by sed's EDIT besides names and paths
serve() {
    inbound=$(free_port)
    {
        echo "listen on 127.0.0.1 port $inbound hostname mx.kestrel.example"
        sed -e "$1" -e "s|= nurture|= nobody|g; s|/run/nurture/lmtp|$TMP/run/lmtp|" \
            -e "s|/usr/local/bin/nurture -C /srv/acme-talent|$TMP/bin/n|" "$sample"
    } >"$TMP/smtpd.conf"
    smtpd -d -f "$TMP/smtpd.conf" >>"$TMP/maillog" 2>&1 &
    server=$!
    pids="$pids $server"
    wait_for_port "$inbound"
}
mail() { # WHO
    to=$(sed -n "s/.*from=<\(bounces+[^>]*\)> to=<$1@.*/\1/p" "$TMP/sent.log" | head -1)
    python3 - "$inbound" "$to" "$1" <<'PY'
import smtplib, sys
port, to, who = sys.argv[1:4]
with smtplib.SMTP('127.0.0.1', int(port)) as s:
    s.sendmail('', [to], f"From: MAILER-DAEMON@mx.example.org\r\nTo: someone\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <{who}@mx.example.org>\r\n\r\n<{who}@example.org>: 550 5.1.1 no such user\r\n")
PY
}

plan 5
n -q candidates import "$TMP/people.csv" >/dev/null 2>&1
n -q launch engineering-update --yes=2
ok "two mails are out" n -q run
background "$TMP/bin/n" receive --lmtp "$TMP/run/lmtp"
until_true test -S "$TMP/run/lmtp"
ok "OpenSMTPD starts with the sample" serve ''
mail lmtp
ok "LMTP carries the token" until_true has_bounced lmtp
kill "$server"
wait "$server" 2>/dev/null || true
ok "and with the other action" serve '/^action/d; s/^#action/action/'
mail mda
ok "so does mda" until_true has_bounced mda
[ "$failed" = 0 ] || tail -30 "$TMP/maillog" | sed 's/^/# /'
done_testing
