#!/bin/sh
# run.sh - figures beside a peer's in the same run: `name value unit` a line
#
# smtp-source and smtp-sink are unpacked from Debian's postfix package under
# build/; nothing is installed.
set -eu
cd "$(dirname "$0")/../.."
NURTURE=${NURTURE:-$PWD/build/nurture}
N=${BENCH_MESSAGES:-2000}
TMP=$(mktemp -d)
export XDG_STATE_HOME="$TMP/state" HOME="$TMP"
pids=
trap 'for p in $pids; do kill $p 2>/dev/null || true; done; rm -rf "$TMP"' EXIT
now() { date +%s.%N; }
rate() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%.0f", n / (b - a) }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

postfix=$(sh tests/lib/postfix-tools.sh)
port=$((20000 + $$ % 20000))
# smtp-sink insists on not being root.
user=
[ "$(id -u)" != 0 ] || user="-u nobody"
LD_LIBRARY_PATH=$postfix/usr/lib/postfix "$postfix/usr/sbin/smtp-sink" $user -c "127.0.0.1:$port" 200 >/dev/null 2>&1 &
pids="$pids $!"
sleep 1

# The peer: messages of the size ours have, two sessions like ours.
a=$(now)
LD_LIBRARY_PATH=$postfix/usr/lib/postfix "$postfix/usr/sbin/smtp-source" -d -s 2 -m "$N" -l 8192 \
    -f bench@example.org -t p@example.org "127.0.0.1:$port" >/dev/null
b=$(now)
peer=$(rate "$N" "$a" "$b")

"$NURTURE" --no-input -q init "$TMP/ws"
sed -i -e "s/host: smtp.kestrel.example/host: 127.0.0.1/" -e "s/port: 587/port: $port/" \
    -e "s/tls: required/tls: off/" -e "/user: nurture/d" -e "/password_from/d" \
    -e "s/rate: 20 per minute/rate: 6000000 per minute/" \
    -e "s/window: Mon-Fri 08:30-17:30 recipient/window: always/" "$TMP/ws/nurture.yaml"
sed -i "s/status: draft/status: ready/" "$TMP/ws/campaigns/engineering-update.md"
awk -v n="$N" 'BEGIN {
    print "email,first_name,last_name,country,seniority,interest,open_to_work,consent_at,consent_source"
    for (i = 1; i <= n; i++)
        printf "p%d@example.org,Anna,Berg,DE,senior,backend;sre,no,2026-01-05,you joined\n", i }' >"$TMP/people.csv"
a=$(now)
"$NURTURE" -q -C "$TMP/ws" candidates import "$TMP/people.csv" >/dev/null
b=$(now)
echo "import $(rate "$N" "$a" "$b") rows/s"
a=$(now)
"$NURTURE" -q -C "$TMP/ws" plan engineering-update >/dev/null
b=$(now)
echo "plan $(rate "$N" "$a" "$b") candidates/s"
"$NURTURE" -q -C "$TMP/ws" launch engineering-update --yes="$N"
a=$(now)
"$NURTURE" -q -C "$TMP/ws" run >/dev/null
b=$(now)
ours=$(rate "$N" "$a" "$b")
sent=$("$NURTURE" -C "$TMP/ws" status engineering-update --json | sed 's/.*"sent":\([0-9]*\).*/\1/')
[ "$sent" = "$N" ] || { echo "bench: $sent of $N were sent" >&2; exit 1; }
echo "smtp-source $peer messages/s"
echo "end-to-end-durable $ours messages/s"
echo "end-to-end-durable/smtp-source $(ratio "$ours" "$peer") a/b"
