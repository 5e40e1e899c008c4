#!/bin/sh
# f09-slow.sh - a server that never answers a dot, or drips its answers: the
# wait has an end (scaled by NURTURE_SMTP_TIMEOUT), and the others go on
. "$(dirname "$0")/lib.sh"

plan 10
for window in 0 4; do
    for fault in DOT:hang MAIL:slow; do
        queued "$fault-$window" 200
        set_smtp window $window
        set_smtp connections 4
        # one connection of four meets it, in the middle of its mail
        to_sink "$fault-$window.mail" --chunking --latency 2 --fault "$fault:1000:1:20"
        status=0
        (export NURTURE_TESTING=1 NURTURE_SMTP_TIMEOUT=500 && n -q run) 2>"$TMP/err" || status=$?
        is "$fault, window $window: the run ends ($(head -1 "$TMP/err"))" "$status" 0
        n -q run
        NURTURE_NOW=$(date -d "+2 hours" '+%Y-%m-%d %H:%M') n -q run
        oracle "$fault, window $window" $((window > 0 ? window : 1)) "$TMP/$fault-$window.mail.log"
        row 9 "$fault, window $window" "$figures"
        kill "$SINK_PID"
    done
done
# every connection, at once, and nothing but that
queued all 20
set_smtp connections 2
to_sink all.mail --fault DOT:hang
status=0
(export NURTURE_TESTING=1 NURTURE_SMTP_TIMEOUT=300 && n -q run) 2>"$TMP/err" || status=$?
ok "a server that only hangs: the run ends ($status)" test "$status" = 0 -o "$status" = 4
doubts=$(sql "SELECT count(*) FROM message WHERE state = 'in_doubt'")
ok "with few doubts ($doubts): it is left alone then" test "$doubts" -le 12
row 9 "DOT:hang always" "doubt=$doubts of=20"
done_testing
