#!/bin/sh
# t3000-sink.sh - nurture sink: catches mail, tells of it, and keeps to itself
set -eu
nurture=${NURTURE:-./nurture}
work=$(mktemp -d)
sink=
cleanup() {
    [ -z "$sink" ] || kill "$sink" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
echo 1..6

start() {
    : >"$work/out" # the loop below must not read the last sink's
    "$nurture" sink --listen 127.0.0.1:0 --store "$work/mail" \
        --log "$work/log" "$@" >"$work/out" &
    sink=$!
    while ! grep -q port "$work/out"; do
        kill -0 "$sink"
        sleep 0.05
    done
    port=$(sed -n 's/.*port //p' "$work/out")
}

send() {
    printf 'From: a@x.test\r\nTo: b@y.test\r\nMessage-ID: <%s@x.test>\r\n\r\nhi\r\n' \
        "$1" | curl -s "smtp://127.0.0.1:$port" --mail-from a@x.test \
        --mail-rcpt b@y.test --upload-file -
}

start
send one && ok=ok || ok="not ok"
echo "$ok 1 - accepts a message"
grep -q 'hi' "$work/mail/one.eml" && ok=ok || ok="not ok"
echo "$ok 2 - keeps it under its Message-ID"
send two
kill -9 "$sink"
wait "$sink" 2>/dev/null || true
[ "$(grep -c 'to=<b@y.test>' "$work/log")" = 2 ] && ok=ok || ok="not ok"
echo "$ok 3 - what was answered 250 is in the log, whatever happens then"

start --fault RCPT:5xx
send three && ok="not ok" || ok=ok
[ ! -e "$work/mail/three.eml" ] || ok="not ok"
echo "$ok 4 - misbehaves on order"
kill "$sink"
wait "$sink" && ok=ok || ok="not ok"
grep -q '^0 messages' "$work/out" || ok="not ok"
sink=
echo "$ok 5 - ends on SIGTERM and counts"

status=0
"$nurture" sink --listen 0.0.0.0:0 >/dev/null 2>&1 || status=$?
[ "$status" = 2 ] && ok=ok || ok="not ok"
echo "$ok 6 - listens on loopback addresses only"
