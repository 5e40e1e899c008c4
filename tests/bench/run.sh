#!/bin/sh
# run.sh - figures beside a peer's in the same run: `name value unit` a line
#
# The peer is postfix's own load generator, smtp-source -d, which keeps nothing
# and waits for nothing; we import, plan, render, mark before every dot and
# record every answer, all durably. Three interleaved pairs against the same
# smtp-sink, same number of sessions, messages of the same size; medians. Both
# programs are unpacked from Debian's postfix package under build/; nothing is
# installed.
#
#   BENCH_MESSAGES  messages per round (2000)
#   BENCH_SESSIONS  sessions of both (2, our default through a relay)
set -eu
cd "$(dirname "$0")/../.."
NURTURE=${NURTURE:-$PWD/build/nurture}
N=${BENCH_MESSAGES:-2000}
SESSIONS=${BENCH_SESSIONS:-2}
TMP=$(mktemp -d)
export XDG_STATE_HOME="$TMP/state" HOME="$TMP"
pids=
# shellcheck disable=SC2086
trap 'for p in $pids; do kill $p 2>/dev/null || true; done; rm -rf "$TMP"' EXIT
now() { date +%s.%N; }
rate() { awk -v n="$1" -v a="$2" -v b="$3" 'BEGIN { printf "%.0f\n", n / (b - a) }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }
median() { sort -n "$1" | sed -n 2p; }
# timed COMMAND..: its own memory in $TMP/kb, seconds of processor in $TMP/cpu
timed() {
    python3 - "$TMP" "$@" <<'PY'
import os, resource, subprocess, sys
status = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL).returncode
use = resource.getrusage(resource.RUSAGE_CHILDREN)
open(sys.argv[1] + '/kb', 'w').write(str(use.ru_maxrss))
open(sys.argv[1] + '/cpu', 'w').write(str(use.ru_utime + use.ru_stime))
sys.exit(status)
PY
}

postfix=$(sh tests/lib/postfix-tools.sh)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
# smtp-sink insists on not being root.
user=
[ "$(id -u)" != 0 ] || user="-u nobody"
# shellcheck disable=SC2086
LD_LIBRARY_PATH=$postfix/usr/lib/postfix "$postfix/usr/sbin/smtp-sink" $user "127.0.0.1:$port" 200 >/dev/null 2>&1 &
pids="$pids $!"
python3 - "$port" <<'PY'
import socket, sys, time
for _ in range(200):
    try:
        socket.create_connection(('127.0.0.1', int(sys.argv[1]))).close()
        break
    except OSError:
        time.sleep(0.05)
else:
    sys.exit('bench: smtp-sink does not answer')
PY

peer() {
    a=$(now)
    LD_LIBRARY_PATH=$postfix/usr/lib/postfix "$postfix/usr/sbin/smtp-source" -d -s "$SESSIONS" -m "$N" -l 8192 \
        -f bench@example.org -t p@example.org "127.0.0.1:$port" >/dev/null
    b=$(now)
    rate "$N" "$a" "$b" >>"$TMP/peer"
}

ours() { # ROUND
    ws=$TMP/ws$1
    "$NURTURE" --no-input -q init "$ws"
    sed -i -e "s/host: smtp.kestrel.example/host: 127.0.0.1/" -e "s/port: 587/port: $port/" \
        -e "s/tls: required/tls: off\\n  connections: $SESSIONS/" -e "/user: nurture/d" -e "/password_from/d" \
        -e "s/rate: 20 per minute/rate: 6000000 per minute/" \
        -e "s/window: Mon-Fri 08:30-17:30 recipient/window: always/" "$ws/nurture.yaml"
    sed -i "s/status: draft/status: ready/" "$ws/campaigns/engineering-update.md"
    a=$(now)
    "$NURTURE" -q -C "$ws" candidates import "$TMP/people.csv" >/dev/null 2>&1
    b=$(now)
    rate "$N" "$a" "$b" >>"$TMP/import"
    a=$(now)
    "$NURTURE" -q -C "$ws" plan engineering-update >/dev/null 2>&1
    b=$(now)
    rate "$N" "$a" "$b" >>"$TMP/plan"
    "$NURTURE" -q -C "$ws" launch engineering-update --yes="$N"
    a=$(now)
    timed "$NURTURE" -q -C "$ws" run
    b=$(now)
    rate "$N" "$a" "$b" >>"$TMP/ours"
    awk -v n="$N" '{ printf "%.0f\n", $1 / n * 1e6 }' "$TMP/cpu" >>"$TMP/us"
    { cat "$TMP/kb" && echo; } >>"$TMP/memory"
    sent=$("$NURTURE" -C "$ws" status engineering-update --json | sed 's/.*"sent":\([0-9]*\).*/\1/')
    [ "$sent" = "$N" ] || {
        echo "bench: $sent of $N were sent" >&2
        exit 1
    }
}

awk -v n="$N" 'BEGIN {
    print "email,first_name,last_name,country,seniority,interest,open_to_work,consent_at,consent_source"
    for (i = 1; i <= n; i++)
        printf "p%d@example.org,Anna,Berg,DE,senior,backend;sre,no,2026-01-05,you joined\n", i }' >"$TMP/people.csv"
for round in 1 2 3; do
    peer
    ours $round
done
echo "import $(median "$TMP/import") rows/s"
echo "plan $(median "$TMP/plan") candidates/s"
echo "smtp-source $(median "$TMP/peer") messages/s"
echo "end-to-end-durable $(median "$TMP/ours") messages/s"
echo "end-to-end-cpu $(median "$TMP/us") us/message"
echo "end-to-end-memory $(median "$TMP/memory") KB"
echo "end-to-end-durable/smtp-source $(ratio "$(median "$TMP/ours")" "$(median "$TMP/peer")") a/b"

sh tests/bench/score.sh
"${NURTURE%/*}/tests/test_dkim" -m perf -p /dkim/speed | grep "^dkim-"
