#!/bin/sh
# t3160-mx.sh - who runs a domain's mail, asked of a real DNS server through
# this machine's resolver; in a network of its own
. "$(dirname "$0")/lib/lib.sh"

# A network and a mount table of our own, which end with us.
if [ -z "${NURTURE_TEST_INSIDE:-}" ]; then
    unshare -rmn true 2>/dev/null || skip_all "needs unshare(1)"
    export NURTURE_TEST_INSIDE=1 TESTS="$tests"
    trap - EXIT
    rm -rf "$TMP"
    exec unshare -rmn sh "$0"
fi
cat >"$TMP/zone" <<'Z'
acme.example MX 10 aspmx.l.google.com
acme.example MX 20 alt1.aspmx.l.google.com
subsidiary.example MX 5 alt2.aspmx.l.google.com
other.example MX 10 mx.other.example
broken.example FAIL
Z
echo "nameserver 127.0.0.1" >"$TMP/resolv.conf"
mount --bind "$TMP/resolv.conf" "$(realpath /etc/resolv.conf)"
background python3 "$tests/lib/dns-server.py" "$TMP/zone" "$TMP/dns.port" 53
wait_for "$TMP/dns.port"
# The first recipient is at a domain whose mail Google runs.
start_sink "$TMP/sink" --fault RCPT:421:1000:1
workspace "$TMP/ws"
n() { "$NURTURE" -q -C "$TMP/ws" "$@"; }
sql() { sqlite3 -separator ' ' "$DB" "$1"; }
sed -i -e "s/^sending:/sending:\\n  providers: mx/" -e "s/rate: 60000 per minute/rate: 24 per minute/" "$TMP/ws/nurture.yaml"
sed -i "s/^smtp:/smtp:\\n  connections: 1/" "$TMP/ws/nurture.yaml"
{
    people 0
    for domain in acme subsidiary other broken none; do
        i=1
        while [ $i -le 20 ]; do
            echo "p$i@$domain.example,Anna,Berg,DE,senior,backend;sre,no,2026-01-05,you joined our talent community"
            i=$((i + 1))
        done
    done
} >"$TMP/people.csv"
n --now "2026-03-02 08:00" candidates import "$TMP/people.csv" >/dev/null
n --now "2026-03-02 08:00" launch engineering-update --yes=100
plan 7
sed -i "s/port: $SMTP_PORT/port: 9/" "$TMP/ws/nurture.yaml"
n --now "2026-03-02 10:00" run >/dev/null 2>&1 || true # into the outbox
n --now "2026-03-02 10:01" run >/dev/null 2>&1 || true # the domains are looked up
is "MX records say who runs a domain's mail" \
    "$(sql "SELECT DISTINCT rcpt_domain, provider FROM message ORDER BY 1")" "acme.example google
broken.example broken.example
none.example none.example
other.example other.example
subsidiary.example google"
is "a DNS server that fails is asked again tomorrow" \
    "$(sql "SELECT (looked_up_at - $(date -u -d '2026-03-02 10:01' +%s)000) / 3600000 FROM domain_provider WHERE domain = 'broken.example'")" "-144"
sql "DELETE FROM brake; DELETE FROM bucket; UPDATE message SET not_before = not_before + candidate_id - 1000" # acme's first
sed -i "s/port: 9$/port: $SMTP_PORT/" "$TMP/ws/nurture.yaml"
n --now "2026-03-02 11:00" run >/dev/null 2>&1 || true
is "a 421 slows down the provider" "$(sql "SELECT faults FROM brake WHERE name = 'provider:google'")" 1
is "of two domains at once" "$(sql "SELECT count(DISTINCT rcpt_domain) FROM message WHERE provider = 'google'")" 2
before=$(sql "SELECT count(*) FROM message WHERE state = 'sent' AND provider = 'google'")
n --now "2026-03-02 11:05" run >/dev/null 2>&1 || true
after=$(sql "SELECT count(*) FROM message WHERE state = 'sent' AND provider = 'google'")
ok "which get no more than half of the rate ($before, $after)" test $((after - before)) -le 12
n --now "2026-03-02 11:06" run >/dev/null 2>&1 || true
n --now "2026-03-02 11:07" run >/dev/null 2>&1 || true
n --now "2026-03-02 11:08" run >/dev/null 2>&1 || true
ok "while all others get their mail" test "$(sql "SELECT count(*) FROM message WHERE state = 'sent' AND provider <> 'google'")" = 60
i=12
while [ $i -lt 24 ]; do
    n --now "2026-03-02 $i:00" run >/dev/null 2>&1 || true
    i=$((i + 1))
done
is "in the end nobody is left" "$(sql "SELECT state, count(*) FROM message GROUP BY 1")" "sent 100"
done_testing
